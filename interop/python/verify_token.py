"""joserfc verifies one of our access tokens, which comes on stdin. Environment: HELSEID_ISSUER, AUDIENCE."""

import os
import sys

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

SECONDS = 10
issuer = os.environ["HELSEID_ISSUER"]
metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=SECONDS).json()
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=SECONDS).json())
token = jwt.decode(sys.stdin.read().strip(), keys, algorithms=metadata["id_token_signing_alg_values_supported"])
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": issuer},
    aud={"essential": True, "value": os.environ["AUDIENCE"]},
    exp={"essential": True},
).validate(token.claims)
assert token.header["typ"] == "at+jwt", token.header
print(token.header["alg"], token.claims["client_id"], token.claims["cnf"]["jkt"])
