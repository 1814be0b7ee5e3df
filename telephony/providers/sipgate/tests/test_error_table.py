"""Every error that sipgate is known to answer becomes the member of the family that the site has words for."""

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
    ScopeMissing,
    ServerFault,
    UnusableReply,
)
from telephony.core.tests.error_tables import Row, error_of, token_error, unknown_answers_keep_to_the_family
from telephony.providers.sipgate.claims import TokenClaims
from telephony.providers.sipgate.errors import raise_for

GRANTED = TokenClaims(frozenset({"history:read"}))
granted = partial(raise_for, claims=GRANTED, scope="history:read")
lacking = partial(raise_for, claims=GRANTED, scope="balance:read")

API: tuple[Row, ...] = (
    (400, "", RequestRefused),
    (400, {"name": "PARAMETER_INVALID", "message": "limit"}, RequestRefused),
    (400, {"name": "INVALID_JSON"}, RequestRefused),
    (401, "", CredentialRejected),
    (401, {"name": "REQUEST_NOT_AUTHENTICATED"}, CredentialRejected),
    (402, "", RequestRefused),
    (403, "", AccessDenied),
    (403, {"name": "REQUEST_NOT_AUTHORIZED"}, AccessDenied),
    (403, {"name": "FORBIDDEN"}, AccessDenied),
    (403, "This endpoint is only available for classic PBX accounts.", NotOnContract),
    (403, "<html><body>blocked</body></html>", UnusableReply),
    (404, {"name": "RESOURCE_NOT_FOUND"}, NotFound),
    (405, "", RequestRefused),
    (409, {"errors": [{"status": 409, "title": "exists", "detail": "", "source": {"pointer": "/"}}]}, RequestRefused),
    (409, {"name": "RESOURCE_ALREADY_EXISTS"}, RequestRefused),
    (415, "", RequestRefused),
    (429, {"name": "RATE_LIMIT_EXCEEDED"}, RateLimited),
    (429, "<html>", RateLimited),
    (500, {"name": "INTERNAL_ERROR"}, ServerFault),
    (503, "", ServerFault),
    (503, "<html>", ServerFault),
)
TOKEN: tuple[Row, ...] = (
    (401, {"error": "invalid_client", "error_description": "Invalid client credentials"}, ClientRejected),
    (400, {"error": "invalid_client"}, ClientRejected),
    (400, {"error": "unauthorized_client", "error_description": "invalid client_secret"}, ClientRejected),
    (400, {"error": "invalid_grant", "error_description": "Code not valid"}, GrantEnded),
    (400, {"error": "invalid_grant", "error_description": "PKCE verification failed"}, GrantEnded),
    (400, {"error": "invalid_grant", "error_description": "Token is not active"}, GrantEnded),
    (400, {"error": "invalid_grant", "error_description": "Stale token"}, GrantEnded),
    (400, {"error": "invalid_grant", "error_description": "Session not active"}, GrantEnded),
    (400, {"error": "invalid_request", "error_description": "missing field"}, RequestRefused),
    (400, {"error": "invalid_scope"}, RequestRefused),
    (400, "<html>invalid parameter: redirect_uri</html>", UnusableReply),
)


@pytest.mark.parametrize(("status", "body", "kind"), API)
def test_errors_of_the_api(status: int, body: Any, kind: type[ProviderError]) -> None:
    assert type(error_of(granted, status, body)) is kind


def test_a_403_of_a_scope_that_was_not_granted_names_it() -> None:
    error = error_of(lacking, 403, "")
    assert isinstance(error, ScopeMissing)
    assert error.scopes == ("balance:read",)


@pytest.mark.parametrize(("status", "body", "kind"), TOKEN)
def test_errors_of_the_token_endpoint(status: int, body: Any, kind: type[ProviderError]) -> None:
    assert type(token_error(status, body)) is kind


def test_what_nobody_knows_keeps_to_the_family() -> None:
    unknown_answers_keep_to_the_family(granted)
