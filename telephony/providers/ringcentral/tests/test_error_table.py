"""Every error that RingCentral is known to answer becomes the member of the family that the site has words for."""

from __future__ import annotations

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
    SyncTokenExpired,
    UnusableReply,
)
from telephony.core.tests.error_tables import Row, error_of, token_error, unknown_answers_keep_to_the_family
from telephony.providers.ringcentral.errors import raise_for, token_refusal


def coded(top: str, nested: str = "", message: str = "", **extra: str) -> dict[str, Any]:
    """A body as the live API sends it: the first code and its attributes at the top level as well."""
    error = {"errorCode": nested or top, "message": message, **extra}
    return {"errorCode": top, "message": message, **extra, "errors": [error]}


def refused(error: str, code: str = "", message: str = "") -> dict[str, Any]:
    """A body of the token endpoint."""
    errors = [{"errorCode": code, "message": message}] if code else []
    return {"error": error, "error_description": message, "errors": errors}


API: tuple[Row, ...] = (
    (400, coded("InvalidParameter", "CMN-101", "Parameter [x] value is invalid", parameterName="x"), RequestRefused),
    (400, coded("InvalidParameter", "MSG-246"), RequestRefused),
    (400, coded("InvalidParameter", "MSG-245", parameterName="from"), RequestRefused),
    (400, coded("CLG-101"), SyncTokenExpired),
    (400, coded("CLG-110"), RequestRefused),
    (400, coded("CMN-103"), RequestRefused),
    (400, coded("SUB-524"), RequestRefused),
    (401, coded("AGW-401"), CredentialRejected),
    (401, coded("AGW-402"), CredentialRejected),
    (401, coded("TokenInvalid", "OAU-149"), CredentialRejected),
    (401, coded("TokenInvalid", "OAU-213"), CredentialRejected),
    (401, coded("TokenInvalid", "OAU-129"), CredentialRejected),
    (401, coded("TokenExpired", "OAU-128"), CredentialRejected),
    (401, coded("OAU-151"), CredentialRejected),
    (401, coded("CMN-405"), RoleMissing),
    (403, coded("InsufficientPermissions", "CMN-401", permissionName="ReadCallLog"), ScopeMissing),
    (403, coded("CMN-408", permissionName="FullCompanyCallLog"), RoleMissing),
    (403, coded("CMN-402"), RoleMissing),
    (403, coded("CMN-404"), RoleMissing),
    (403, coded("CMN-403"), NotOnContract),
    (403, coded("CMN-109"), NotOnContract),
    (403, coded("SUB-505"), AccessDenied),
    (403, "<html>blocked</html>", UnusableReply),
    (404, coded("CMN-102", parameterName="recordId"), NotFound),
    (404, coded("CMN-120"), NotFound),
    (416, coded("CMN-107"), RequestRefused),
    (429, coded("CMN-301"), RateLimited),
    (429, coded("CMN-304"), RateLimited),
    (429, coded("CMN-310"), RateLimited),
    (500, coded("CMN-201"), ServerFault),
    (500, coded("CMN-203"), ServerFault),
    (501, coded("CMN-202"), ServerFault),
    (503, "<html>maintenance</html>", ServerFault),
)
TOKEN: tuple[Row, ...] = (
    (400, refused("invalid_client", "OAU-123", "Client authentication is required"), ClientRejected),
    (401, refused("invalid_client", "OAU-146", "Invalid client credentials"), ClientRejected),
    (400, refused("unauthorized_client", "OAU-251", "Unauthorized for this grant type"), ClientRejected),
    (403, refused("invalid_redirect_uri", "OAU-109", "Redirect URIs do not match"), RequestRefused),
    (400, refused("invalid_grant", "OAU-106"), GrantEnded),
    (403, refused("invalid_grant", "OAU-108"), GrantEnded),
    (400, refused("invalid_grant", "OAU-110"), GrantEnded),
    (400, refused("invalid_grant", "OAU-210", "Token expired"), GrantEnded),
    (400, refused("invalid_grant", "OAU-211", "Token revoked"), GrantEnded),
    (400, refused("invalid_grant", "OAU-213", "Token not found"), GrantEnded),
    (403, refused("invalid_client", "OAU-167", "Account access restricted by RealmId"), AccessDenied),
    (400, refused("invalid_client", "CMN-408", "[ThirdPartyAppAccess] permission required"), RoleMissing),
    (400, refused("invalid_client", "", "Bad Application Release Status: Blocked"), ClientRejected),
    (400, refused("expired_token"), GrantEnded),
    (400, refused("access_denied"), GrantEnded),
    (400, refused("unsupported_grant_type"), ClientRejected),
    (400, refused("invalid_request"), RequestRefused),
    (429, refused("", "CMN-301"), RateLimited),
    (503, "<html>", ServerFault),
    (403, "<html>firewall</html>", UnusableReply),
)


@pytest.mark.parametrize(("status", "body", "kind"), API)
def test_errors_of_the_api(status: int, body: Any, kind: type[ProviderError]) -> None:
    assert type(error_of(raise_for, status, body)) is kind


def test_a_missing_permission_is_named() -> None:
    scope = error_of(raise_for, 403, coded("InsufficientPermissions", "CMN-401", permissionName="ReadCallLog"))
    role = error_of(raise_for, 403, coded("CMN-408", permissionName="FullCompanyCallLog"))
    assert isinstance(scope, ScopeMissing)
    assert scope.scopes == ("ReadCallLog",)
    assert isinstance(role, RoleMissing)
    assert role.role == "FullCompanyCallLog"


@pytest.mark.parametrize(("status", "body", "kind"), TOKEN)
def test_errors_of_the_token_endpoint(status: int, body: Any, kind: type[ProviderError]) -> None:
    assert type(token_error(status, body, token_refusal)) is kind


def test_what_nobody_knows_keeps_to_the_family() -> None:
    unknown_answers_keep_to_the_family(raise_for)
