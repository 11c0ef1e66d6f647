"""An API on Flask and joserfc that takes DPoP tokens of HelseID, on a free port, as its owner would write it. With the argument
forgetful it remembers no proof.

Environment: HELSEID_ISSUER, AUDIENCE, SCOPE.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import sys
import threading
import time

import requests
from flask import Flask, jsonify, request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from werkzeug.serving import make_server

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
WINDOW = 20
ISSUER = os.environ["HELSEID_ISSUER"]
AUDIENCE = os.environ["AUDIENCE"]
SCOPE = os.environ["SCOPE"]
FORGETFUL = "forgetful" in sys.argv[1:]

metadata = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
used, lock = {}, threading.Lock()
app = Flask(__name__)


class Refused(Exception):
    def __init__(self, error=None, status=401):
        self.status = status
        self.challenge = f'DPoP error="{error}"' if error else "DPoP"


@app.errorhandler(Refused)
def refused(why):
    return "", why.status, {"WWW-Authenticate": why.challenge}


def is_text(claims, name):
    return isinstance(claims.get(name), str) and claims[name] != ""


def verified_token(token):
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        ).validate(decoded.claims)
    except (JoseError, ValueError):
        raise Refused("invalid_token")
    if decoded.header.get("typ") not in ("at+jwt", "JWT") or not is_text(decoded.claims.get("cnf", {}), "jkt"):
        raise Refused("invalid_token")
    return decoded.claims


def verified_proof(token, thumbprint):
    proofs = request.headers.getlist("DPoP")
    if not proofs:
        raise Refused("invalid_token")
    if len(proofs) != 1 or "," in proofs[0]:
        raise Refused("invalid_dpop_proof")
    try:
        header = jws.extract_compact(proofs[0].encode()).headers()
        if header.get("typ") != "dpop+jwt" or PRIVATE_MEMBERS & header["jwk"].keys():
            raise Refused("invalid_dpop_proof")
        key = JWKRegistry.import_key(header["jwk"])
        claims = jwt.decode(proofs[0], key, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, AttributeError, TypeError):
        raise Refused("invalid_dpop_proof")
    digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    good = (
        claims.get("htm") == request.method
        and claims.get("htu") == request.base_url
        and isinstance(claims.get("iat"), int)
        and abs(time.time() - claims["iat"]) <= WINDOW
        and is_text(claims, "jti")
        and is_text(claims, "ath")
        and hmac.compare_digest(claims["ath"], digest)
        and hmac.compare_digest(key.thumbprint(), thumbprint)
    )
    if not good or not is_first_use(key.thumbprint(), claims["jti"]):
        raise Refused("invalid_dpop_proof")


def is_first_use(thumbprint, proof_id):
    now = time.time()
    with lock:
        for old in [one for one, until in used.items() if until < now]:
            del used[old]
        if (thumbprint, proof_id) in used and not FORGETFUL:
            return False
        used[thumbprint, proof_id] = now + 2 * WINDOW
        return True


@app.get("/api/patients")
def patients():
    credentials = request.headers.getlist("Authorization")
    if not credentials:
        raise Refused()
    scheme, _, token = credentials[0].partition(" ")
    if len(credentials) != 1 or scheme.lower() != "dpop":
        raise Refused("invalid_token")
    claims = verified_token(token)
    verified_proof(token, claims["cnf"]["jkt"])
    if SCOPE not in claims.get("scope", []):
        raise Refused("insufficient_scope", 403)
    return jsonify({"13109525611": {"name": "Johannes", "age": 25}})


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(json.dumps({"listen": [f"127.0.0.1:{server.port}"]}), flush=True)
server.serve_forever()
