"""RingCentral's refusals, turned into the error family.

An error body has `errors[]` of {errorCode, message, permissionName ...}, and live also the first code and its attributes at the top level
(https://developers.ringcentral.com/guide/basics/errors). Messages are localised, so codes decide; the permission's name is taken from the
text only where the attribute is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from telephony.core import payload
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotFound,
    NotOnContract,
    ProviderError,
    RateLimited,
    RequestRefused,
    RoleMissing,
    ScopeMissing,
    ServerFault,
    SyncTokenExpired,
)
from telephony.core.http import Reply
from telephony.core.retries import MAX_RETRY_AFTER

THIRD_PARTY_ACCESS = "ThirdPartyAppAccess"
_ACCOUNT_RESTRICTED = "OAU-167"
_SYNC_TOKEN_CODES = frozenset({"CLG-101", "CLG-102", "CLG-103", "CLG-104", "CLG-105"})
_BRACKETED = re.compile(r"\[([A-Za-z0-9]+)\]")

Refusal = Callable[[Reply, str], ProviderError]


def _scope_missing(reply: Reply, permission: str) -> ProviderError:
    return ScopeMissing(reply.provider, reply.operation, scopes=filter(None, [permission]), **reply.error_details())


def _role_missing(reply: Reply, permission: str) -> ProviderError:
    return RoleMissing(reply.provider, reply.operation, role=permission, **reply.error_details())


def _not_on_contract(reply: Reply, permission: str) -> ProviderError:
    return NotOnContract(reply.provider, reply.operation, **reply.error_details())


# Codes that say why access is denied; most come with 403, CMN-405 (another extension has to sign in) with 401.
_DENIALS: Mapping[str, Refusal] = {
    "CMN-401": _scope_missing,  # the application lacks a permission
    "InsufficientPermissions": _scope_missing,
    "CMN-408": _role_missing,  # the user's role lacks a permission
    "CMN-402": _role_missing,  # administrators only
    "CMN-404": _role_missing,  # somebody else's extension
    "CMN-405": _role_missing,
    "CMN-109": _not_on_contract,  # the feature is not available to the account
    "CMN-403": _not_on_contract,  # not for this type of extension
}


def raise_for(reply: Reply) -> Reply:
    """The reply itself if it succeeded, else the member of the error family that it stands for is raised."""
    if reply.status < 400:
        return reply
    raise error_for(reply)


def error_for(reply: Reply) -> ProviderError:
    """The error that an answer with a status of 400 or more stands for."""
    if reply.status == 429:
        return RateLimited(reply.provider, reply.operation, **_with_wait(reply))
    if reply.status >= 500:
        return ServerFault(reply.provider, reply.operation, **reply.error_details())
    if reply.is_page:
        # RingCentral refuses in JSON: a page comes from something in between, and will pass.
        return reply.unusable(f"a web page with status {reply.status}")
    if reply.status in (401, 403) and (denial := _denial(reply, reply.error_json())):
        return denial
    if reply.status == 400 and _is_about_sync_token(reply.error_json()):
        return SyncTokenExpired(reply.provider, reply.operation, **reply.error_details())
    kinds = {401: CredentialRejected, 403: AccessDenied, 404: NotFound}
    return kinds.get(reply.status, RequestRefused)(reply.provider, reply.operation, **reply.error_details())


def token_refusal(reply: Reply) -> ProviderError | None:
    """Refusals of the token endpoint that are worded as invalid_client although the client is fine.

    The person's role may forbid applications of third parties (CMN-408), or the account may be restricted (OAU-167).
    """
    body = reply.error_json()
    codes = error_codes(body)
    if "CMN-408" in codes or THIRD_PARTY_ACCESS in payload.text(body.get("error_description")):
        return _role_missing(reply, THIRD_PARTY_ACCESS)
    if _ACCOUNT_RESTRICTED in codes:
        return AccessDenied(reply.provider, reply.operation, **reply.error_details())
    return None


def error_codes(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Every code of an error body: the nested ones first, which are the more exact ones."""
    nested = [payload.text(error.get("errorCode")) for error in payload.mappings(body.get("errors"))]
    return tuple(filter(None, [*nested, payload.text(body.get("errorCode"))]))


def _is_about_sync_token(body: Mapping[str, Any]) -> bool:
    """CLG-101 to CLG-105, or any other refusal of the parameter, as when more records changed than one answer can hold."""
    parameters = (payload.text(error.get("parameterName")) for error in (body, *payload.mappings(body.get("errors"))))
    return not _SYNC_TOKEN_CODES.isdisjoint(error_codes(body)) or "syncToken" in parameters


def _denial(reply: Reply, body: Mapping[str, Any]) -> ProviderError | None:
    refusal = next((_DENIALS[code] for code in error_codes(body) if code in _DENIALS), None)
    return refusal(reply, _permission(body)) if refusal else None


def _permission(body: Mapping[str, Any]) -> str:
    """The name of the missing permission, "" where the answer has none."""
    errors = [body, *payload.mappings(body.get("errors"))]
    named = next(filter(None, (payload.text(error.get("permissionName"), limit=80) for error in errors)), "")
    if named:
        return named
    found = next(filter(None, (_BRACKETED.search(payload.text(error.get("message"))) for error in errors)), None)
    return found[1] if found else ""


def _with_wait(reply: Reply) -> dict[str, Any]:
    """Details of a 429. Where Retry-After is missing, the window of the rate group says when there is room again."""
    details = reply.error_details()
    window = payload.duration(reply.headers.get("x-rate-limit-window"))
    if details["retry_after"] is None and window:
        details["retry_after"] = min(float(window), MAX_RETRY_AFTER)
    return details
