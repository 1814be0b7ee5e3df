"""GoTo keeps the contract of all providers: with one's own call log, and with the company's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.errors import (
    CredentialRejected,
    NotFound,
    NotOnContract,
    ProviderError,
    RateLimited,
    RequestRefused,
    RoleMissing,
    ScopeMissing,
)
from telephony.core.testing.contract import ProviderContract
from telephony.core.testing.fakes import Answer
from telephony.core.testing.fault_contract import FaultContract, Refusal
from telephony.core.testing.mapping_contract import MappingContract
from telephony.core.types import CallQuery, CallRecord, LogScope
from telephony.core.write_errors import BalanceTooLow
from telephony.providers.goto import calls, mapping
from telephony.providers.goto.provider import GoToProvider
from telephony.providers.goto.spec import SPEC
from telephony.providers.goto.tests.company import ACCOUNT, ANSWERS, KEYS, USER_KEY, envelope, rows

NUMBERING = calls.Numbering.of_keys(KEYS, ACCOUNT)
READS = frozenset({"calls", "list 0", "list 1", "list 2"})
ADMIN_READS = frozenset({"list 1", "list 2"})
SCOPES = {"users.v1.lines.read", "voice-admin.v1.read", "cr.v1.read"}


def _names_its_scope(error: ProviderError) -> bool:
    return isinstance(error, ScopeMissing) and len(error.scopes) == 1 and set(error.scopes) <= SCOPES


def _names_the_role(error: ProviderError) -> bool:
    return isinstance(error, RoleMissing) and error.role == "Administrator"


def _refused(status: int, code: str) -> Answer:
    return Answer(r".*", envelope(code), status)


REFUSALS = (
    Refusal("invalid token", _refused(401, "AUTHN_INVALID_TOKEN"), CredentialRejected),
    Refusal("expired token", _refused(401, "AUTHN_EXPIRED_TOKEN"), CredentialRejected),
    Refusal("malformed token", _refused(401, "AUTHN_MALFORMED_TOKEN"), CredentialRejected),
    Refusal("scope", _refused(403, "AUTHZ_INSUFFICIENT_SCOPE"), ScopeMissing, _names_its_scope, READS),
    Refusal("scope, other word", _refused(403, "AUTHN_INVALID_SCOPE"), ScopeMissing, _names_its_scope, READS),
    Refusal("scope, as 401", _refused(401, "AUTHZ_INSUFFICIENT_SCOPE"), ScopeMissing, _names_its_scope, READS),
    Refusal("role", _refused(403, "UNAUTHORIZED"), RoleMissing, _names_the_role, ADMIN_READS),
    Refusal("role, as 401", _refused(401, "UNAUTHORIZED"), RoleMissing, _names_the_role, ADMIN_READS),
    Refusal("role, old host", Answer(r".*", {"code": "not.authorized", "uri": "/v1/Users"}, 401), RoleMissing),
    Refusal("not provisioned", _refused(404, "NOT_FOUND"), NotOnContract, only=READS),
    Refusal(
        "not provisioned, short form",
        Answer(r".*", {"errorCode": "NOT_FOUND", "message": "The requested resource was not found"}, 404),
        NotOnContract,
        only=READS,
    ),
    Refusal("a thing that is not there", _refused(404, "SOME-THING-NOT-FOUND"), NotFound),
    Refusal("bad request", _refused(400, "BAD_REQUEST"), RequestRefused, lambda error: error.request_id == "ref-0001"),
    Refusal("wrong method", _refused(405, "METHOD_NOT_ALLOWED"), RequestRefused),
    Refusal("conflict", _refused(409, "CONFLICT"), RequestRefused),
    Refusal("too many", _refused(429, "TOO_MANY_REQUESTS"), RateLimited),
)


def _violated(field: str) -> Answer:
    body = {"errorCode": "BAD_REQUEST", "constraintViolations": [{"constraint": "InvalidFormat", "field": field}]}
    return Answer(".*", body, 400)


def _names_the_calling_scope(error: ProviderError) -> bool:
    return isinstance(error, ScopeMissing) and error.scopes == ("calls.v2.initiate",)


class TestGoTo(ProviderContract):
    """With one's own call history."""

    spec = SPEC
    provider_class = GoToProvider
    sent_answer = Answer(
        r".*/messaging/v1/messages",
        {
            "id": "0b7f6f3e-0000-4000-8000-000000000001",
            "ownerPhoneNumber": "+12125550101",
            "contactPhoneNumbers": ["+12125550142"],
            "direction": "OUT",
            "body": "See you at nine.",
            "timestamp": "2026-11-03T09:30:00.123456Z",
            "deliveryStatuses": [],
        },
        201,
    )
    remote_id = USER_KEY
    keys = KEYS
    answers = ANSWERS
    refusals = REFUSALS
    started = Answer(r"/calls/v2/calls", {"initiatorId": "5f0c2a1e-0000-4000-8000-000000000001"}, 202)
    refused_starts = (
        Refusal("a number that it does not take", _violated("dialString"), CannotBeCalled),
        Refusal("a line that is gone", _violated("from.lineId"), DeviceNotAvailable),
        Refusal("another field", _violated("autoAnswer"), RequestRefused),
        Refusal("no such line", _refused(404, "NOT_FOUND"), DeviceNotAvailable),
        Refusal("no money", Answer(".*", "", 402), BalanceTooLow),
        Refusal("no scope", _refused(403, "AUTHZ_INSUFFICIENT_SCOPE"), ScopeMissing, _names_the_calling_scope),
        Refusal("not one's own line", _refused(403, "UNAUTHORIZED"), RoleMissing),
    )
    call_rows = tuple(rows("history_1", "history_2"))
    extension_mappings = (
        (mapping.extension, rows("extensions_1")[0]),
        (lambda row: mapping.phone_number(row, {}), rows("numbers")[0]),
        (mapping.phone_line, rows("lines")[0]),
    )

    def map_call(self, row: Mapping[str, Any]) -> CallRecord | None:
        return calls.history_call(row, NUMBERING)


class TestGoToCompanyLog(FaultContract, MappingContract):
    """With the call report of the whole company, which is walked in windows."""

    spec = SPEC
    remote_id = USER_KEY
    keys = KEYS
    answers = ANSWERS
    refusals: ClassVar = (
        Refusal("role", _refused(403, "UNAUTHORIZED"), RoleMissing, _names_the_role, frozenset({"calls"})),
    )
    query = CallQuery(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC), LogScope.COMPANY)
    call_rows = tuple(rows("reports_1", "reports_2", "reports_older"))

    def map_call(self, row: Mapping[str, Any]) -> CallRecord | None:
        return calls.report_call(row, NUMBERING)
