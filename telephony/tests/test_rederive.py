"""Stored calls are made anew from the kept vendor records: whole, resumable, with everything that follows from calls."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from telephony import call_pages
from telephony.core.call_filter import CallFilter
from telephony.core.types import LogScope
from telephony.models import Call, ForgottenNumber, LinkedAccount, SyncState
from telephony.services import forgetting, rederive, rollup
from telephony.services.call_store import store_page
from telephony.services.removal import digests
from telephony.services.sync import ensure_states
from telephony.tests.accounts import make_account
from telephony.tests.test_merging import QUEUE, all_books_right, read, vendor
from telephony.tests.test_sync import Killed


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def an_older_mapping_stored(
    account: LinkedAccount, rows: list[dict[str, object]], scope: LogScope = LogScope.OWN
) -> None:
    """As before records of one call were put together: each is a row of its own."""
    store_page(account, [replace(read(row), group="") for row in rows], scope)
    Call.objects.update(mapping_version=0)


def test_rows_of_one_call_become_one_that_keeps_its_address(account: LinkedAccount) -> None:
    ensure_states(account)
    an_older_mapping_stored(account, [*QUEUE, vendor(2, 1)])
    SyncState.objects.filter(account=account, scope="own").update(calls=4)
    addresses = set(Call.objects.values_list("pk", flat=True))
    done = rederive.rederive(account)
    assert (done.seen, done.made, done.joined, done.left) == (4, 2, 2, 0)
    call = Call.objects.get(key="session:1")
    assert (call.outcome, len(call.legs), call.in_own_log, call.in_company_log) == ("answered", 3, True, False)
    assert call.pk in addresses
    assert Call.objects.count() == 2
    assert SyncState.objects.get(account=account, scope="own").calls == 2
    assert all_books_right(account)
    assert store_page(account, [read(row) for row in QUEUE], LogScope.OWN).unchanged == 1


def test_a_call_that_the_sync_has_stored_under_its_new_key_meanwhile_is_the_same_row(account: LinkedAccount) -> None:
    an_older_mapping_stored(account, QUEUE[:2])
    store_page(account, [read(QUEUE[2])], LogScope.COMPANY)
    rederive.rederive(account)
    call = Call.objects.get()
    assert (call.outcome, len(call.legs), call.in_own_log, call.in_company_log) == ("answered", 3, True, True)
    assert all_books_right(account)


def test_columns_follow_a_changed_mapping_and_so_do_statistics_and_search(account: LinkedAccount) -> None:
    store_page(account, [read(row) for row in QUEUE], LogScope.OWN)
    Call.objects.update(outcome="failed", caller_name="Wrong", mapping_version=0)
    rollup.recount(account)
    rederive.rederive(account)
    call = Call.objects.get()
    assert (call.outcome, call.caller_name, call.mapping_version) == (
        "answered",
        "Grete Beispiel",
        account.spec.mapping_version,
    )
    assert all_books_right(account)
    assert call_pages.page_of([account], CallFilter(text="Grete"), None).rows
    assert not call_pages.page_of([account], CallFilter(text="Wrong"), None).rows


def test_killed_in_the_middle_it_goes_on_with_what_is_left(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rederive, "BATCH", 2)
    an_older_mapping_stored(account, [vendor(session, 1) for session in range(7)])

    def die(done: rederive.Rederived) -> None:
        if done.seen >= 4:
            raise Killed

    with pytest.raises(Killed):
        rederive.rederive(account, progress=die)
    assert rederive.stale(account).count() == 3
    assert rederive.rederive(account).seen == 3
    assert rederive.stale(account).count() == 0
    assert Call.objects.count() == 7
    assert all_books_right(account)


def test_a_removed_number_stays_removed(account: LinkedAccount) -> None:
    store_page(account, [read(row) for row in QUEUE], LogScope.OWN)
    forgetting.forget(account.user, "+493023125001")
    Call.objects.update(mapping_version=0)
    done = rederive.rederive(account)
    assert (done.made, done.left) == (0, 1)
    call = Call.objects.get()
    assert (call.outcome, call.caller_number, call.raw) == ("answered", "", {})
    assert rederive.stale(account).count() == 0


def test_a_number_that_was_forgotten_is_not_brought_back_by_another_record(account: LinkedAccount) -> None:
    an_older_mapping_stored(account, QUEUE)
    ForgottenNumber.objects.create(user=account.user, digest=digests("493023125001")[0])
    rederive.rederive(account)
    assert Call.objects.get().caller_number == ""


def test_a_call_that_the_provider_no_longer_has_stays_a_tombstone(account: LinkedAccount) -> None:
    an_older_mapping_stored(account, QUEUE)
    Call.objects.update(deleted_at=timezone.now())
    rollup.recount(account)
    rederive.rederive(account)
    assert Call.objects.get().deleted_at is not None
    assert all_books_right(account)


def test_the_command_says_what_it_did_and_its_check_fails_where_something_is_left(account: LinkedAccount) -> None:
    an_older_mapping_stored(account, QUEUE)
    with pytest.raises(CommandError, match="3 calls"):
        call_command("rederive", check=True, stdout=StringIO())
    output = StringIO()
    call_command("rederive", stdout=output)
    assert "1 calls made anew, 2 put together with another" in output.getvalue()
    call_command("rederive", check=True, stdout=StringIO())
    with pytest.raises(CommandError, match="no linked account 999"):
        call_command("rederive", account=[999], stdout=StringIO())
    call_command("rederive", all=True, stdout=output)
    assert "1 calls made anew, 0 put together" in output.getvalue()
