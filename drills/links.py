"""Linked accounts with real grants of the sandbox, and the judge who says what has become of them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from drills.report import Figures
from sandbox.clients import SEEDED
from sandbox.oauth import OAuthServer
from sandbox.testing import RunningSandbox
from telephony.core.oauth import TokenSet
from telephony.core.registry import get_spec
from telephony.models import LinkedAccount, LinkState, OAuthClient, Token
from telephony.services.credentials import store_grant
from telephony.services.gateway import client_for

PROVIDERS = ("sipgate", "ringcentral", "goto")
REALM = {"sipgate": "third-party"}
_numbers = itertools.count(1)


class Fate(Enum):
    """What has become of a link."""

    ALIVE = "alive"
    ENDED = "ended"  # by the provider's own rule, and the account says so
    LOST = "lost"  # the account asks for re-linking though the provider still honours what is stored
    SILENT = "silent"  # the account looks well, and the provider would refuse it


def person() -> User:
    """Whose accounts these are."""
    found = User.objects.filter(email="drill@example.org").first()
    return found or User.objects.create_user("drill@example.org", "correct horse battery")


def oauth_client(provider: str) -> OAuthClient:
    """The site's OAuth client at the sandbox."""
    client = OAuthClient.objects.filter(provider=provider).first()
    if client is None:
        spec = get_spec(provider)
        client = OAuthClient(
            provider=provider, name=spec.name, client_id=SEEDED[provider][0], environment="sandbox",
            scopes=list(spec.default_scopes),
        )  # fmt: skip
        client.set_secret(SEEDED[provider][1])
        client.save()
    return client


def personas(sandbox: RunningSandbox, provider: str) -> list[str]:
    """Who can sign in there, the administrator first."""
    found = OAuthServer(sandbox.sandbox, provider).personas()
    return [one.key for one in sorted(found, key=lambda one: one.key != "admin")]


def grant(sandbox: RunningSandbox, provider: str, persona: str = "admin") -> TokenSet:
    """What the sandbox gives somebody who agrees."""
    server = OAuthServer(sandbox.sandbox, provider)
    scopes = tuple(get_spec(provider).default_scopes)
    key = next(one.key for one in server.personas() if one.key == persona)
    session = sandbox.sandbox.grants.open_session(
        provider, SEEDED[provider][0], key, scopes, REALM.get(provider, ""), 0
    )
    with sandbox.app.test_request_context():
        issued = server.issue(session, "authorization_code", {}, with_refresh=True)
    return TokenSet(issued.access_token, issued.refresh_token or "", issued.expires_in, issued.refresh_expires_in)


def link(sandbox: RunningSandbox, provider: str, persona: str = "admin", *, readable: bool = False) -> LinkedAccount:
    """A new linked account. With `readable` its ids at the provider are asked for, so that its calls can be read."""
    tokens, client = grant(sandbox, provider, persona), oauth_client(provider)
    account = LinkedAccount(
        user=person(), provider=provider, client=client, authority=sandbox.url, remote_id=f"drill-{next(_numbers)}",
        label=persona, granted_scopes=list(client.scopes),
    )  # fmt: skip
    if readable:
        identity = client_for(account, lambda: f"Bearer {tokens.access_token}").identity()
        account.keys, account.remote_id = identity.keys, f"{identity.remote_id}-{next(_numbers)}"
    with transaction.atomic():
        account.save()
        store_grant(account, tokens, frozenset(client.scopes))
    return account


def relink(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    """The person links the same account again."""
    with transaction.atomic():
        LinkedAccount.objects.filter(pk=account.pk).update(state=LinkState.ACTIVE, state_reason="", retry_at=None)
        store_grant(
            account, grant(sandbox, account.provider), frozenset(account.client.scopes if account.client else ())
        )


def expire(account: LinkedAccount) -> None:
    """Let the access token have ended, by our clock; no pause of earlier failures stands in the way."""
    token = Token.objects.get(account=account)
    past = timezone.now() - timedelta(seconds=5)
    lifetime = (token.expires_at or past) - token.obtained_at
    Token.objects.filter(account=account).update(
        expires_at=past, obtained_at=past - lifetime, cooldown_until=None, failures=0
    )


def fresh(account: LinkedAccount) -> LinkedAccount:
    """The account as it is stored now, as any process would read it."""
    return LinkedAccount.objects.select_related("client").get(pk=account.pk)


def honoured(sandbox: RunningSandbox, account: LinkedAccount) -> bool:
    """Whether the provider would refresh what is stored."""
    token = Token.objects.get(account=account)
    refresh_token = token.refresh_token.reveal(token.purpose)
    grants = sandbox.sandbox.grants
    record, session = grants.refresh_record(refresh_token), grants.session_of_token(refresh_token)
    if record is None or session is None or session.revoked_at is not None:
        return False
    now = sandbox.clock.timestamp()
    if record.get("replaced_at"):
        return _in_grace(sandbox, account.provider, record)
    return bool(record["expires_at"] > now)


def _in_grace(sandbox: RunningSandbox, provider: str, record: dict[str, Any]) -> bool:
    """Whether a replaced refresh token is still answered with the pair that replaced it."""
    policy, now = sandbox.sandbox.policies[provider], sandbox.clock.timestamp()
    used = sandbox.sandbox.grants.first_used_at(record["access"])
    ends = record["replaced_at"] + policy.grace_unused
    return bool(policy.grace_unused and now <= (ends if used is None else min(ends, used + policy.grace_used)))


def fate(sandbox: RunningSandbox, account: LinkedAccount) -> Fate:
    """Compare what the account says with what the provider would do."""
    state, good = fresh(account).link_state, honoured(sandbox, account)
    if state is LinkState.NEEDS_RELINKING:
        return Fate.LOST if good else Fate.ENDED
    return Fate.ALIVE if good else Fate.SILENT


def judge(figures: Figures, sandbox: RunningSandbox, account: LinkedAccount, what: str, *, may_end: bool) -> Fate:
    """Count the fate of a link, and whatever must not have happened to it."""
    found = fate(sandbox, account)
    if found is Fate.ENDED:
        figures.ended += 1
        if not may_end:
            figures.violated(f"{what}: the link has ended, although nothing happened that may end it")
        elif not fresh(account).state_reason:
            figures.violated(f"{what}: the link has ended and does not say why")
    elif found is not Fate.ALIVE:
        figures.lost += 1
        figures.violated(f"{what}: the link is {found.value}")
    return found


def quick(sandbox: RunningSandbox, provider: str, **rules: object) -> None:
    """Change a provider's rules."""
    policies = sandbox.sandbox.policies
    policies[provider] = replace(policies[provider], **rules)  # type: ignore[arg-type]  # fields of the policy
