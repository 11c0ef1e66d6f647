"""A web application on Authlib and Flask, as the sample of 2021 was written.

It sends the browser to the authorization endpoint with all parameters in the address, beside them a request object that says only
who asks. Its assertion is for the token endpoint, and its tokens are Bearer tokens. Registered with profile `legacy` it logs in.

Environment: see web_application.py.
"""

import time
import uuid
from urllib.parse import urlencode

import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT, private_key_jwt_sign
from flask import jsonify, redirect, url_for
from joserfc import jwt
from joserfc.jwk import RSAKey

from web_application import API_URL, CLIENT_ID, ISSUER, METADATA, SCOPE, application, client_key, forget, keep, kept, serve

SECONDS = 10
KEY = client_key()
ALGORITHM = "PS256"

class Assertions(PrivateKeyJWT):
    """The library's own live for an hour; HelseID takes at most a minute."""

    def sign(self, auth, token_endpoint):
        return private_key_jwt_sign(
            RSAKey.import_key(KEY), auth.client_id, token_endpoint, ALGORITHM, header={"kid": KEY["kid"]}, expires_in=60
        )


app = application(__name__)
helseid = OAuth(app).register(
    "helseid",
    server_metadata_url=METADATA,
    client_id=CLIENT_ID,
    client_auth_methods=[Assertions()],
    client_kwargs={
        "scope": SCOPE,
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "private_key_jwt",
    },
)


def request_object():
    now = int(time.time())
    claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60,
              "jti": uuid.uuid4().hex}
    return jwt.encode({"alg": ALGORITHM, "kid": KEY["kid"]}, claims, RSAKey.import_key(KEY), algorithms=[ALGORITHM])


@app.get("/login")
def login():
    return helseid.authorize_redirect(url_for("callback", _external=True), request=request_object())


@app.get("/callback")
def callback():
    tokens = helseid.authorize_access_token()
    keep(tokens=tokens, claims=dict(tokens["userinfo"]))
    return redirect("/claims")


@app.errorhandler(OAuthError)
def refused(why):
    return jsonify(why.error), 403


@app.get("/claims")
def claims():
    return jsonify(kept()["claims"])


@app.get("/userinfo")
def userinfo():
    return jsonify(helseid.userinfo(token=kept()["tokens"]))


@app.get("/patients")
def patients():
    tokens = kept()["tokens"]
    answer = requests.get(API_URL, headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=SECONDS)
    return jsonify(f"{tokens['token_type']} {answer.status_code}, {len(answer.json())} entries")


@app.get("/refresh")
def refresh():
    old = kept()["tokens"]
    new = helseid.fetch_access_token(grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert new["access_token"] != old["access_token"]
    keep(tokens=new)
    return jsonify("refreshed")


@app.get("/logout")
def logout():
    parameters = {
        "id_token_hint": forget()["tokens"]["id_token"],
        "post_logout_redirect_uri": url_for("logged_out", _external=True),
    }
    return redirect(f"{helseid.load_server_metadata()['end_session_endpoint']}?{urlencode(parameters)}")


@app.get("/logged-out")
def logged_out():
    return jsonify("logged out")


serve(app)
