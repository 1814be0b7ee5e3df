"""Linked accounts for tests, made without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from accounts.models import User
from telephony.core.oauth import TokenSet
from telephony.core.registry import get_spec
from telephony.models import LinkedAccount, OAuthClient, Token
from telephony.services.credentials import store_grant, store_personal


def make_client(provider: str = "ringcentral", **columns: object) -> OAuthClient:
    """An OAuth client in the provider's first production environment."""
    spec = get_spec(provider)
    fields = {"name": spec.name, "client_id": "client-1", "environment": spec.environments[0].key} | columns
    client = OAuthClient(provider=provider, scopes=list(spec.default_scopes), **fields)
    client.set_secret("secret-1")
    client.save()
    return client


def make_account(
    user: User,
    provider: str = "ringcentral",
    remote_id: str = "1:1",
    *,
    client: OAuthClient | None = None,
    tokens: TokenSet | None = None,
    **columns: object,
) -> LinkedAccount:
    """An account with OAuth tokens that are good for an hour unless `tokens` says otherwise."""
    client = client or OAuthClient.objects.filter(provider=provider).first() or make_client(provider)
    account = LinkedAccount.objects.create(
        user=user,
        provider=provider,
        client=client,
        authority="https://api.example.org",
        remote_id=remote_id,
        **({"label": f"Account {remote_id}", "keys": {}, "granted_scopes": list(client.scopes)} | columns),
    )
    store_grant(account, tokens or TokenSet("access-1", "refresh-1", 3600), frozenset(client.scopes))
    return account


def make_personal(user: User, provider: str = "sipgate", remote_id: str = "3000001w0") -> LinkedAccount:
    """An account with a personal access token."""
    account = LinkedAccount.objects.create(
        user=user, provider=provider, authority="https://api.sipgate.com", remote_id=remote_id, label="Personal"
    )
    store_personal(account, "token-ABC123", "11111111-2222-4333-8444-555555555555")
    return account


def expire(account: LinkedAccount, *, seconds: float = 1) -> Token:
    """Let the access token have ended `seconds` ago."""
    now = datetime.now(UTC)
    Token.objects.filter(account=account).update(
        expires_at=now - timedelta(seconds=seconds), obtained_at=now - timedelta(seconds=seconds + 3600)
    )
    return Token.objects.get(account=account)
