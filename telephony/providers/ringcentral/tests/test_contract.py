"""RingCentral keeps the contract that every provider keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotFound,
    NotOnContract,
    RateLimited,
    RequestRefused,
    RoleMissing,
    ScopeMissing,
)
from telephony.core.testing.contract import ProviderContract
from telephony.core.testing.fakes import Answer
from telephony.core.testing.fault_contract import Refusal
from telephony.core.types import CallRecord
from telephony.core.write_errors import BalanceTooLow
from telephony.providers.ringcentral.directory import extension_record, number_record
from telephony.providers.ringcentral.mapping import call_record
from telephony.providers.ringcentral.provider import RingCentralProvider
from telephony.providers.ringcentral.spec import SPEC
from telephony.providers.ringcentral.tests.samples import ANSWERS, CALL_ROWS, load


def refused(status: int, code: str, message: str, *, nested: str = "", **extra: str) -> Answer:
    """A refusal as it is on the wire: the code at the top and inside, attributes copied to both levels."""
    inner = {"errorCode": nested or code, "message": message, **extra}
    return Answer(".*", {"errorCode": code, "message": message, "errors": [inner], **extra}, status)


def _parameter(name: str) -> Answer:
    return refused(400, "InvalidParameter", "Parameter value is invalid", nested="CMN-101", parameterName=name)


APP = "In order to call this API endpoint, application needs to have [ReadCallLog] permission"
USER = "In order to call this API endpoint, user needs to have [FullCompanyCallLog] permission for requested resource."
REFUSALS = (
    Refusal(
        "the application lacks a permission",
        refused(403, "InsufficientPermissions", APP, nested="CMN-401", permissionName="ReadCallLog"),
        ScopeMissing,
        lambda error: isinstance(error, ScopeMissing) and error.scopes == ("ReadCallLog",),
    ),
    Refusal(
        "the application lacks a permission that only the message names",
        refused(403, "InsufficientPermissions", APP, nested="CMN-401"),
        ScopeMissing,
        lambda error: isinstance(error, ScopeMissing) and error.scopes == ("ReadCallLog",),
    ),
    Refusal(
        "the role lacks a permission",
        refused(403, "CMN-408", USER, permissionName="FullCompanyCallLog"),
        RoleMissing,
        lambda error: isinstance(error, RoleMissing) and error.role == "FullCompanyCallLog",
    ),
    Refusal("administrators only", refused(403, "CMN-402", "Administrators only"), RoleMissing),
    Refusal("somebody else's extension", refused(403, "CMN-404", "Another extension"), RoleMissing),
    Refusal("another extension has to sign in", refused(401, "CMN-405", "Login to extension required"), RoleMissing),
    Refusal("the feature is not available", refused(403, "CMN-109", "Feature is not available"), NotOnContract),
    Refusal("the wrong type of extension", refused(403, "CMN-403", "Extension type"), NotOnContract),
    Refusal("a 403 with a code nobody knows", refused(403, "CMN-999", "No"), AccessDenied),
    Refusal("no credentials", refused(401, "AGW-401", "Authorization header is not specified"), CredentialRejected),
    Refusal("an ended token", refused(401, "TokenInvalid", "Token not found", nested="OAU-213"), CredentialRejected),
    Refusal("an expired token", refused(401, "TokenExpired", "Access token expired"), CredentialRejected),
    Refusal("a filter it does not like", refused(400, "InvalidParameter", "Parameter [dateFrom]"), RequestRefused),
    Refusal("a thing that is gone", refused(404, "CMN-102", "Resource is not found"), NotFound),
    Refusal("too many requests", refused(429, "CMN-301", "Request rate exceeded"), RateLimited),
)


class TestRingCentral(ProviderContract):
    """The contract suite, with RingCentral's payloads and refusals."""

    spec = SPEC
    provider_class = RingCentralProvider
    sent_answer = Answer(
        r".*/extension/~/sms",
        {
            "id": 1720000000001,
            "type": "SMS",
            "direction": "Outbound",
            "from": {"phoneNumber": "+12125550101"},
            "to": [{"phoneNumber": "+12125550142", "messageStatus": "Queued"}],
            "subject": "See you at nine.",
            "messageStatus": "Queued",
            "creationTime": "2026-11-03T09:30:00.000Z",
        },
    )
    remote_id = "801001001:802002002"
    keys = {"account_id": "801001001", "extension_id": "802002002", "region": "US"}
    answers = ANSWERS
    call_rows = CALL_ROWS
    refusals = REFUSALS
    started = Answer(
        r".*/ring-out",
        {
            "id": "Y3MxNzE4",
            "status": {"callStatus": "InProgress", "callerStatus": "InProgress", "calleeStatus": "InProgress"},
        },
    )
    refused_starts = (
        Refusal("a number that it does not take", _parameter("to.phoneNumber"), CannotBeCalled),
        Refusal("a number of somebody else", _parameter("from.phoneNumber"), DeviceNotAvailable),
        Refusal("another parameter", _parameter("country.id"), RequestRefused),
        Refusal("no money", Answer(".*", "", 402), BalanceTooLow),
        Refusal("the application lacks RingOut", refused(403, "CMN-401", APP, permissionName="RingOut"), ScopeMissing),
        Refusal("the role lacks it", refused(403, "CMN-408", USER, permissionName="RingOut"), RoleMissing),
    )
    extension_mappings = (
        *((extension_record, row) for row in load("extensions_1")["records"] + load("extensions_2")["records"]),
        *((number_record, row) for row in load("numbers")["records"]),
    )

    def map_call(self, row: Mapping[str, Any]) -> CallRecord | None:
        """RingCentral's mapping."""
        return call_record(row, "US")
