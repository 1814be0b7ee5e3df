"""RingCentral's OAuth rules and their wording."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Response, request

from sandbox.company import Company
from sandbox.grants import Session
from sandbox.policy import Issued, OAuthPolicy, OAuthRefused, Persona, Reason
from sandbox.ringcentral.pbx import Pbx
from sandbox.ringcentral.wire import json_response

if TYPE_CHECKING:
    from sandbox.app import Sandbox

TOKEN_MARK = "SJC11P01PAS01|"  # noqa: S105 - tokens of the real service begin like this too
LOCKED_OUT = "no-apps"
"""The persona whose role forbids applications of third parties."""
SHORTEST_ACCESS, LONGEST_ACCESS = 600, 3600
LONGEST_REFRESH = 2_592_000

Wording = tuple[int, str, str, str]
_GRANT = "invalid_grant"
_WORDING: dict[Reason, Wording] = {
    Reason.CLIENT_MISSING: (400, "invalid_client", "OAU-123", "Client authentication is required"),
    Reason.CLIENT_AUTH_UNSUPPORTED: (400, "invalid_client", "OAU-123", "Client authentication is required"),
    Reason.CLIENT_UNKNOWN: (401, "invalid_client", "OAU-146", "Invalid client credentials"),
    Reason.CLIENT_SECRET_WRONG: (401, "invalid_client", "OAU-146", "Invalid client credentials"),
    Reason.GRANT_TYPE_UNSUPPORTED: (400, "unsupported_grant_type", "OAU-112", "Unsupported grant type"),
    Reason.REDIRECT_MISMATCH: (400, "invalid_redirect_uri", "OAU-109", "Redirect URIs do not match"),
    Reason.CODE_UNKNOWN: (400, _GRANT, "OAU-106", "Authorization code is invalid"),
    Reason.CODE_USED: (400, _GRANT, "OAU-106", "Authorization code is invalid"),
    Reason.CODE_EXPIRED: (400, _GRANT, "OAU-108", "Authorization code is expired"),
    Reason.CODE_OF_OTHER_CLIENT: (400, _GRANT, "OAU-110", "Authorization code was issued to another client"),
    Reason.PKCE_FAILED: (400, _GRANT, "OAU-106", "Code verifier does not match the code challenge"),
    Reason.REFRESH_UNKNOWN: (400, _GRANT, "OAU-213", "Token not found"),
    Reason.REFRESH_REPLACED: (400, _GRANT, "OAU-213", "Token not found"),
    Reason.REFRESH_OF_OTHER_CLIENT: (400, _GRANT, "OAU-213", "Token not found"),
    Reason.REFRESH_EXPIRED: (400, _GRANT, "OAU-210", "Token expired"),
    Reason.SESSION_REVOKED: (400, _GRANT, "OAU-211", "Token revoked"),
}
_FORBIDDEN_GRANTS = {"password", "partner_jwt", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials"}


def oauth_error(
    status: int, error: str, code: str, message: str, extra: Mapping[str, object] | None = None
) -> Response:
    """An error of the authorization server: the OAuth pair, and RingCentral's own list."""
    inner = {"errorCode": code, "message": message, **(extra or {})}
    return json_response({"error": error, "error_description": message, "errors": [inner]}, status)


def token_error(refused: OAuthRefused) -> Response:
    """What the token endpoint says to a refused request."""
    if refused.reason is Reason.GRANT_TYPE_UNSUPPORTED and refused.detail in _FORBIDDEN_GRANTS:
        return oauth_error(400, "unauthorized_client", "OAU-251", "Unauthorized for this grant type")
    if refused.reason in _WORDING:
        return oauth_error(*_WORDING[refused.reason])
    extra = {"parameterName": refused.detail} if refused.detail else {}
    message = f"Parameter [{refused.detail}] value is invalid" if refused.detail else "Invalid request"
    return oauth_error(400, "invalid_request", "CMN-101", message, extra)


