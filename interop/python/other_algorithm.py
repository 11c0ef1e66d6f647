"""Signs with PS512 whatever the key's alg says, as some clients do. Needs HELSEID_SCOPE too."""

import os

import m2m

scope = os.environ["HELSEID_SCOPE"]
nonce = m2m.nonce_of(m2m.ask(m2m.assertion("PS512"), scope=scope))
m2m.report(m2m.ask(m2m.assertion("PS512"), nonce, scope=scope))
