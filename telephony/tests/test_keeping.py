"""Retention: what is too old goes or loses its numbers, the roll-up stays right, and the sync does not bring it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from telephony.core.number_tallies import EVER
from telephony.core.types import CallLeg, CallRecord, LogScope, MediaRef, Outcome, Party
from telephony.models import (
    Call,
    CallTally,
    LinkedAccount,
    NumberTally,
    PurgeRun,
    RetentionAction,
    RetentionRule,
    SyncState,
    TallyBook,
)
from telephony.services import retention, rollup
from telephony.services.call_store import store_page
from telephony.services.retention import cutoff, purge
from telephony.services.sync import RETENTION, ensure_states
from telephony.tasks import enqueue_due_work
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_selectors import record

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def _noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def call_on(day: int, number: int = 0, **changes: object) -> CallRecord:
    """A call `day` days before today, at ten."""
    leg = CallLeg(Party("+493023125001", "+493023125001", "Grete"), Party("100"))
    fields: dict[str, Any] = {
        "legs": (leg,),
        "raw": {"from": "+493023125001"},
        "note": "Grete",
        "recording": MediaRef("r"),
        "duration": 5,
    }
    fields |= {"started_at": NOW - timedelta(days=day, hours=4)} | changes
    return record(number or day, **fields)


def store(account: LinkedAccount, *days: int) -> None:
    store_page(account, [call_on(day) for day in days], LogScope.OWN)


def rule(account: LinkedAccount, days: int, action: RetentionAction = RetentionAction.DELETE) -> None:
    RetentionRule.objects.create(account=account, days=days, action=action)


def counted(account: LinkedAccount) -> int:
    """How many calls the roll-up has, which must be what a recount finds."""
    book = TallyBook.objects.get(account=account)
    assert rollup.differences(book) == 0
    return sum(CallTally.objects.filter(book=book, grain="day", outcome="answered").values_list("calls", flat=True))


def test_days_are_whole_days_of_the_persons_zone_also_across_a_change_of_the_clock() -> None:
    spring = datetime(2026, 3, 30, 9, tzinfo=UTC)
    assert cutoff(1, BERLIN, spring) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert cutoff(2, BERLIN, spring) == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert cutoff(0, BERLIN, spring) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "left"), [(-1, 0), (0, 1)])
def test_the_boundary_is_exact_to_the_second(account: LinkedAccount, seconds: int, left: int) -> None:
    started_at = cutoff(30, BERLIN) + timedelta(seconds=seconds)
    store_page(account, [call_on(1, started_at=started_at)], LogScope.OWN)
    rule(account, 30)
    purge(account)
    assert Call.objects.count() == left


def test_old_calls_are_deleted_and_taken_out_of_the_statistics(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    store(account, 1, 2, 40, 41, 42, 43, 44)
    state = ensure_states(account)[0]
    SyncState.objects.filter(pk=state.pk).update(calls=7, covered_since=NOW - timedelta(days=300))
    assert counted(account) == 7
    rule(account, 30)
    assert purge(account).deleted == 5
    assert counted(account) == 2
    state.refresh_from_db()
    assert (state.calls, state.floor, state.covered_since) == (2, cutoff(30, BERLIN), cutoff(30, BERLIN))


def test_anonymised_calls_keep_the_statistics_and_nothing_that_tells_who_it_was(account: LinkedAccount) -> None:
    store(account, 1, 40)
    rule(account, 30, RetentionAction.ANONYMISE)
    assert purge(account).anonymised == 1
    assert counted(account) == 2
    by_number = NumberTally.objects.filter(month=EVER).order_by("digits")
    assert list(by_number.values_list("digits", "calls")) == [("", 1), ("493023125001", 1)]
    old, young = Call.objects.order_by("started_at")
    assert young.caller_number == "+493023125001"
    columns = {name: str(value) for name, value in vars(old).items() if name != "_state"}
    assert not [name for name, value in columns.items() if "23125001" in value or "Grete" in value]
    assert (old.outcome, old.duration, old.recording, old.raw) == ("answered", 5, None, {})
    assert purge(account).anonymised == 0


def test_what_the_provider_reports_again_comes_back_neither_whole_nor_with_its_number(account: LinkedAccount) -> None:
    store(account, 1, 40)
    rule(account, 30, RetentionAction.ANONYMISE)
    purge(account)
    counts = store_page(account, [call_on(1), call_on(40, outcome=Outcome.ANSWERED), call_on(50)], LogScope.OWN)
    assert (counts.added, counts.changed, counts.unchanged) == (1, 0, 2)
    assert not Call.objects.filter(started_at__lt=NOW - timedelta(days=30)).exclude(caller_number="").exists()
    RetentionRule.objects.update(action=RetentionAction.DELETE)
    purge(account)
    assert store_page(account, [call_on(40), call_on(50)], LogScope.OWN).seen == 0


def test_the_sites_rule_and_the_persons_are_both_applied(account: LinkedAccount, settings: Settings) -> None:
    store(account, 1, 40, 70)
    settings.RETENTION_DAYS, settings.RETENTION_ACTION = 60, "delete"
    rule(account, 30, RetentionAction.ANONYMISE)
    purged = purge(account)
    assert (purged.deleted, purged.anonymised) == (1, 1)


def test_without_a_rule_nothing_goes(account: LinkedAccount) -> None:
    store(account, 1, 4000)
    purge(account)
    assert Call.objects.count() == 2


def test_the_worker_purges_once_a_day(account: LinkedAccount) -> None:
    store(account, 1, 40)
    rule(account, 30)
    enqueue_due_work()
    enqueue_due_work()
    run = PurgeRun.objects.get()
    assert (run.deleted, run.ended_at) == (1, NOW)
    with time_machine.travel(NOW + timedelta(days=1)):
        enqueue_due_work()
    assert PurgeRun.objects.count() == 2


def test_a_purge_whose_worker_died_is_taken_up_again(account: LinkedAccount) -> None:
    store(account, 40)
    rule(account, 30)
    PurgeRun.objects.create(day=NOW.date(), started_at=NOW - timedelta(hours=3))
    enqueue_due_work()
    assert PurgeRun.objects.get().ended_at == NOW
    assert not Call.objects.exists()


def test_the_command_counts_first_and_then_does_it(account: LinkedAccount) -> None:
    store(account, 1, 40)
    rule(account, 30)
    output = StringIO()
    call_command("purge", dry_run=True, stdout=output)
    assert "In all 1 calls would be deleted" in output.getvalue()
    assert Call.objects.count() == 2
    call_command("purge", account=account.pk, stdout=output)
    assert Call.objects.count() == 1
    call_command("purge", stdout=output)
    with pytest.raises(CommandError, match="no linked account 99"):
        call_command("purge", account=99)


@pytest.mark.parametrize("site_days", [50, 30, 20])
@pytest.mark.parametrize("site_action", ["delete", "anonymise"])
@pytest.mark.parametrize("own_action", ["delete", "anonymise"])
def test_a_dry_run_counts_what_is_then_done(
    account: LinkedAccount, settings: Settings, site_days: int, site_action: str, own_action: str
) -> None:
    store(account, 1, 25, 40, 60)
    rule(account, 30, RetentionAction(own_action))
    settings.RETENTION_DAYS, settings.RETENTION_ACTION = site_days, site_action

    counted = purge(account, dry_run=True)

    assert Call.objects.count() == 4
    assert purge(account) == counted
    assert counted.deleted == 4 - Call.objects.count()


def test_a_person_sets_the_rule_of_her_account_and_nobody_elses(
    browser: Client, account: LinkedAccount, stranger: User
) -> None:
    address = reverse("telephony:retention", args=[account.pk])
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(stranger).post(address, {"days": 1, "action": "delete"}).status_code == 404
    assert browser.post(address, {"days": 90, "action": "anonymise"}).status_code == 302
    assert RetentionRule.objects.values_list("days", "action").get() == (90, "anonymise")
    assert 'value="90"' in browser.get(address).content.decode()
    assert browser.post(address, {"days": "", "action": "delete"}).status_code == 302
    assert not RetentionRule.objects.exists()
    assert browser.post(address, {"days": 0, "action": "delete"}).status_code == 200


def test_the_page_says_what_the_site_does_anyway(browser: Client, account: LinkedAccount, settings: Settings) -> None:
    settings.RETENTION_DAYS, settings.RETENTION_ACTION = 365, "delete"
    page = browser.get(reverse("telephony:retention", args=[account.pk])).content.decode()
    assert "deletes calls after 365 days" in page


def test_a_looser_rule_lets_the_sync_fetch_again_what_is_missing(account: LinkedAccount) -> None:
    state = ensure_states(account)[0]
    SyncState.objects.filter(pk=state.pk).update(covered_since=state.floor, finished_backfill_at=timezone.now())
    rule(account, 30)
    purge(account)
    retention.change_rule(account, 90, RetentionAction.DELETE, timezone.now() - RETENTION)
    state.refresh_from_db()
    assert (state.floor, state.covered_since) == (cutoff(90, BERLIN), cutoff(30, BERLIN))


def test_an_account_that_is_linked_under_a_rule_is_fetched_no_further_back(
    account: LinkedAccount, settings: Settings
) -> None:
    settings.RETENTION_DAYS, settings.RETENTION_ACTION = 10, "delete"
    assert ensure_states(account)[0].floor == cutoff(10, BERLIN)


def test_a_record_that_changes_within_the_time_is_stored_as_ever(account: LinkedAccount) -> None:
    store(account, 1)
    rule(account, 30)
    changed = replace(call_on(1), outcome=Outcome.MISSED)
    assert store_page(account, [changed], LogScope.OWN).changed == 1
