"""Many at once at a host that does not answer: no fault is lost, one probe leaves, and one event tells of a change."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import Unreachable
from telephony.models import AccountEvent, LinkedAccount, LinkState, ProviderHost
from telephony.services import hosts, states
from telephony.tests.accounts import make_account

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6
HOST = "https://api.acme.example"


def at_once(work: Callable[[], object]) -> list[object]:
    """What each of several threads got, each with a connection of its own."""

    def run(_number: int) -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_every_fault_is_counted_once() -> None:
    def fail() -> None:
        guard = hosts.HostGuard("acme", "Acme", [HOST])
        guard.learned(f"{HOST}/x", fault=True)
        guard.flush()

    at_once(fail)
    row = ProviderHost.objects.get()
    assert row.in_a_row == THREADS
    assert row.opened_at is not None


def test_one_of_many_may_try() -> None:
    now = timezone.now()
    ProviderHost.objects.create(
        provider="acme", origin=HOST, in_a_row=9, opened_at=now, probe_at=now - timedelta(seconds=1)
    )
    assert sum(bool(claimed) for claimed in at_once(lambda: hosts._claim("acme", HOST))) == 1


def test_a_change_of_state_that_many_see_is_one_event(person: User) -> None:
    with transaction.atomic():
        account = make_account(person)
    at_once(lambda: states.delayed(LinkedAccount.objects.get(), Unreachable("RingCentral"), None))
    account.refresh_from_db()
    assert account.link_state is LinkState.DELAYED
    assert AccountEvent.objects.count() == 1
