"""Asks for no scope and takes what the answer says, as some clients do."""

import m2m

nonce = m2m.nonce_of(m2m.ask(m2m.assertion()))
m2m.report(m2m.ask(m2m.assertion(), nonce))
