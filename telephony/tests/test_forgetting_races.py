"""A number that is forgotten while a page with it is being stored: whoever of the two is first, it is nowhere afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from telephony.core.texts import TextRecord
from telephony.core.types import Direction, LogScope
from telephony.models import Call, LinkedAccount, ReceivedText
from telephony.services import call_store, forgetting, text_status
from telephony.tests.accounts import make_account
from telephony.tests.test_forgetting import GRETE
from telephony.tests.test_selectors import record

pytestmark = pytest.mark.django_db(transaction=True)


def linked(person: User) -> LinkedAccount:
    """An account, stored for every connection to see."""
    with transaction.atomic():
        return make_account(person)


def store_calls(account: LinkedAccount) -> None:
    """A page with the number, in a transaction of its own, as a pass of the sync has it."""
    with transaction.atomic():
        page = call_store.prepare(account, [record(1, 1, caller=GRETE)], LogScope.OWN)
        call_store.store_prepared(account, page)


def store_texts(account: LinkedAccount) -> None:
    """A text from the number."""
    text_status._store(
        account, [TextRecord("r-1", Direction.INBOUND, GRETE.number, "Hi", timezone.now())], timezone.now()
    )


def anybody_waits() -> bool:
    """Whether a connection waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("store", [store_calls, store_texts])
def test_a_page_that_looked_before_the_number_was_forgotten_leaves_it_nowhere(
    person: User, store: Callable[[LinkedAccount], None]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time, so nothing is stored meanwhile")
    account = linked(person)
    stored, go_on = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                store(account)
                stored.set()
                go_on.wait(10)
        finally:
            connection.close()

    def forget() -> None:
        try:
            forgetting.forget(person, GRETE.number)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(write)
        assert stored.wait(10)
        forgetter: Future[None] = pool.submit(forget)
        while not (forgetter.done() or anybody_waits()):
            time.sleep(0.002)
        go_on.set()
        writer.result(10)
        forgetter.result(10)

    assert not Call.objects.filter(caller_number=GRETE.number).exists()
    assert not ReceivedText.objects.exists()


@pytest.mark.parametrize("store", [store_calls, store_texts])
def test_a_page_that_looks_afterwards_leaves_it_out(person: User, store: Callable[[LinkedAccount], None]) -> None:
    account = linked(person)
    forgetting.forget(person, GRETE.number)
    store(account)
    assert not Call.objects.filter(caller_number=GRETE.number).exists()
    assert not ReceivedText.objects.exists()
