"""Every error that GoTo is known to answer becomes the member of the family that the site has words for."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from telephony.core.errors import (
    AccessDenied,
    ClientRejected,
    CredentialRejected,
    GrantEnded,
    NotFound,
    NotOnContract,
    ProviderError,
    RateLimited,
    RequestRefused,
    RoleMissing,
    ScopeMissing,
    ServerFault,
    UnusableReply,
)
from telephony.core.tests.error_tables import Row, error_of, token_error, unknown_answers_keep_to_the_family
from telephony.providers.goto.endpoints import CALLS, EXTENSIONS
from telephony.providers.goto.errors import raise_for

a_list = partial(raise_for, endpoint=EXTENSIONS)
one_thing = partial(raise_for, endpoint=CALLS)


def envelope(code: str, *violations: tuple[str, str]) -> dict[str, Any]:
    """A body of api.goto.com."""
    told = [{"constraint": constraint, "field": field} for constraint, field in violations]
    return {"reference": "ref-1", "constraintViolations": told, "errorCode": code, "message": "..."}


API: tuple[Row, ...] = (
    (400, envelope("BAD_REQUEST", ("must not be null", "startTime")), RequestRefused),
    (400, envelope("MALFORMED_REQUEST"), RequestRefused),
    (401, envelope("AUTHN_INVALID_TOKEN"), CredentialRejected),
    (401, envelope("AUTHN_EXPIRED_TOKEN"), CredentialRejected),
    (401, envelope("AUTHN_MALFORMED_TOKEN"), CredentialRejected),
    (401, {"code": "not.authorized", "uri": "/v1/Users"}, RoleMissing),
    (401, {"code": "not.authenticated", "uri": "/admin/rest/v1/me"}, ScopeMissing),
    (401, "", CredentialRejected),
    (403, envelope("AUTHZ_INSUFFICIENT_SCOPE"), ScopeMissing),
    (403, envelope("AUTHN_INVALID_SCOPE"), ScopeMissing),
    (403, envelope("UNAUTHORIZED"), RoleMissing),
    (403, {"code": "not.authorized", "uri": "/"}, RoleMissing),
    (403, "", AccessDenied),
    (403, "<html>blocked</html>", UnusableReply),
    (404, envelope("RTC-NOTIFICATION-CHANNEL-NOT-FOUND"), NotFound),
    (405, "", RequestRefused),
    (409, envelope("CONFLICT"), RequestRefused),
    (429, "", RateLimited),
    (429, envelope("TOO_MANY"), RateLimited),
    (500, envelope("UNKNOWN_ERROR"), ServerFault),
    (502, "<html>", ServerFault),
    (503, "", ServerFault),
    (504, "", ServerFault),
)
TOKEN: tuple[Row, ...] = (
    (401, {"error": "invalid_client", "error_description": "client not found"}, ClientRejected),
    (400, {"error": "invalid_grant", "error_description": "gone"}, GrantEnded),
    (401, {"error": "invalid_grant"}, GrantEnded),
    (400, {"error": "unsupported_grant_type"}, ClientRejected),
    (400, "", UnusableReply),
    (429, "", RateLimited),
    (503, "", ServerFault),
)


@pytest.mark.parametrize(("status", "body", "kind"), API)
def test_errors_of_the_api(status: int, body: Any, kind: type[ProviderError]) -> None:
    assert type(error_of(a_list, status, body)) is kind


def test_a_list_that_is_not_there_is_a_product_that_the_account_lacks() -> None:
    short = {"errorCode": "NOT_FOUND", "message": "The requested resource was not found"}
    assert type(error_of(a_list, 404, short)) is NotOnContract
    assert type(error_of(one_thing, 404, short)) is NotFound


def test_the_reference_is_the_request_id_and_the_fields_are_told() -> None:
    error = error_of(a_list, 400, envelope("BAD_REQUEST", ("must not be null", "startTime")))
    assert error.request_id == "ref-1"
    assert "startTime" in error.detail


@pytest.mark.parametrize(("status", "body", "kind"), TOKEN)
def test_errors_of_the_token_endpoint(status: int, body: Any, kind: type[ProviderError]) -> None:
    assert type(token_error(status, body)) is kind


def test_what_nobody_knows_keeps_to_the_family() -> None:
    unknown_answers_keep_to_the_family(a_list)
    unknown_answers_keep_to_the_family(one_thing)
