"""What the samples and applications for HelseID send that no specification asks for: each oddity once, on joserfc.

A login goes by `test_pid` in the pushed request. The client is registered with profile `helseid`, without the page of persons in the
way, and with `insecure_userinfo_by_bearer`.

Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, REQUESTS_CA_BUNDLE.
"""

import base64
import hashlib
import json
import secrets
import time
import uuid
from urllib.parse import parse_qs, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import import_key

from m2m import CLIENT_ID, ISSUER, SECONDS, assertion, client_key, proof

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METADATA = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=SECONDS).json()
CALLBACK = "https://app.example/callback"
DOCTOR = "06828399789"
APIS = ["nhn:test-public-sample-api-1", "nhn:test-public-sample-api-2"]
SCOPE = "openid profile offline_access helseid://scopes/identity/pid " + " ".join(f"{api}/some-scope" for api in APIS)


def post(endpoint, form):
    """A request by the client, with a proof wherever it goes. The first is refused for want of a nonce, on which one of the samples
    relies; with the nonce the same assertion is sent again."""
    url = METADATA[endpoint]
    form = {"client_id": CLIENT_ID, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(), **form}
    first = requests.post(url, data=form, headers={"DPoP": proof("POST", url)}, timeout=SECONDS)
    assert first.json()["error"] == "use_dpop_nonce", first.text
    return requests.post(url, data=form, headers={"DPoP": proof("POST", url, first.headers["DPoP-Nonce"])}, timeout=SECONDS)


def token(form):
    answer = post("token_endpoint", form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(**others):
    """The parameters of a login of the doctor, and the verifier of its code."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return verifier, {
        "response_type": "code", "redirect_uri": CALLBACK, "scope": SCOPE, "state": secrets.token_urlsafe(),
        "nonce": secrets.token_urlsafe(), "code_challenge": challenge, "code_challenge_method": "S256",
        "test_pid": DOCTOR, "resource": APIS, **others,
    }


def visit(pushed, **others):
    """Where the browser is sent back to."""
    query = {"client_id": CLIENT_ID, "request_uri": pushed.json()["request_uri"], **others}
    answer = requests.get(METADATA["authorization_endpoint"], params=query, allow_redirects=False, timeout=SECONDS)
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def log_in(**others):
    """The form that a code is redeemed by."""
    verifier, form = asked(**others)
    pushed = post("pushed_authorization_request_endpoint", form)
    assert pushed.status_code == 201, pushed.text
    back = visit(pushed)
    assert back["state"] == form["state"] and back["iss"] == ISSUER and "session_state" in back, back
    return {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": CALLBACK, "code_verifier": verifier}


def audience(answer):
    return json.loads(base64.urlsafe_b64decode(answer["access_token"].split(".")[1] + "=="))["aud"]


def stray_push():
    """OidcClient pushes once without a client's authentication, whose failure it ignores."""
    url = METADATA["pushed_authorization_request_endpoint"]
    _, form = asked()
    answer = requests.post(url, data={"client_id": CLIENT_ID, **form}, headers={"DPoP": proof("POST", url)}, timeout=SECONDS)
    assert answer.json()["error"] == "invalid_client", answer.text
    log_in()


def proofs_everywhere():
    """OidcClient sends a proof on every request, those for metadata and keys too."""
    for url in (f"{ISSUER}/.well-known/openid-configuration", METADATA["jwks_uri"]):
        answer = requests.get(url, headers={"DPoP": proof("GET", url)}, timeout=SECONDS)
        assert answer.status_code == 200, answer.text


def userinfo_by_bearer():
    """A bound token is sent as a Bearer token, with a proof that has no `ath`."""
    tokens = token(log_in(resource=APIS[0]))
    url = METADATA["userinfo_endpoint"]
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "DPoP": proof("GET", url)}
    answer = requests.get(url, headers=headers, timeout=SECONDS)
    assert answer.status_code == 200 and answer.json()["name"] == "Kvart Grevling", answer.text


def telemetry():
    """.NET's handler says who it is, at the authorization endpoint too."""
    _, form = asked(**{"x-client-SKU": "ID_NET9_0", "x-client-ver": "8.0.1.0"})
    pushed = post("pushed_authorization_request_endpoint", form)
    assert "code" in visit(pushed, **{"x-client-SKU": "ID_NET9_0", "x-client-ver": "8.0.1.0"})


def one_api_after_the_other():
    """Two APIs are asked for; the code is redeemed for the first, and refreshed for the second."""
    tokens = token({**log_in(), "resource": APIS[0]})
    assert audience(tokens) == APIS[0] and tokens["rt_expires_in"] > 0, tokens
    refreshed = token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "resource": APIS[1]})
    assert audience(refreshed) == APIS[1] and refreshed["id_token"], refreshed


def scope_at_the_token_endpoint():
    """An application sends `scope` and every `resource` again with the code and with the refresh token; Authlib sends its `state`."""
    tokens = token({**log_in(), "resource": APIS, "scope": SCOPE, "state": "again"})
    assert audience(tokens) == APIS, tokens
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "resource": APIS}
    assert audience(token({**refresh, "scope": SCOPE})) == APIS


def loose_request_object():
    """A request object with `sub` and the assertion's `typ`, with `iat` as a text and without `client_id`, beside all parameters."""
    now, jwk = int(time.time()), client_key()
    claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": str(now), "nbf": now, "exp": now + 30, "jti": uuid.uuid4().hex}
    header = {"alg": jwk["alg"], "typ": "client-authentication+jwt", "kid": jwk["kid"]}
    log_in(request=jwt.encode(header, claims, import_key(jwk), algorithms=[jwk["alg"]]))


def form_post():
    """.NET's handler asks for its answer by a form."""
    _, form = asked(response_mode="form_post")
    query = {"client_id": CLIENT_ID, "request_uri": post("pushed_authorization_request_endpoint", form).json()["request_uri"]}
    answer = requests.get(METADATA["authorization_endpoint"], params=query, timeout=SECONDS)
    assert answer.status_code == 200 and f'action="{CALLBACK}"' in answer.text and 'name="code"' in answer.text, answer.text


def main():
    oddities = [
        stray_push, proofs_everywhere, userinfo_by_bearer, telemetry, one_api_after_the_other, scope_at_the_token_endpoint,
        loose_request_object, form_post,
    ]
    for oddity in oddities:
        oddity()
        print(oddity.__name__.replace("_", " "))
    print(len(oddities), "oddities, none in the way")


if __name__ == "__main__":
    main()
