"""The small company of these tests: canned answers in the documented shape, with invented values, and clients to read them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telephony.core.client import ClientContext
from telephony.core.testing.fakes import Answer, fake_door
from telephony.core.types import CallQuery, ExtensionRecord, Json
from telephony.providers.goto.client import GoToClient
from telephony.providers.goto.spec import SPEC

ACCOUNT, OTHER_ACCOUNT = "1234567890123456789", "1234567890123456790"
USER_KEY = "7205000000000000001"
PROFILE = r"/identity/v1/Users/me"
MEMBERSHIPS = r"/users/v1/me"
LINES = r"/users/v1/lines"
EXTENSIONS = r"/voice-admin/v1/extensions"
NUMBERS = r"/voice-admin/v1/phone-numbers"
HISTORY = r"/call-history/v1/calls"
REPORTS = r"/call-events-report/v1/report-summaries"
LICENCES = rf"/admin/rest/v1/accounts/{ACCOUNT}/licenses"
FIRST_PAGE = frozenset({"pageMarker"})


def payload(name: str) -> Any:
    """One of the payload files."""
    return json.loads((Path(__file__).parent / "payloads" / f"{name}.json").read_text(encoding="utf-8"))


def rows(*names: str) -> list[dict[str, Any]]:
    """The items of some payload files."""
    return [row for name in names for row in payload(name)["items"]]


OF_ACCOUNT = {"accountKey": ACCOUNT}
ANSWERS = (
    Answer(PROFILE, payload("profile")),
    Answer(MEMBERSHIPS, payload("memberships")),
    Answer(LINES, payload("lines")),
    Answer(EXTENSIONS, payload("extensions_1"), query=OF_ACCOUNT, without=FIRST_PAGE),
    Answer(EXTENSIONS, payload("extensions_2"), query=OF_ACCOUNT | {"pageMarker": "ext/page=2"}),
    Answer(NUMBERS, payload("numbers"), query=OF_ACCOUNT, without=FIRST_PAGE),
    Answer(HISTORY, payload("history_1"), query=OF_ACCOUNT, without=FIRST_PAGE),
    Answer(HISTORY, payload("history_2"), query=OF_ACCOUNT | {"pageMarker": "aGlzdG9yeTpwYWdlPTI="}),
    Answer(REPORTS, payload("reports_older"), query=OF_ACCOUNT | {"endTime": "2026-10-21T00:00:00.000Z"}),
    Answer(REPORTS, payload("reports_1"), query=OF_ACCOUNT, without=FIRST_PAGE),
    Answer(REPORTS, payload("reports_2"), query=OF_ACCOUNT | {"pageMarker": "page-2"}),
    Answer(LICENCES, payload("licences")),
)
KEYS: Json = {
    "user_key": USER_KEY,
    "account_key": ACCOUNT,
    "accounts": [
        {"key": ACCOUNT, "name": "Example & Sons", "organization_id": "", "admin": True, "connect": True},
        {"key": OTHER_ACCOUNT, "name": "Example Branch Ltd", "organization_id": "", "admin": False, "connect": True},
    ],
    "lines": [
        {"id": "a", "number": "1001", "name": "Ada", "region": "US", "account_key": ACCOUNT, "primary": True},
        {"id": "b", "number": "2001", "name": "Ada", "region": "GB", "account_key": OTHER_ACCOUNT, "primary": True},
    ],
    "region": "US",
}


def envelope(code: str, message: str = "It is not allowed") -> dict[str, Any]:
    """An error body of api.goto.com."""
    return {"reference": "ref-0001", "constraintViolations": [], "errorCode": code, "message": message}


OWN = CallQuery(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))


def client(keys: Json = KEYS, authorization: str = "Bearer opaque") -> GoToClient:
    """A client of the production environment."""
    return GoToClient(ClientContext(SPEC.environments[0], fake_door(SPEC), lambda: authorization, keys))


def refused(path: str, status: int = 403, code: str = "AUTHZ_INSUFFICIENT_SCOPE") -> Answer:
    """A refusal of one path."""
    return Answer(path, envelope(code), status)


def listed(of: GoToClient, number: int) -> list[ExtensionRecord]:
    """All records of one extension list."""
    return list(of.extension_lists()[number].read())


def token(claims: object) -> str:
    """An Authorization header with a token that makes these claims."""
    return "Bearer h." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".s"
