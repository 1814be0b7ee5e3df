"""OAuth 2.0 for one client at one provider: exchanging codes, refreshing and revoking tokens (RFC 6749, 7009, 7636).

Everything goes through the HTTP door, once: a token request is never repeated here, since a refresh token may be single-use.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import quote

from telephony.core.errors import (
    ClientRejected,
    GrantEnded,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFault,
)
from telephony.core.http import HttpDoor, Reply

GRANT_ERRORS = frozenset({"invalid_grant", "expired_token", "access_denied"})
CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})
DEFAULT_LIFETIME = 3600  # seconds, where a provider does not say
LONGEST_LIFETIME = 315_360_000  # seconds, ten years: what is told beyond that would not fit a date
CLIENT_TEST_CODE = "switchboard-client-test"


# What a provider makes of a refusal that it words in its own way; None leaves it to the rules of RFC 6749.
TokenRefusal = Callable[[Reply], ProviderError | None]


class ClientAuthentication(Enum):
    """How the client identifies itself at the token endpoint (RFC 6749, 2.3.1)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"


@dataclass(frozen=True, slots=True)
class OAuthEndpoints:
    """Absolute URLs of one OAuth server. `issuer` is compared with `iss` on the redirect where both exist (RFC 9207)."""

    authorize: str
    token: str
    revoke: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class TokenSet:
    """The answer of a token endpoint. `refresh_token` is "" where none came; lifetimes are seconds, None where not told.

    `received_at` is when the answer arrived: expiry is counted from there, so that a wrong clock at the provider does no harm.
    """

    access_token: str
    refresh_token: str = ""
    expires_in: int = DEFAULT_LIFETIME
    refresh_expires_in: int | None = None
    scopes: frozenset[str] | None = None
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expires_at(self) -> datetime:
        """When the access token ends, by our clock."""
        return self.received_at + timedelta(seconds=self.expires_in)

    @property
    def refresh_expires_at(self) -> datetime | None:
        """When the refresh token ends, None where it does not or where that is not told."""
        if not self.refresh_expires_in:
            return None
        return self.received_at + timedelta(seconds=self.refresh_expires_in)

    def __repr__(self) -> str:
        return f"TokenSet(expires_in={self.expires_in}, scopes={sorted(self.scopes or ())})"


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The token and revocation endpoints, seen by one client. `refusal` knows the provider's own error codes."""

    door: HttpDoor
    endpoints: OAuthEndpoints
    client_id: str
    client_secret: str = field(repr=False)
    authentication: ClientAuthentication = ClientAuthentication.BASIC
    refusal: TokenRefusal | None = None

    def exchange(self, code: str, redirect_uri: str, code_verifier: str) -> TokenSet:
        """Trade an authorization code for tokens.

        Raises GrantEnded (code refused), ClientRejected, RateLimited, ServerFault, UnusableReply, OutcomeUnknown, Unreachable.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if code_verifier:
            form["code_verifier"] = code_verifier
        return self._token_set(self._post(self.endpoints.token, form, "exchanging the authorization code"))

    def refresh(self, refresh_token: str) -> TokenSet:
        """Trade a refresh token for a new access token. Raises as `exchange` does; GrantEnded means the link is over."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._token_set(self._post(self.endpoints.token, form, "refreshing the access token"))

    def revoke(self, token: str, kind: str) -> None:
        """Ask the provider to end the grant. `kind` is access_token or refresh_token. Raises ProviderError when it does not."""
        reply = self._post(self.endpoints.revoke, {"token": token, "token_type_hint": kind}, "revoking the grant")
        if reply.status >= 400:
            raise self._error(reply)

    def probe(self, redirect_uri: str) -> None:
        """Present a made-up code: a healthy client gets GrantEnded (or another refusal of the code), a bad one ClientRejected."""
        self.exchange(CLIENT_TEST_CODE, redirect_uri, "switchboard-client-test-verifier-0123456789-abcdefgh")

    def _post(self, url: str, form: Mapping[str, str], operation: str) -> Reply:
        fields, headers = dict(form), {}
        if self.authentication is ClientAuthentication.BASIC:
            headers["Authorization"] = basic_header(quote(self.client_id, safe=""), quote(self.client_secret, safe=""))
        else:
            fields |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return self.door.write("POST", url, operation, form=list(fields.items()), headers=headers)

    def _token_set(self, reply: Reply) -> TokenSet:
        if reply.status >= 400:
            raise self._error(reply)
        body = reply.json_object()
        access_token = body.get("access_token")
        if not isinstance(access_token, str) or not access_token:
            raise reply.unusable("the answer has no access_token")
        refresh_token = body.get("refresh_token")
        scope = body.get("scope")
        return TokenSet(
            access_token=access_token,
            refresh_token=refresh_token if isinstance(refresh_token, str) else "",
            expires_in=_seconds(body.get("expires_in")) or DEFAULT_LIFETIME,
            refresh_expires_in=_seconds(body.get("refresh_token_expires_in", body.get("refresh_expires_in"))),
            scopes=frozenset(scope.split()) if isinstance(scope, str) and scope.strip() else None,
            extra={key: value for key, value in body.items() if key in EXTRA_KEYS},
        )

    def _error(self, reply: Reply) -> ProviderError:
        told = reply.error_json().get("error")
        error = told if isinstance(told, str) else ""
        details = reply.error_details()
        if reply.status == 429:
            return RateLimited(reply.provider, reply.operation, **details)
        if reply.status >= 500:
            return ServerFault(reply.provider, reply.operation, **details)
        if self.refusal and (refusal := self.refusal(reply)):
            return refusal
        if error in GRANT_ERRORS:
            return GrantEnded(reply.provider, reply.operation, **details)
        if error in CLIENT_ERRORS:
            return ClientRejected(reply.provider, reply.operation, **details)
        if not error:
            # Only a structured OAuth error says something about the grant; a bare 4xx may come from a firewall.
            return reply.unusable(f"status {reply.status} without an OAuth error")
        return RequestRefused(reply.provider, reply.operation, **details)


# What token answers say beyond RFC 6749 and what is worth knowing later; never a secret.
EXTRA_KEYS = frozenset({"owner_id", "endpoint_id", "principal", "session_expires_in"})


def basic_header(user: str, password: str) -> str:
    """The value of an Authorization header of the Basic scheme."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _seconds(value: object) -> int | None:
    """Positive whole seconds of a number or a text that holds one, at most `LONGEST_LIFETIME`; None for anything else."""
    try:
        seconds = int(float(value))  # type: ignore[arg-type]  # anything else raises and is caught
    except (TypeError, ValueError, OverflowError):
        return None
    return min(seconds, LONGEST_LIFETIME) if seconds > 0 else None
