"""What the web applications beside this file share: Flask on a free port, which says where it listens, and tokens that are kept at
the server.

Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, REQUESTS_CA_BUNDLE.
"""

import json
import logging
import os
import secrets

from flask import Flask, abort, session
from werkzeug.serving import make_server

ISSUER = os.environ["HELSEID_ISSUER"]
CLIENT_ID = os.environ["HELSEID_CLIENT_ID"]
SCOPE = os.environ["HELSEID_SCOPE"]
API_URL = os.environ["API_URL"]
METADATA = f"{ISSUER}/.well-known/openid-configuration"

_kept = {}


def client_key():
    with open(os.environ["HELSEID_CLIENT_JWK_FILE"], encoding="utf-8") as file:
        return json.load(file)


def application(name):
    app = Flask(name)
    app.secret_key = secrets.token_bytes(32)
    # Cookies know no ports: the authority has its own.
    app.config["SESSION_COOKIE_NAME"] = "application"
    return app


def keep(**values):
    """Keeps values for the browser that asks, beside those that are kept already."""
    kept = _kept.setdefault(session.setdefault("id", secrets.token_urlsafe()), {})
    kept.update(values)


def kept():
    """What is kept for the browser that asks."""
    return _kept.get(session.get("id")) or abort(401)


def forget():
    values = kept()
    del _kept[session.pop("id")]
    return values


def serve(app):
    # Each request would be a line.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(json.dumps({"listen": [f"127.0.0.1:{server.port}"]}), flush=True)
    server.serve_forever()
