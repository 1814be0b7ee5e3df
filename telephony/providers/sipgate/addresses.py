"""Where sipgate's OAuth server and API are, from what an environment says, be it a whole base URL or just a host."""

from __future__ import annotations

from telephony.core.environment import CUSTOM, Environment
from telephony.core.oauth import OAuthEndpoints

DEFAULT_REALM = "third-party"
API_VERSION = "/v2"
_PROTOCOL = "/protocol/openid-connect"


def realm_url(environment: Environment) -> str:
    """The realm's base URL. A URL without a realm is taken for a host, or for one with its ``/auth`` path."""
    base = environment.auth_url.rstrip("/").removesuffix(_PROTOCOL)
    if "/realms/" in base:
        return base
    return f"{base.removesuffix('/auth')}/auth/realms/{DEFAULT_REALM}"


def api_url(environment: Environment) -> str:
    """The base URL of version 2 of the REST API."""
    base = environment.api_url.rstrip("/")
    return base if base.endswith(API_VERSION) else base + API_VERSION


def endpoints(environment: Environment) -> OAuthEndpoints:
    """The OAuth server's URLs: Keycloak's layout below the realm.

    sipgate documents authorization and token; revocation (RFC 7009) and the issuer are Keycloak's. A custom server may call itself
    otherwise, so its issuer is not compared.
    """
    realm = realm_url(environment)
    return OAuthEndpoints(
        authorize=f"{realm}{_PROTOCOL}/auth",
        token=f"{realm}{_PROTOCOL}/token",
        revoke=f"{realm}{_PROTOCOL}/revoke",
        issuer="" if environment.key == CUSTOM else realm,
    )
