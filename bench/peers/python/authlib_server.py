"""Authlib on Flask as an authority, under gunicorn: client credentials, private_key_jwt, and tokens of RFC 9068.

Environment: SIGNING_JWK_FILE (private, RS256 or ES256), CLIENT_ID, CLIENT_JWK_FILE (public, RS256 or ES256), SCOPE,
AUDIENCE.
"""

import json
import os
import socket
import threading
import time
from collections import defaultdict

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, grants, scope_to_list
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, jsonify
from gunicorn.app.base import BaseApplication
from joserfc.jwk import KeySet, import_key

LONGEST_ASSERTION = 600
TOKEN_LIFETIME = 600


class Client(ClientMixin):
    """The one client, which knows one grant, one scope and one way to authenticate."""

    def __init__(self, client_id, key, scope):
        self.client_id = client_id
        self.key = key
        self.scope = scope

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return self.scope if self.scope in scope_to_list(scope) else ""

    def check_endpoint_auth_method(self, method, endpoint):
        return method == Assertions.CLIENT_AUTH_METHOD

    def check_grant_type(self, grant_type):
        return grant_type == ClientCredentials.GRANT_TYPE


class UsedIds:
    """Remembers ids until their end, for threads that ask at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ends = {}
        self.ending = defaultdict(list)
        self.second = int(time.time())

    def claim(self, name, end):
        """Keeps `name` until the second `end`; False if it is kept already."""
        now = int(time.time())
        with self.lock:
            self.forget(now)
            if name in self.ends:
                return False
            self.ends[name] = end
            self.ending[end].append(name)
            return True

    def forget(self, now):
        # Each id is listed under its last second, so that nothing else is looked at.
        while self.second <= now:
            for name in self.ending.pop(self.second, ()):
                del self.ends[name]
            self.second += 1


class Assertions(JWTBearerClientAssertion):
    """private_key_jwt with assertions that are taken once."""

    def __init__(self, audiences):
        super().__init__()
        self.audiences = audiences
        self.used = UsedIds()

    def get_audiences(self):
        return self.audiences

    def resolve_client_public_key(self, client):
        return client.key

    def validate_jti(self, claims, jti):
        if claims["exp"] > time.time() + LONGEST_ASSERTION:
            raise InvalidClientError(description="The assertion lives too long.")
        end = int(claims["exp"]) + self.leeway + 1
        return isinstance(jti, str) and self.used.claim((claims["sub"], jti), end)


class Tokens(JWTBearerTokenGenerator):
    """Tokens for one audience."""

    def __init__(self, issuer, key, audience):
        super().__init__(issuer, alg=key.alg, expires_generator=lambda client, grant_type: TOKEN_LIFETIME)
        # A set, for it puts the key's id into the header.
        self.keys = KeySet([key])
        self.audience = audience

    def get_jwks(self):
        return self.keys

    def get_audiences(self, client, user, scope):
        return self.audience


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [Assertions.CLIENT_AUTH_METHOD]


def application(issuer):
    """The authority of this name."""
    signing_key = read_key("SIGNING_JWK_FILE")
    client = Client(os.environ["CLIENT_ID"], read_key("CLIENT_JWK_FILE"), os.environ["SCOPE"])
    app = Flask(__name__)
    app.config["OAUTH2_SCOPES_SUPPORTED"] = [client.scope]
    server = AuthorizationServer(
        app,
        query_client={client.client_id: client}.get,
        # Who gets such a token needs nothing but its signature.
        save_token=lambda token, request: None,
    )
    token_endpoint = f"{issuer}/token"
    server.register_token_generator("default", Tokens(issuer, signing_key, os.environ["AUDIENCE"]))
    server.register_client_auth_method(Assertions.CLIENT_AUTH_METHOD, Assertions([issuer, token_endpoint]))
    server.register_grant(ClientCredentials)
    public_keys = {"keys": [signing_key.as_dict(private=False)]}

    @app.get("/.well-known/openid-configuration")
    def metadata():
        return jsonify(issuer=issuer, token_endpoint=token_endpoint, jwks_uri=f"{issuer}/jwks")

    @app.get("/jwks")
    def jwks():
        return jsonify(public_keys)

    @app.post("/token")
    def token():
        return server.create_token_response()

    return app


def read_key(variable):
    with open(os.environ[variable], encoding="utf-8") as file:
        return import_key(json.load(file))


class Gunicorn(BaseApplication):
    """gunicorn with one worker, on a socket that listens already."""

    def __init__(self, listener):
        self.listener = listener
        host, port = listener.getsockname()
        self.address = f"{host}:{port}"
        super().__init__()

    def load_config(self):
        self.cfg.set("bind", f"fd://{self.listener.fileno()}")
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("workers", 1)
        self.cfg.set("threads", 4)
        self.cfg.set("keepalive", 60)
        self.cfg.set("loglevel", "error")
        # Its file would lie in the user's home.
        self.cfg.set("control_socket_disable", True)
        self.cfg.set("post_worker_init", self.announce)

    def load(self):
        return application(f"http://{self.address}")

    def announce(self, worker):
        print(json.dumps({"listen": [self.address], "issuer": f"http://{self.address}"}), flush=True)


if __name__ == "__main__":
    # The address is one of the loopback, and Authlib wants to be told that it may be without TLS.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    Gunicorn(socket.create_server(("127.0.0.1", 0))).run()
