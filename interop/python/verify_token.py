"""joserfc verifies one of our access tokens, which comes on stdin. With the argument actors it says who acts (RFC 8693 section 4.1),
the newest first. Environment: HELSEID_ISSUER, AUDIENCE.
"""

import os
import sys

import requests
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

SECONDS = 10
issuer = os.environ["HELSEID_ISSUER"]
metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=SECONDS).json()
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=SECONDS).json())
try:
    algorithms = metadata["id_token_signing_alg_values_supported"]
    token = jwt.decode(sys.stdin.read().strip(), keys, algorithms=algorithms)
except BadSignatureError as error:
    print("signature:", error)
    sys.exit(3)
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": issuer},
    aud={"essential": True, "value": os.environ["AUDIENCE"]},
    exp={"essential": True},
).validate(token.claims)
assert token.header["typ"] == "at+jwt", token.header
if sys.argv[1:] == ["actors"]:
    actors, act = [], token.claims.get("act")
    while act:
        assert act["iss"] == issuer, act
        actors.append(act["client_id"])
        act = act.get("act")
    print(", ".join(actors) + "; first", token.claims["helseid://claims/client/original_client_id"])
else:
    print(token.header["alg"], token.claims["client_id"], token.claims["cnf"]["jkt"])
