"""A machine-to-machine client as they were written in 2021.

The assertion's audience is the token endpoint, its header has no typ, it lives for 60 seconds, and the token is a
Bearer token. Registered with profile `legacy`, it gets its token and reads the patients.

Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL.
"""

import json
import os
import time
import uuid

import requests
from authlib.jose import JsonWebKey, jwt

SECONDS = 10


def main():
    issuer = os.environ["HELSEID_ISSUER"]
    client_id = os.environ["HELSEID_CLIENT_ID"]
    with open(os.environ["HELSEID_CLIENT_JWK_FILE"], encoding="utf-8") as file:
        jwk = json.load(file)

    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=SECONDS).json()
    token = fetch_token(metadata["token_endpoint"], client_id, jwk)
    assert token["token_type"] == "Bearer", token["token_type"]

    answer = requests.get(
        os.environ["API_URL"],
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=SECONDS,
    )
    answer.raise_for_status()
    for number, patient in answer.json().items():
        print(number, patient["name"], patient["age"])


def fetch_token(token_endpoint, client_id, jwk):
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_endpoint,
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "jti": uuid.uuid4().hex,
    }
    header = {"alg": "PS256", "kid": jwk["kid"]}
    assertion = jwt.encode(header, claims, JsonWebKey.import_key(jwk)).decode("ascii")
    answer = requests.post(
        token_endpoint,
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": os.environ["HELSEID_SCOPE"],
        },
        timeout=SECONDS,
    )
    if answer.status_code != 200:
        raise SystemExit(f"{answer.status_code}: {answer.text}")
    return answer.json()


if __name__ == "__main__":
    main()