def third_party_forbidden() -> Response:
    """The answer for a user whose role does not let other companies' applications in."""
    parameters = [{"parameterName": "permissionName", "parameterValue": "ThirdPartyAppAccess"}]
    message = "[ThirdPartyAppAccess] permission required"
    return oauth_error(400, "invalid_client", "CMN-408", message, {"parameters": parameters})


def personas(company: Company) -> tuple[Persona, ...]:
    """Who can sign in: two administrators, two plain users, and one whose role forbids this application."""
    pbx = Pbx(company)
    cast = (
        ("admin", 0, "admin", "RingEX Advanced"),
        ("admin2", 22, "admin", "RingEX Advanced"),
        ("user", 1, "user", "RingEX Advanced"),
        ("user2", 2, "user", "RingEX Advanced"),
        (LOCKED_OUT, 16, "user", "role without third-party apps"),
    )
    people = company.persons
    return tuple(
        Persona(key, people[place].name, people[place].email, role, edition, str(pbx.of(people[place]).id), place)
        for key, place, role, edition in cast
    )


def lifetimes(form: Mapping[str, str], policy: OAuthPolicy) -> tuple[int, int]:
    """The asked-for lives, clamped and never refused: one SDK sends -1. A refresh token may be asked to be born dead."""
    access = _number(form.get("access_token_ttl"), policy.access_lifetime)
    refresh = _number(form.get("refresh_token_ttl"), policy.refresh_lifetime)
    access = min(max(access, SHORTEST_ACCESS), LONGEST_ACCESS) if "access_token_ttl" in form else access
    return access, refresh if 0 <= refresh <= LONGEST_REFRESH else policy.refresh_lifetime


def token_body(issued: Issued) -> dict[str, Any]:
    """The token answer. Numbers are numbers, and the type is written in lower case."""
    endpoint = request.form.get("endpoint_id") or _endpoint(issued.session)
    body: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in,
        "scope": " ".join(issued.session.scopes),
        "owner_id": issued.persona.subject,
        "endpoint_id": endpoint,
        "session_id": hashlib.sha256(issued.session.id.encode()).hexdigest()[:24],
    }
    if issued.refresh_token is not None:
        body["refresh_token"] = issued.refresh_token
        body["refresh_token_expires_in"] = issued.refresh_expires_in
    return body


def mint(sandbox: Sandbox, session: Session, persona: Persona, lifetime: int) -> str:
    """An opaque token."""
    return base64.urlsafe_b64encode(f"{TOKEN_MARK}{secrets.token_urlsafe(66)}".encode()).decode().rstrip("=")


def looks_issued(token: str) -> bool:
    """Whether a token has the shape of ours; others are called invalid rather than not found."""
    mark = base64.urlsafe_b64encode(TOKEN_MARK.encode()).decode()[:16]
    return token.startswith(mark)


def callback_extra(session: Session) -> dict[str, str]:
    """What the redirect carries beside the code."""
    return {"expires_in": str(POLICY.code_lifetime)}


def _number(text: str | None, default: int) -> int:
    try:
        return default if text is None else int(text)
    except ValueError:
        return default


def _endpoint(session: Session) -> str:
    return hashlib.sha256(f"endpoint:{session.id}".encode()).hexdigest()[:22]


POLICY = OAuthPolicy(
    provider="ringcentral",
    label="RingCentral",
    personas=personas,
    token_body=token_body,
    token_error=token_error,
    mint_access=mint,
    mint_refresh=mint,
    code_lifetime=60,
    access_lifetime=3600,
    refresh_lifetime=7 * 86400,
    grace_unused=3600,
    grace_used=10,
    refresh_kills_access=True,
    max_sessions=5,
    client_auth=frozenset({"basic"}),
    pkce_methods=frozenset({"S256", "plain"}),
    callback_extra=callback_extra,
    lifetimes=lifetimes,
)
