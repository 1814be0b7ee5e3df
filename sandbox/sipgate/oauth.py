"""sipgate's OAuth rules: Keycloak, five-minute access tokens, a new refresh token every time."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from sandbox.grants import Session
from sandbox.keys import signing_key
from sandbox.policy import Issued, OAuthPolicy, OAuthRefused, Persona, Reason
from sandbox.sipgate.people import NEO, personas
from sandbox.sipgate.scopes import KNOWN_SCOPES

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PREFIX = "/sipgate"


def issuer(realm: str) -> str:
    """The realm's name as the tokens carry it."""
    return f"{request.host_url.rstrip('/')}{PREFIX}/login/auth/realms/{realm}"


def session_state(session: Session) -> str:
    """Keycloak's session id, a UUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"session:{session.id}"))


def _claims(sandbox: Sandbox, session: Session, persona: Persona, lifetime: int, kind: str) -> dict[str, Any]:
    now = int(sandbox.clock.timestamp())
    return {
        "jti": str(uuid.uuid4()),
        "exp": now + lifetime,
        "iat": now,
        "nbf": 0,
        "iss": issuer(session.realm),
        "aud": session.client_id,
        "sub": persona.subject,
        "typ": kind,
        "azp": session.client_id,
        "auth_time": int(session.created_at),
        "session_state": session_state(session),
        "scope": " ".join(session.scopes),
    }


def _access(sandbox: Sandbox, session: Session, persona: Persona, lifetime: int) -> str:
    claims = _claims(sandbox, session, persona, lifetime, "Bearer")
    claims["acr"] = "1"
    claims["allowed-origins"] = []
    claims["realm_access"] = {"roles": list(session.scopes)}
    claims["resource_access"] = {}
    claims["featureScope"] = "NEO_PBX" if persona.extra["account"] == NEO else "CLASSIC_PBX"
    return signing_key(sandbox.store, "sipgate").sign(claims)


def _refresh(sandbox: Sandbox, session: Session, persona: Persona, lifetime: int) -> str:
    return signing_key(sandbox.store, "sipgate").sign(_claims(sandbox, session, persona, lifetime, "Refresh"))


def _body(issued: Issued) -> dict[str, Any]:
    body: dict[str, Any] = {
        "access_token": issued.access_token,
        "expires_in": issued.expires_in,
        "refresh_expires_in": issued.refresh_expires_in,
        "refresh_token": issued.refresh_token,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "session_state": session_state(issued.session),
        "scope": " ".join(issued.session.scopes),
    }
    if issued.refresh_token is None:
        del body["refresh_token"], body["refresh_expires_in"]
    return body


_INVALID_GRANT = {
    Reason.CODE_UNKNOWN: "Code not valid",
    Reason.CODE_EXPIRED: "Code is expired",
    Reason.CODE_USED: "Code not valid",
    Reason.CODE_OF_OTHER_CLIENT: "Auth error",
    Reason.REDIRECT_MISMATCH: "Incorrect redirect_uri",
    Reason.PKCE_FAILED: "PKCE verification failed",
    Reason.REFRESH_UNKNOWN: "Invalid refresh token",
    Reason.REFRESH_EXPIRED: "Token is not active",
    Reason.REFRESH_REPLACED: "Stale token",
    Reason.REFRESH_OF_OTHER_CLIENT: "Invalid refresh token. Token client and authorized client don't match",
    Reason.SESSION_REVOKED: "Session not active",
}
_INVALID_CLIENT = {
    Reason.CLIENT_MISSING: "Missing form parameter: client_id",
    Reason.CLIENT_UNKNOWN: "Invalid client or Invalid client credentials",
    Reason.CLIENT_SECRET_WRONG: "Invalid client or Invalid client credentials",
    Reason.CLIENT_AUTH_UNSUPPORTED: "Client secret not provided in request",
}


def error_response(refused: OAuthRefused) -> Response:
    """Keycloak's `error` and `error_description`."""
    if refused.reason in _INVALID_GRANT:
        return _error(400, "invalid_grant", _INVALID_GRANT[refused.reason])
    if refused.reason in _INVALID_CLIENT:
        return _error(401, "invalid_client", _INVALID_CLIENT[refused.reason])
    if refused.reason is Reason.GRANT_TYPE_UNSUPPORTED:
        return _error(400, "unsupported_grant_type", "Unsupported grant_type")
    return _error(400, "invalid_request", f"Missing form parameter: {refused.detail}")


def _error(status: int, error: str, description: str) -> Response:
    response = jsonify(error=error, error_description=description)
    response.status_code = status
    return response


def _code(session: Session) -> str:
    return f"{secrets.token_urlsafe(32)}.{uuid.uuid4()}"


def _callback_extra(session: Session) -> dict[str, str]:
    return {"session_state": str(uuid.uuid4()), "iss": issuer(session.realm)}


POLICY = OAuthPolicy(
    provider="sipgate",
    label="sipgate",
    personas=personas,
    token_body=_body,
    token_error=error_response,
    mint_access=_access,
    mint_refresh=_refresh,
    mint_code=_code,
    callback_extra=_callback_extra,
    code_lifetime=60,
    access_lifetime=300,
    refresh_lifetime=2_592_000,
    pkce_methods=frozenset({"S256", "plain"}),
    redirect_wildcards=True,
    scope_required=True,
    known_scopes=KNOWN_SCOPES,
    remembers_consent=True,
)
