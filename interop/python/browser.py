"""A browser without a window: it goes where it is told at an application, and picks a person where the authority asks. At
oidc-provider it fills in the pages of a login, a consent and a logout.

Usage: browser.py APPLICATION PERSON STEP...
A step is a path to go to, or `submit:PATH` for the form on the page that goes there. Each prints one line of JSON: the step,
where it ended, the status, the body, and whether a person was picked on the way.
Only Python's own library is used, and nothing of the protocol is known here.
"""

import json
import os
import ssl
import sys
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPSHandler, ProxyHandler, Request, build_opener

SECONDS = 30
PAGES = 10


class Forms(HTMLParser):
    """The forms of a page: each has its attributes, its hidden fields, and the test ids of its buttons."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.found.append({"form": attributes, "fields": [], "buttons": {}})
        elif tag == "input" and self.found and attributes.get("type") == "hidden":
            self.found[-1]["fields"].append((attributes.get("name"), attributes.get("value") or ""))
        elif tag == "button" and self.found and "data-testid" in attributes:
            pressed = (attributes.get("name"), attributes.get("value") or "")
            self.found[-1]["buttons"][attributes["data-testid"]] = pressed


class Browser:
    def __init__(self, application, person):
        self.application, self.person = application, person
        context = ssl.create_default_context(cafile=os.environ.get("CA_FILE"))
        self.opener = build_opener(
            ProxyHandler({}), HTTPCookieProcessor(CookieJar()), HTTPSHandler(context=context)
        )
        self.at, self.status, self.body, self.picked = application, 0, "", False

    def step(self, step):
        self.picked = False
        verb, _, path = step.rpartition(":")
        if verb == "submit":
            self.submit(next(form for form in Forms(self.body).found if form["form"].get("action") == path))
        else:
            self.open(urljoin(self.application, path))
        for _ in range(PAGES):
            form = next((form for form in Forms(self.body).found if "data-testid" in form["form"]), None)
            page = form and form["form"]["data-testid"]
            if page == "picker":
                self.picked = True
                self.submit(form, form["buttons"][f"person-{self.person}"])
            elif page in ("form-post", "leaving"):
                self.submit(form)
            elif not self.go_on_at_oidc_provider():
                break
        return {"step": step, "at": self.at, "status": self.status, "picked": self.picked, "body": self.body}

    def go_on_at_oidc_provider(self):
        for form in Forms(self.body).found:
            fields = dict(form["fields"])
            if form["form"].get("id") == "op.logoutForm":
                self.submit(form, ("logout", "yes"))
            elif fields.get("prompt") == "login":
                self.picked = True
                self.submit(form, ("login", self.person), ("password", "any"))
            elif fields.get("prompt") == "consent":
                self.submit(form)
            else:
                continue
            return True
        return False

    def submit(self, form, *pressed):
        fields = urlencode([*form["fields"], *pressed]).encode()
        target = urljoin(self.at, form["form"]["action"])
        page = urlsplit(self.at)
        same = "same-origin" if urlsplit(target)[:2] == page[:2] else "same-site"
        headers = {"Origin": f"{page.scheme}://{page.netloc}", "Referer": self.at, "Sec-Fetch-Site": same}
        self.open(Request(target, fields, headers))

    def open(self, request):
        try:
            answer = self.opener.open(request, timeout=SECONDS)
        except HTTPError as refused:
            answer = refused
        with answer:
            self.at, self.status, self.body = answer.url, answer.status, answer.read().decode()


def main():
    browser = Browser(*sys.argv[1:3])
    for step in sys.argv[3:]:
        print(json.dumps(browser.step(step)), flush=True)


if __name__ == "__main__":
    main()
