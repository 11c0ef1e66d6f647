"""Sends the same assertion again with the new nonce, as some clients do. Needs HELSEID_SCOPE too."""

import os

import m2m

assertion = m2m.assertion()
scope = os.environ["HELSEID_SCOPE"]
nonce = m2m.nonce_of(m2m.ask(assertion, scope=scope))
m2m.report(m2m.ask(assertion, nonce, scope=scope))
