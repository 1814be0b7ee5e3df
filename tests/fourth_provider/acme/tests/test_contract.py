"""Acme Phone keeps the contract that every provider keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.errors import ScopeMissing
from telephony.core.testing.contract import ProviderContract
from telephony.core.testing.fakes import Answer
from telephony.core.testing.fault_contract import Refusal
from telephony.core.types import CallRecord
from telephony.providers.acme import mapping
from telephony.providers.acme.provider import AcmeProvider
from telephony.providers.acme.spec import SPEC

ME = {"id": "u-4711", "name": "Ada Example", "email": "ada@example.com", "company": "Example Ltd", "plan": "Team"}
LINES = ({"id": "l-1", "name": "Front desk", "number": "+4930123450"}, {"id": "l-2", "name": "Ada", "number": "12"})
CALLS = (
    {
        "id": "c-3",
        "started": "2026-11-03T09:30:00Z",
        "direction": "in",
        "result": "answered",
        "seconds": 61,
        "from": "+493099887766",
        "to": "+4930123450",
        "line": "l-1",
    },
    {
        "id": "c-2",
        "started": "2026-11-02T16:00:00+01:00",
        "direction": "in",
        "result": "missed",
        "seconds": 0,
        "from": "anonymous",
        "to": "+4930123450",
        "line": "l-1",
    },
    {
        "id": "c-1",
        "started": "2026-11-01T08:00:00Z",
        "direction": "out",
        "result": "busy",
        "seconds": 0,
        "from": "12",
        "to": "+442079460000",
        "line": "l-2",
    },
)


class TestAcme(ProviderContract):
    """The contract suite, with Acme's payloads and refusals."""

    spec = SPEC
    provider_class = AcmeProvider
    remote_id = "u-4711"
    answers = (
        Answer(r"/v1/me", ME),
        Answer(r"/v1/balance", {"cents": 1234, "currency": "EUR"}),
        Answer(r"/v1/lines", {"lines": LINES}),
        Answer(r"/v1/calls", {"page": 1, "pages": 2, "calls": CALLS[:2]}, query={"page": "1"}),
        Answer(r"/v1/calls", {"page": 2, "pages": 2, "calls": CALLS[2:]}, query={"page": "2"}),
    )
    started = Answer(r"/v1/started", {"id": "s-1", "state": "ringing"})
    refused_starts = (
        Refusal("a number that is none", Answer(r".*", {"error": "bad_number"}, 400), CannotBeCalled),
        Refusal("a line that is switched off", Answer(r".*", {"error": "line_offline"}, 400), DeviceNotAvailable),
    )
    sent_answer = Answer(
        r"/v1/texts",
        {
            "id": "t-1",
            "direction": "out",
            "from": "+12125550101",
            "to": "+12125550142",
            "body": "See you at nine.",
            "at": "2026-11-03T09:30:00Z",
            "status": "waiting",
        },
    )
    call_rows = CALLS
    extension_mappings = tuple((mapping.line, row) for row in LINES)
    refusals = (
        Refusal(
            "a missing scope",
            Answer(r".*", {"error": "insufficient_scope", "scope": "calls"}, 403),
            ScopeMissing,
            lambda error: isinstance(error, ScopeMissing) and error.scopes == ("calls",),
        ),
    )

    def map_call(self, row: Mapping[str, Any]) -> CallRecord | None:
        """Acme's mapping."""
        return mapping.call(row)
