"""What a machine-to-machine client with DPoP needs, on joserfc: for the programs beside this file.

Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE.
"""

import hashlib
import base64
import json
import os
import time
import uuid

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, import_key

SECONDS = 10
ISSUER = os.environ["HELSEID_ISSUER"]
CLIENT_ID = os.environ["HELSEID_CLIENT_ID"]
TOKEN_ENDPOINT = f"{ISSUER}/connect/token"
PROOF_KEY = ECKey.generate_key("P-256")


def client_key():
    with open(os.environ["HELSEID_CLIENT_JWK_FILE"], encoding="utf-8") as file:
        return json.load(file)


def assertion(algorithm=None):
    """A client assertion by the client's key, with its own algorithm unless another is named."""
    jwk = client_key()
    algorithm = algorithm or jwk["alg"]
    now = int(time.time())
    claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 10,
              "jti": uuid.uuid4().hex}
    header = {"alg": algorithm, "typ": "client-authentication+jwt", "kid": jwk["kid"]}
    # Without the key's own alg the library lets another one sign.
    key = import_key({name: value for name, value in jwk.items() if name != "alg"})
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def proof(method, url, nonce=None, token=None):
    """A DPoP proof."""
    claims = {"htm": method, "htu": url, "iat": int(time.time()), "jti": uuid.uuid4().hex}
    if nonce:
        claims["nonce"] = nonce
    if token:
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": PROOF_KEY.as_dict(private=False)}
    return jwt.encode(header, claims, PROOF_KEY, algorithms=["ES256"])


def ask(client_assertion, nonce=None, **parameters):
    """One request to the token endpoint."""
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": client_assertion,
        **parameters,
    }
    headers = {"DPoP": proof("POST", TOKEN_ENDPOINT, nonce)}
    return requests.post(TOKEN_ENDPOINT, data=form, headers=headers, timeout=SECONDS)


def nonce_of(answer):
    """The nonce of an answer that asks for one."""
    assert answer.status_code == 400 and answer.json()["error"] == "use_dpop_nonce", answer.text
    return answer.headers["DPoP-Nonce"]


def report(answer):
    """Prints what came, as the driver reads it."""
    body = answer.json()
    if answer.status_code == 200:
        print(200, body["token_type"], body["scope"])
    else:
        print(answer.status_code, body["error"], body.get("error_description", ""))
