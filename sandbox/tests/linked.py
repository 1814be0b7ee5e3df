"""A stand-in for an application that links accounts: it walks the consent pages and keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from sandbox.clients import SEEDED
from sandbox.model import CallEvent
from sandbox.testing import RunningSandbox

OAUTH = {"ringcentral": "/ringcentral/restapi/oauth", "goto": "/goto/authentication/oauth"}
API = {"ringcentral": "/ringcentral", "goto": "/goto/api"}


class Linked:
    """One provider of a running sandbox, seen by an application."""

    def __init__(self, box: RunningSandbox, provider: str) -> None:
        self.box = box
        self.provider = provider
        self.auth = SEEDED[provider]
        self.redirect_uri = f"http://127.0.0.1:8000/accounts/{provider}/login/callback/"
        self.tokens: dict[str, Any] = {}

    def authorize_url(self, **extra: str) -> str:
        query = {"response_type": "code", "client_id": self.auth[0], "redirect_uri": self.redirect_uri, "state": "s"}
        return f"{self.box.url}{OAUTH[self.provider]}/authorize?{urlencode(query | extra)}"

    def callback(self, person: str = "admin", **extra: str) -> dict[str, str]:
        url = self.box.login_and_consent(self.authorize_url(**extra), person)
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def token(self, **form: str) -> requests.Response:
        return requests.post(f"{self.box.url}{OAUTH[self.provider]}/token", form, auth=self.auth, timeout=10)

    def exchange(self, code: str, **extra: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.token(**form, **extra)

    def refresh(self, refresh_token: str, **extra: str) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **extra)

    def sign_in(self, person: str = "admin", **extra: str) -> Linked:
        answer = self.exchange(self.callback(person, **extra)["code"])
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def get(self, path: str, token: str = "", **query: Any) -> requests.Response:
        return self.ask("GET", path, token, params=query)

    def ask(self, method: str, path: str, token: str = "", base: str = "", **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.box.url}{base or API[self.provider]}{path}"
        headers = {"Authorization": f"Bearer {token or self.tokens['access_token']}"}
        return requests.request(method, url, headers=headers, timeout=10, allow_redirects=False, **options)


def coming_call(box: RunningSandbox, fits: Callable[[CallEvent], bool]) -> CallEvent:
    """The first plain call of the next days that fits: a test moves the clock to it."""
    company, now = box.sandbox.company, box.clock.now()
    days = (company._day((now + timedelta(days=step)).date()) for step in range(1, 15))
    return next(call for day in days for call in day if not call.oddity and fits(call))
