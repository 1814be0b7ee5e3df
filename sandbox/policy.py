"""What differs between the providers' OAuth servers, as data for the one engine in `sandbox.oauth`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask import Response

if TYPE_CHECKING:
    from sandbox.app import Sandbox
    from sandbox.company import Company
    from sandbox.grants import Session


class Rotation(StrEnum):
    """When a refresh answers with a new refresh token."""

    ALWAYS = "always"
    NEVER = "never"
    LATE = "late"  # only once `rotate_after` of the old one's life has passed


class Reason(StrEnum):
    """Why an OAuth request was refused; each provider puts it in its own words."""

    CLIENT_MISSING = "client_missing"
    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_SECRET_WRONG = "client_secret_wrong"  # noqa: S105 (the name of a reason)
    CLIENT_AUTH_UNSUPPORTED = "client_auth_unsupported"
    PARAMETER_MISSING = "parameter_missing"
    REDIRECT_MISMATCH = "redirect_mismatch"
    RESPONSE_TYPE_UNSUPPORTED = "response_type_unsupported"
    GRANT_TYPE_UNSUPPORTED = "grant_type_unsupported"
    SCOPE_INVALID = "scope_invalid"
    PKCE_METHOD_UNSUPPORTED = "pkce_method_unsupported"
    PKCE_FAILED = "pkce_failed"
    CODE_UNKNOWN = "code_unknown"
    CODE_EXPIRED = "code_expired"
    CODE_USED = "code_used"
    CODE_OF_OTHER_CLIENT = "code_of_other_client"
    REFRESH_UNKNOWN = "refresh_unknown"
    REFRESH_EXPIRED = "refresh_expired"
    REFRESH_REPLACED = "refresh_replaced"
    REFRESH_OF_OTHER_CLIENT = "refresh_of_other_client"
    SESSION_REVOKED = "session_revoked"


class OAuthRefused(Exception):
    """An OAuth request that is answered with an error. `detail` names the parameter, where there is one."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone who can sign in at a provider.

    `key` is unique per provider, `subject` is the provider's own user id, `edition` is shown on the card
    ("sipgate classic"), `person` is the index in the company, `extra` is for the provider.
    """

    key: str
    name: str
    email: str
    role: str
    edition: str
    subject: str
    person: int
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def admin(self) -> bool:
        """True for an administrator."""
        return self.role == "admin"


@dataclass(frozen=True, slots=True)
class Issued:
    """A pair of tokens just issued, for the provider to render as its token answer. Lifetimes in seconds."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    refresh_expires_in: int
    grant_type: str
    session: Session
    persona: Persona


@dataclass(frozen=True, slots=True)
class OAuthPolicy:
    """One provider's rules. All lifetimes in seconds.

    `grace_unused` and `grace_used`: a replaced refresh token answers with the same new pair again for `grace_unused`
    seconds after it was replaced while the new access token has not been used, and for `grace_used` seconds after
    that first use. With both 0 it dies at once.
    """

    provider: str
    label: str
    personas: Callable[[Company], tuple[Persona, ...]]
    token_body: Callable[[Issued], dict[str, Any]]
    token_error: Callable[[OAuthRefused], Response]
    mint_access: Callable[[Sandbox, Session, Persona, int], str]
    mint_refresh: Callable[[Sandbox, Session, Persona, int], str]
    code_lifetime: int = 60
    access_lifetime: int = 3600
    refresh_lifetime: int = 7 * 86400
    rotation: Rotation = Rotation.ALWAYS
    rotate_after: float = 0.6
    grace_unused: int = 0
    grace_used: int = 0
    reuse_ends_session: bool = False
    refresh_kills_access: bool = False
    gives_refresh_token: bool = True
    max_sessions: int = 0
    client_auth: frozenset[str] = frozenset({"basic", "body"})
    pkce_methods: frozenset[str] = frozenset({"S256"})
    redirect_required: bool = True
    redirect_wildcards: bool = False
    scope_required: bool = False
    known_scopes: frozenset[str] | None = None
    remembers_consent: bool = False
    mint_code: Callable[[Session], str] | None = None
    callback_extra: Callable[[Session], dict[str, str]] | None = None
    lifetimes: Callable[[Mapping[str, str], OAuthPolicy], tuple[int, int]] | None = None


ADJUSTABLE: dict[str, type] = {
    "code_lifetime": int,
    "access_lifetime": int,
    "refresh_lifetime": int,
    "rotation": Rotation,
    "rotate_after": float,
    "grace_unused": int,
    "grace_used": int,
    "reuse_ends_session": bool,
    "refresh_kills_access": bool,
    "gives_refresh_token": bool,
    "max_sessions": int,
    "remembers_consent": bool,
}
"""The fields of a policy that `POST /_sandbox/policy` may change."""
