"""What the tests against the sandbox share: consent, and reading a log to its end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from sandbox.testing import RunningSandbox
from telephony.core.client_config import ClientConfig
from telephony.core.oauth import TokenSet
from telephony.core.types import CallQuery, CallRecord, LogScope
from telephony.providers.ringcentral.client import RingCentralClient
from telephony.providers.ringcentral.spec import SPEC

REDIRECT = "http://127.0.0.1:8000/accounts/ringcentral/login/callback/"
Reader = Callable[..., RingCentralClient]


def config(sandbox: RunningSandbox) -> ClientConfig:
    """The seeded OAuth client."""
    assert SPEC.sandbox is not None
    return ClientConfig(1, SPEC, SPEC.sandbox.at(sandbox.url), *SPEC.sandbox_credentials)


def link(sandbox: RunningSandbox, person: str) -> TokenSet:
    """Consent as a person and exchange the code, with PKCE."""
    verifier = secrets.token_urlsafe(48)
    client = config(sandbox)
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": REDIRECT,
        "state": "state",
        "scope": " ".join(SPEC.default_scopes),
        "code_challenge": verifier,
        "code_challenge_method": "plain",
        "brand_id": "1210",
    }
    back = sandbox.login_and_consent(f"{client.endpoints.authorize}?{urlencode(parameters)}", person)
    code = parse_qs(urlsplit(back).query)["code"][0]
    return client.token_endpoint().exchange(code, REDIRECT, verifier)


def window(sandbox: RunningSandbox, days: int, scope: LogScope = LogScope.OWN) -> CallQuery:
    """The last days, by the sandbox's clock."""
    now = sandbox.clock.now()
    return CallQuery(now - timedelta(days=days), now, scope, page_size=250)


def walk(reader: Reader, query: CallQuery, person: str = "admin") -> list[CallRecord]:
    """All calls of a query, each page by a client of its own."""
    calls: list[CallRecord] = []
    cursor: str | None = None
    while True:
        page = reader(person).calls(query, cursor)
        calls += page.items
        cursor = page.next_cursor
        if cursor is None:
            return calls
