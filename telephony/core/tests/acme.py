"""A small provider for the tests of core, declared in the tree's tests only."""

from __future__ import annotations

from typing import Any

from telephony.core.client import ClientContext, ProviderClient
from telephony.core.environment import Environment
from telephony.core.oauth import OAuthEndpoints
from telephony.core.spec import Portal, ProviderSpec, RefreshRule, Scope
from telephony.core.types import Feature

PRODUCTION = Environment("production", "Production", "https://auth.acme.example", "https://api.acme.example")
SANDBOX = Environment("sandbox", "Sandbox", "/acme/auth", "/acme/api", {"media": "/acme/media"})


def endpoints(environment: Environment) -> OAuthEndpoints:
    """The OAuth server's URLs."""
    return OAuthEndpoints(f"{environment.auth_url}/authorize", f"{environment.auth_url}/token")


def no_client(_context: ClientContext) -> ProviderClient:
    """Nothing here reads."""
    raise NotImplementedError


def spec(**changes: Any) -> ProviderSpec:
    """The declaration, with changes."""
    declared: dict[str, Any] = {
        "slug": "acme",
        "name": "Acme",
        "icon": "providers/acme.svg",
        "scopes": (Scope("read", "Read"), Scope("log", "Log"), Scope("all", "All", default=False)),
        "needs": {
            Feature.ACCOUNT: (frozenset({"read"}),),
            Feature.EXTENSIONS: (frozenset({"read", "log"}), frozenset({"all"})),
            Feature.OWN_CALLS: (frozenset({"log"}), frozenset({"all"})),
        },
        "not_offered": {Feature.BALANCE: "Acme has no balance."},
        "environments": (PRODUCTION,),
        "sandbox": SANDBOX,
        "endpoints": endpoints,
        "client": no_client,
        "refresh_rule": RefreshRule(3600, 604_800, single_use=True),
        "portal": Portal("Console", "https://console.acme.example", ("Click",)),
    }
    return ProviderSpec(**{**declared, **changes})
