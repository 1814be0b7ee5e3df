"""GoTo's OAuth rules and their wording."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from flask import Response, current_app

from sandbox.company import Company
from sandbox.goto.pbx import user_key
from sandbox.goto.wire import json_response
from sandbox.grants import Session
from sandbox.keys import signing_key
from sandbox.policy import Issued, OAuthPolicy, OAuthRefused, Persona, Reason, Rotation

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PERSONAL_TOKENS = {"sandbox-goto-pat-admin": "admin", "sandbox-goto-pat-user": "user"}
"""Personal access tokens and whose they are; fixed, public and harmless."""
SCOPES = (
    "identity:", "identity:scim.me", "identity:scim.org", "collab:", "support:",
    "users.v1.lines.read", "users.v1.read", "voice-admin.v1.read", "voice-admin.v1.write", "cr.v1.read",
    "call-history.v1.notifications.manage", "call-events.v1.events.read", "call-events.v1.notifications.manage",
    "messaging.v1.send", "messaging.v1.read", "messaging.v1.write", "messaging.v1.notifications.manage",
    "calls.v2.initiate", "call-control.v1.calls.control",
    "recording.v1.read", "recording.v1.notifications.manage",
    "voicemail.v1.voicemails.read", "voicemail.v1.voicemails.write", "voicemail.v1.notifications.manage",
    "fax.v1.read", "fax.v1.write", "fax.v1.notifications.manage", "contacts.v1.read", "contacts.v1.write",
    "presence.v1.read", "presence.v1.write", "presence.v1.notifications.manage",
    "call-parking.v1.read", "call-parking.v1.notifications.manage", "webrtc.v1.read", "webrtc.v1.write",
    "queue-caller.v1.read", "cc-analytics.v1.agent-status.read", "asset.v1.notifications.manage",
)  # fmt: skip
"""What the client form of the portal offers."""
CLIENT_SCOPES = (
    "users.v1.read", "users.v1.lines.read", "voice-admin.v1.read", "cr.v1.read", "messaging.v1.send",
    "messaging.v1.read", "calls.v2.initiate", "recording.v1.read", "voicemail.v1.voicemails.read",
)  # fmt: skip
"""What the seeded client has ticked: asked for when a request names no scope."""

_INVALID_GRANT = (400, "invalid_grant")
_WORDING: dict[Reason, tuple[int, str, str]] = {
    Reason.CLIENT_MISSING: (401, "invalid_client", "client not found"),
    Reason.CLIENT_UNKNOWN: (401, "invalid_client", "client not found"),
    Reason.CLIENT_SECRET_WRONG: (401, "invalid_client", "client not found"),
    Reason.CLIENT_AUTH_UNSUPPORTED: (401, "invalid_client", "client authentication failed"),
    Reason.GRANT_TYPE_UNSUPPORTED: (400, "unsupported_grant_type", "The grant type is not supported"),
    Reason.REDIRECT_MISMATCH: (*_INVALID_GRANT, "The redirect URI does not match"),
    Reason.PKCE_FAILED: (*_INVALID_GRANT, "The code verifier does not match"),
    Reason.CODE_UNKNOWN: (*_INVALID_GRANT, "The authorization code is invalid"),
    Reason.CODE_USED: (*_INVALID_GRANT, "The authorization code was used already"),
    Reason.CODE_EXPIRED: (*_INVALID_GRANT, "The authorization code has expired"),
    Reason.CODE_OF_OTHER_CLIENT: (*_INVALID_GRANT, "The authorization code is invalid"),
    Reason.REFRESH_UNKNOWN: (*_INVALID_GRANT, "The refresh token is invalid"),
    Reason.REFRESH_EXPIRED: (*_INVALID_GRANT, "The refresh token has expired"),
    Reason.REFRESH_REPLACED: (*_INVALID_GRANT, "The refresh token is invalid"),
    Reason.REFRESH_OF_OTHER_CLIENT: (*_INVALID_GRANT, "The refresh token is invalid"),
    Reason.SESSION_REVOKED: (*_INVALID_GRANT, "The refresh token was revoked"),
}


def oauth_error(status: int, error: str, description: str) -> Response:
    """An error of the authorization server."""
    return json_response({"error": error, "error_description": description}, status)


def token_error(refused: OAuthRefused) -> Response:
    """What the token endpoint says to a refused request."""
    if refused.reason in _WORDING:
        return oauth_error(*_WORDING[refused.reason])
    return oauth_error(400, "invalid_request", f"Missing or invalid parameter: {refused.detail}")


def personas(company: Company) -> tuple[Persona, ...]:
    """Who can sign in: an administrator of two accounts, one of the branch, and plain users of one account."""
    cast = (
        ("admin", 0, "admin", "two accounts"),
        ("admin2", 22, "admin", "branch only"),
        ("user", 1, "user", "one account"),
        ("user2", 2, "user", "one account"),
    )
    people = company.persons
    return tuple(
        Persona(key, people[place].name, people[place].email, role, edition, user_key(people[place]), place)
        for key, place, role, edition in cast
    )


def token_body(issued: Issued) -> dict[str, Any]:
    """The token answer. It says no account key, and a refresh seldom brings a new refresh token."""
    body: dict[str, Any] = {"access_token": issued.access_token, "expires_in": issued.expires_in}
    if issued.grant_type != "refresh_token":
        body["token_type"] = "Bearer"  # noqa: S105 - the type, not a token
    if issued.refresh_token is not None:
        body["refresh_token"] = issued.refresh_token
    body["scope"] = " ".join(issued.session.scopes)
    body["principal"] = issued.persona.email
    if issued.grant_type == "personal_access_token":
        body["loa"] = 3
    return body


def mint_access(sandbox: Sandbox, session: Session, persona: Persona, lifetime: int) -> str:
    """A JWT, which a client must not look into."""
    return _jwt(sandbox, session, persona.subject, "a", lifetime)


def mint_refresh(sandbox: Sandbox, session: Session, persona: Persona, lifetime: int) -> str:
    """A JWT as well."""
    return _jwt(sandbox, session, persona.subject, "r", lifetime)


def mint_code(session: Session) -> str:
    """The code too is a long JWT."""
    sandbox: Sandbox = current_app.extensions["sandbox"]
    subject = hashlib.sha256(session.persona.encode()).hexdigest()[:18]
    return _jwt(sandbox, session, subject, "c", POLICY.code_lifetime)


def _jwt(sandbox: Sandbox, session: Session, subject: str, kind: str, lifetime: int) -> str:
    now = int(sandbox.clock.timestamp())
    claims = {
        "sc": " ".join(session.scopes),
        "sub": subject,
        "aud": session.client_id,
        "ogn": "pwd",
        "ls": session.id,
        "typ": kind,
        "exp": now + lifetime,
        "iat": now,
        "jti": secrets.token_hex(16),
    }
    return signing_key(sandbox.store, "goto").sign(claims, "RS512")


POLICY = OAuthPolicy(
    provider="goto",
    label="GoTo",
    personas=personas,
    token_body=token_body,
    token_error=token_error,
    mint_access=mint_access,
    mint_refresh=mint_refresh,
    mint_code=mint_code,
    code_lifetime=600,
    access_lifetime=3600,
    refresh_lifetime=30 * 86400,
    rotation=Rotation.LATE,
    rotate_after=0.6,
    client_auth=frozenset({"basic", "body"}),
    pkce_methods=frozenset({"S256"}),
    redirect_required=False,
    known_scopes=frozenset(SCOPES),
)
