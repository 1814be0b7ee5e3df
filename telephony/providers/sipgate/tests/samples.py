"""The company of the tests: payloads in the documented shape, all values invented."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telephony.core.client import ClientContext
from telephony.core.testing.fakes import Answer, FakeApi, fake_door, playing
from telephony.core.types import CallQuery, Json
from telephony.providers.sipgate.client import SipgateClient
from telephony.providers.sipgate.spec import SPEC

PAYLOADS = Path(__file__).parent / "payloads"
CLASSIC_ONLY = "This endpoint requires a classic PBX account."
KEYS = {"account": "3000001", "user": "w0", "region": "DE"}
QUERY = CallQuery(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC), page_size=3)


def load(name: str) -> Any:
    """The payload ``<name>.json``."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


HISTORY: list[Json] = load("history")
ARCHIVE: list[Json] = load("archive")


def history_answers(rows: list[Json], size: int, *, archived: bool) -> list[Answer]:
    """The answers to every offset at which a walk through `rows` in pages of `size` may ask."""
    flag = "true" if archived else "false"
    return [
        Answer(
            r"/v2/history",
            {"items": rows[offset : offset + size], "totalCount": len(rows)},
            query={"archived": flag, "offset": str(offset)},
        )
        for offset in range(len(rows) + size)
    ]


ANSWERS = (
    Answer(r"/v2/authorization/userinfo", load("userinfo")),
    Answer(r"/v2/account", load("account")),
    Answer(r"/v2/balance", load("balance")),
    Answer(r"/v2/users", load("users")),
    Answer(r"/v2/users/w0", load("users")["items"][0]),
    Answer(r"/v2/w0/devices", load("devices")),
    Answer(r"/v2/w1/devices", {"items": []}),
    Answer(r"/v2/w0/phonelines", load("phonelines")),
    Answer(r"/v2/w1/phonelines", {"items": []}),
    Answer(r"/v2/channels", load("channels")),
    Answer(r"/v2/numbers", load("numbers")),
    *history_answers(HISTORY, QUERY.page_size, archived=False),
    *history_answers(ARCHIVE, QUERY.page_size, archived=True),
)


def bearer(**claims: object) -> str:
    """An Authorization header with an unsigned token that makes these claims."""
    packed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"Bearer eyJhbGciOiJSUzI1NiJ9.{packed}.c2lnbmF0dXJl"


def client(authorization: str = "Bearer opaque-access-token", keys: Json | None = None) -> SipgateClient:
    """A client of production with a credential."""
    environment = SPEC.environments[0]
    return SipgateClient(
        ClientContext(environment, fake_door(SPEC), lambda: authorization, KEYS if keys is None else keys)
    )


@contextmanager
def company(*first: Answer) -> Iterator[FakeApi]:
    """The usual answers inside the block, after `first`."""
    api = FakeApi((*first, *ANSWERS))
    with playing(api):
        yield api
