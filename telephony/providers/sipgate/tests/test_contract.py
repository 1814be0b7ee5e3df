"""sipgate keeps the contract that every provider keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotOnContract,
    RateLimited,
    RequestRefused,
    ScopeMissing,
)
from telephony.core.testing.contract import ProviderContract
from telephony.core.testing.fakes import Answer
from telephony.core.testing.fault_contract import Refusal
from telephony.core.types import CallRecord
from telephony.core.write_errors import BalanceTooLow
from telephony.providers.sipgate import directory, mapping
from telephony.providers.sipgate.provider import SipgateProvider
from telephony.providers.sipgate.spec import SPEC
from telephony.providers.sipgate.tests.samples import ANSWERS, ARCHIVE, CLASSIC_ONLY, HISTORY, KEYS, QUERY, load

SCOPED = frozenset({"facts", "balance", "calls", "list 0", "list 3"})


def named(status: int, name: str) -> Answer:
    """An error in the newer form, which only some routes use."""
    return Answer(".*", {"name": name, "message": "Not this way"}, status)


class TestSipgate(ProviderContract):
    """The contract suite, with sipgate's payloads and refusals."""

    spec = SPEC
    provider_class = SipgateProvider
    sent_answer = Answer(r".*/sessions/sms", "", 204)
    remote_id = "3000001w0"
    keys = KEYS
    answers = ANSWERS
    query = QUERY
    passes = 2
    call_rows = (*HISTORY, *ARCHIVE)
    extension_mappings = (
        *((directory.user, row) for row in load("users")["items"]),
        *((directory.device, row) for row in load("devices")["items"]),
        *((directory.phone_line, row) for row in load("phonelines")["items"]),
        *((lambda row: directory.channel(row, {"w0": "Grete"}), row) for row in load("channels")["items"]),
        *((directory.number, row) for row in load("numbers")["items"]),
    )
    refusals = (
        Refusal("a 403 without a reason", Answer(".*", "", 403), ScopeMissing, only=SCOPED),
        Refusal("a 403 where no scope is needed", Answer(".*", "", 403), AccessDenied),
        Refusal("a classic-only path", Answer(".*", CLASSIC_ONLY, 403), NotOnContract),
        Refusal("a 401 in the newer form", named(401, "REQUEST_NOT_AUTHENTICATED"), CredentialRejected),
        Refusal("a 403 in the newer form", named(403, "REQUEST_NOT_AUTHORIZED"), ScopeMissing, only=SCOPED),
        Refusal("a 429 in the newer form", named(429, "RATE_LIMIT_EXCEEDED"), RateLimited),
        Refusal("a 400 in the newer form", named(400, "PARAMETER_INVALID"), RequestRefused),
        Refusal("a balance that is too low", Answer(".*", "", 402), RequestRefused),
    )

    started = Answer(".*/sessions/calls", {"sessionId": "D3A1"})
    refused_starts = (
        Refusal("a balance that is too low", Answer(".*", "", 402), BalanceTooLow),
        Refusal("a number that it does not take", Answer(".*", "", 400), CannotBeCalled),
        Refusal("a device that cannot ring", Answer(".*", "Invalid invitable device", 400), DeviceNotAvailable),
        Refusal("a classic path for a neo account", Answer(".*", CLASSIC_ONLY, 403), NotOnContract),
        Refusal("a 403 where the scope may be missing", Answer(".*", "", 403), ScopeMissing),
    )

    def map_call(self, row: Mapping[str, Any]) -> CallRecord | None:
        """The mapping of the history."""
        return mapping.call(row, "DE")
