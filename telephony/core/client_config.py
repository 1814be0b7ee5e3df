"""One OAuth client, ready for use: what the linking flow and the refresher work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.core.client import ClientContext, ProviderClient
from telephony.core.environment import Environment
from telephony.core.http import Guard, HttpDoor
from telephony.core.oauth import OAuthEndpoints, TokenEndpoint, TokenSet
from telephony.core.spec import ProviderSpec
from telephony.core.types import Identity


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """One OAuth client, ready for use. `key` is our table's primary key; `parameters` are extra authorize parameters."""

    key: int
    spec: ProviderSpec
    environment: Environment
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoints(self) -> OAuthEndpoints:
        """The OAuth server's URLs."""
        return self.spec.endpoints(self.environment)

    def door(self, guard: Guard | None = None) -> HttpDoor:
        """An HTTP door that opens to this client's environment only."""
        return HttpDoor(self.spec.name, self.environment.origins, guard=guard)

    def token_endpoint(self, guard: Guard | None = None) -> TokenEndpoint:
        """The token endpoint, seen by this client."""
        return TokenEndpoint(
            self.door(guard),
            self.endpoints,
            self.client_id,
            self.client_secret,
            self.spec.client_authentication,
            self.spec.token_refusal,
        )

    def api(self, access_token: str) -> ProviderClient:
        """A client for the API with an access token that has just been issued."""
        return self.spec.client(ClientContext(self.environment, self.door(), lambda: f"Bearer {access_token}"))


@dataclass(frozen=True, slots=True)
class Grant:
    """What a completed authorization brought: tokens, and whose they are."""

    config: ClientConfig
    tokens: TokenSet
    identity: Identity
