"""A web application on requests_oauth2client and Flask: PAR and DPoP, with the code bound to the proofs' key.

The library's check of an ID token cannot give back the token of a client with DPoP: once all has been checked, it raises a
TypeError. The program goes on there, as django-helseid does.

Environment: see web_application.py; ID_TOKEN_ALG.
"""

import os
from urllib.parse import urlencode

import requests
from flask import jsonify, redirect, request, url_for
from requests_oauth2client import OAuth2Client, PrivateKeyJwt

from web_application import API_URL, CLIENT_ID, ISSUER, METADATA, SCOPE, application, client_key, forget, keep, kept, serve

SECONDS = 10

app = application(__name__)
metadata = requests.get(METADATA, timeout=SECONDS).json()
helseid = OAuth2Client.from_discovery_document(
    metadata,
    issuer=ISSUER,
    auth=PrivateKeyJwt(CLIENT_ID, client_key(), aud=ISSUER, lifetime=10),
    dpop_bound_access_tokens=True,
    id_token_signed_response_alg=os.environ["ID_TOKEN_ALG"],
)
helseid.update_authorization_server_public_keys()


@app.get("/login")
def login():
    asked = helseid.authorization_request(
        scope=SCOPE, redirect_uri=url_for("callback", _external=True), max_age=300, acr_values="Level4"
    )
    keep(asked=asked)
    return redirect(helseid.pushed_authorization_request(asked).uri)


@app.get("/callback")
def callback():
    answer = kept()["asked"].validate_callback(request.url)
    tokens = helseid.authorization_code(answer, validate=False)
    try:
        tokens = tokens.validate_id_token(helseid, answer)
    except TypeError:
        pass
    keep(tokens=tokens)
    return redirect("/claims")


@app.get("/claims")
def claims():
    return jsonify(kept()["tokens"].id_token.claims)


@app.get("/userinfo")
def userinfo():
    return jsonify(helseid.userinfo(kept()["tokens"]))


@app.get("/patients")
def patients():
    tokens = kept()["tokens"]
    answer = requests.get(API_URL, auth=tokens, timeout=SECONDS)
    return jsonify(f"{tokens.token_type} {answer.status_code}, {len(answer.json())} entries")


@app.get("/refresh")
def refresh():
    old = kept()["tokens"]
    new = helseid.refresh_token(old)
    assert new.access_token != old.access_token
    keep(tokens=new)
    return jsonify("refreshed")


@app.get("/logout")
def logout():
    tokens = forget()["tokens"]
    assert helseid.revoke_refresh_token(tokens)
    parameters = {
        "id_token_hint": str(tokens.id_token),
        "post_logout_redirect_uri": url_for("logged_out", _external=True),
        "state": "logged out",
    }
    return redirect(f"{metadata['end_session_endpoint']}?{urlencode(parameters)}")


@app.get("/logged-out")
def logged_out():
    return jsonify(request.args["state"])


serve(app)
