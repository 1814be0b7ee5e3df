"""The small invented company that the tests read, and tools to answer for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from telephony.core.client import ClientContext
from telephony.core.testing.fakes import Answer, fake_door
from telephony.providers.ringcentral.client import RingCentralClient
from telephony.providers.ringcentral.spec import SPEC

PAYLOADS = Path(__file__).parent / "payloads"
OWN = "/restapi/v1.0/account/~/extension/~"
COMPANY_LOG = "/restapi/v1.0/account/~/call-log"
OWN_LOG = f"{OWN}/call-log"


def load(name: str) -> Any:
    """One payload file."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


CALL_ROWS = (*load("calls_1")["records"], *load("calls_2")["records"])
ANSWERS = (
    Answer(OWN, load("own_extension")),
    Answer("/restapi/v1.0/account/~", load("account")),
    Answer("/restapi/v2/accounts/~", load("company")),
    Answer("/restapi/v1.0/account/~/extension", load("extensions_1"), query={"page": "1"}),
    Answer("/restapi/v1.0/account/~/extension", load("extensions_2"), query={"page": "2"}),
    Answer(f"{OWN}/phone-number", load("numbers"), query={"page": "1"}),
    Answer(f"{OWN}/forwarding-number", load("forwarding"), query={"page": "1"}),
    Answer(OWN_LOG, load("calls_1"), query={"page": "1"}),
    Answer(OWN_LOG, load("calls_2"), query={"page": "2"}),
)


def call_row(key: str) -> dict[str, Any]:
    """A fresh copy of the call log record whose id begins with `key`."""
    rows: list[dict[str, Any]] = [*load("calls_1")["records"], *load("calls_2")["records"]]
    return next(row for row in rows if row["id"].startswith(key))


def new_client(**keys: str) -> RingCentralClient:
    """A client of the production environment behind a door whose answers are faked."""
    context = ClientContext(SPEC.environments[0], fake_door(SPEC), lambda: "Bearer invented-token", keys)
    return RingCentralClient(context)


def list_page(rows: list[Any], *, page: int = 1, more: bool = False, **paging: Any) -> dict[str, Any]:
    """A page of a list as RingCentral wraps it."""
    elsewhere = {"uri": "https://elsewhere.example/restapi/v1.0/account/~/call-log?page=99"}
    navigation = {"firstPage": elsewhere, **({"nextPage": elsewhere} if more else {})}
    return {"records": rows, "paging": {"page": page, "perPage": 100, **paging}, "navigation": navigation}
