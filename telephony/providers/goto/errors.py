"""What GoTo's refusals mean. api.goto.com answers ``{reference, constraintViolations, errorCode, message}``, sometimes less;
api.getgo.com answers ``{code, uri}`` (https://developer.goto.com/GoToConnect, and answers seen in public client code)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telephony.core import payload
from telephony.core.errors import NotFound, NotOnContract, ProviderError, RequestRefused, RoleMissing, ScopeMissing
from telephony.core.http import Reply
from telephony.core.redaction import redact_text
from telephony.core.refusals import REFUSALS, raise_for_status
from telephony.providers.goto.endpoints import Endpoint

# The words are the same whether they come with 401 or 403; "not.authenticated" is what the Admin host says to a token without scope.
SCOPE_CODES = frozenset({"AUTHZ_INSUFFICIENT_SCOPE", "AUTHN_INVALID_SCOPE", "not.authenticated"})
ROLE_CODES = frozenset({"UNAUTHORIZED", "not.authorized"})


def raise_for(reply: Reply, endpoint: Endpoint) -> None:
    """Raise the member of the error family that an answer stands for; nothing for a success."""
    if 400 <= reply.status < 500 and error_code(reply):
        raise _refusal(reply, endpoint)
    raise_for_status(reply)


def _refusal(reply: Reply, endpoint: Endpoint) -> ProviderError:
    code, details = error_code(reply), _details(reply)
    if reply.status in (401, 403):
        if code in SCOPE_CODES:
            return ScopeMissing(reply.provider, reply.operation, scopes=filter(None, [endpoint.scope]), **details)
        if code in ROLE_CODES:
            return RoleMissing(reply.provider, reply.operation, role=endpoint.role, **details)
    kind = REFUSALS.get(reply.status, RequestRefused)
    if kind is NotFound and endpoint.is_list and code == "NOT_FOUND":
        # Single things can be missing; a list that is not there is a product that the account lacks.
        kind = NotOnContract
    return kind(reply.provider, reply.operation, **details)


def error_code(reply: Reply) -> str:
    """GoTo's own word for what is wrong, "" where it gives none."""
    body = reply.error_json()
    return payload.text(body.get("errorCode"), limit=100) or payload.text(body.get("code"), limit=100)


def _details(reply: Reply) -> dict[str, Any]:
    """Keyword arguments of every error: the envelope's words instead of its JSON, and `reference` as the request id."""
    details = reply.error_details()
    body = reply.error_json()
    if not details["request_id"]:
        details["request_id"] = payload.text(body.get("reference"), limit=100)
    if words := ": ".join(filter(None, [error_code(reply), payload.text(body.get("message")), *_violations(body)])):
        details["detail"] = redact_text(words)[:300]
    return details


def _violations(body: dict[str, Any]) -> Iterator[str]:
    for violation in payload.mappings(body.get("constraintViolations")):
        yield " ".join(filter(None, [payload.text(violation.get("constraint")), payload.text(violation.get("field"))]))
