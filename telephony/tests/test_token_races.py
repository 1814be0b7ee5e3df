"""Many at once: exactly one refresh request leaves, and everybody gets its token."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.testing.effort import THOROUGH
from telephony.models import LinkedAccount, LinkState, OAuthClient, Token
from telephony.services.tokens import fresh_access_token
from telephony.tests.accounts import expire
from telephony.tests.conftest import link

THREADS = 8
ROUNDS = 5 if THOROUGH else 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["sipgate", "ringcentral", "goto"])
def test_many_threads_cause_one_refresh_per_expiry(
    browser: Client, person: User, sandbox: RunningSandbox, oauth_client: type[OAuthClient], provider: str
) -> None:
    account = link(browser, sandbox, oauth_client(provider))
    for _round in range(ROUNDS):
        expire(account)
        sandbox.requests.clear()
        with ThreadPoolExecutor(THREADS) as pool:
            tokens = set(pool.map(lambda _n: _ask(account.pk), range(THREADS)))
        assert len(tokens) == 1
        assert len([seen for seen in sandbox.requests if seen.path.endswith("/token")]) == 1
    account.refresh_from_db()
    assert account.link_state is LinkState.ACTIVE
    assert Token.objects.get(account=account).generation == 1 + ROUNDS


def _ask(pk: int) -> str:
    try:
        return fresh_access_token(LinkedAccount.objects.select_related("client").get(pk=pk))
    finally:
        connection.close()
