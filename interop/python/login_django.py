"""A Django site with django-helseid as its README has it: PAR with `prompt=login`, and DPoP with the code bound to the key.

The package names Django 6 and Python 3.12; what it uses of them is older, so it is installed here without its dependencies. It throws
its tokens away after the login, and logs out at the site alone.

Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, REQUESTS_CA_BUNDLE.
"""

import json
import os
import secrets
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path

with open(os.environ["HELSEID_CLIENT_JWK_FILE"], encoding="utf-8") as file:
    key = json.load(file)

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(50),
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "helseid"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
    }],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend", "helseid.backends.HelseIDBackend"],
    LOGIN_REDIRECT_URL="/claims",
    USE_TZ=True,
    HELSEID={
        "CLIENT_ID": os.environ["HELSEID_CLIENT_ID"],
        "CLIENT_SECRET": key,
        "SCOPE": os.environ["HELSEID_SCOPE"].split(),
        "SERVER_METADATA_URL": f"{os.environ['HELSEID_ISSUER']}/.well-known/openid-configuration",
    },
)
django.setup()


def claims(request):
    """What the package has kept of the login."""
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    user = request.user
    return JsonResponse({
        "sub": user.helseidprofile.subject,
        "name": user.get_full_name(),
        "hpr_number": user.helseidprofile.hpr_number,
        "seconds": request.session.get_expiry_age(),
    })


urlpatterns = [path("claims", claims), path("", include("helseid.urls"))]


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *values):
        pass


call_command("check", stdout=sys.stderr)
call_command("migrate", verbosity=0)
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
print(json.dumps({"listen": [f"127.0.0.1:{server.server_port}"]}), flush=True)
server.serve_forever()
