"""Scheduling the sync, and telling a person how complete her calls are."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.testing.effort import takes_seconds
from telephony.core.types import LogScope
from telephony.models import Call, LinkedAccount, LinkState, RateBucket, SyncGap, SyncState
from telephony.services.coverage import DayState, coverage, progress, stretches
from telephony.services.schedule import claim_due_logs
from telephony.services.sync import ensure_states
from telephony.tasks import sync_call_log
from telephony.tests.accounts import make_account
from telephony.tests.conftest import link

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def test_a_newly_linked_account_is_due_at_once_and_claimed_once(account: LinkedAccount) -> None:
    assert len(claim_due_logs()) == 2
    assert claim_due_logs() == []


def test_a_claim_whose_worker_died_is_due_again_after_a_minute(account: LinkedAccount) -> None:
    claim_due_logs()
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert len(claim_due_logs()) == 2


def test_accounts_that_cannot_be_read_are_not_synced(account: LinkedAccount) -> None:
    ensure_states(account)
    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)
    assert claim_due_logs() == []


def test_every_day_is_complete_partly_there_missing_or_waiting(account: LinkedAccount) -> None:
    with time_machine.travel(datetime(2026, 4, 2, 12, tzinfo=UTC)):
        state = SyncState.objects.create(
            account=account,
            scope=LogScope.OWN,
            floor=datetime(2026, 3, 26, 0, tzinfo=BERLIN),
            covered_since=datetime(2026, 3, 28, 9, tzinfo=BERLIN),
            covered_until=timezone.now() - timedelta(minutes=2),
        )
        gap = SyncGap(since=datetime(2026, 3, 29, 1, tzinfo=UTC), until=datetime(2026, 3, 29, 2, tzinfo=UTC))
        days = coverage(state, [gap], BERLIN)
    assert [(day.day.day, day.state) for day in days] == [
        (26, DayState.WAITING),
        (27, DayState.WAITING),
        (28, DayState.PARTIAL),
        (29, DayState.GAP),
        (30, DayState.COMPLETE),
        (31, DayState.COMPLETE),
        (1, DayState.COMPLETE),
        (2, DayState.COMPLETE),
    ]
    newest = stretches(days)[0]
    assert (newest.state, newest.days) == (DayState.COMPLETE, 4)


def test_progress_is_the_share_of_the_wanted_time(account: LinkedAccount) -> None:
    now = timezone.now()
    state = SyncState.objects.create(
        account=account,
        scope=LogScope.OWN,
        floor=now - timedelta(days=100),
        covered_since=now - timedelta(days=25),
        covered_until=now,
        calls=7,
    )
    assert progress(state).share == pytest.approx(0.25, abs=0.01)
    assert progress(state).calls == 7


@pytest.mark.parametrize(
    "provider", ["sipgate", pytest.param("goto", marks=takes_seconds), pytest.param("ringcentral", marks=takes_seconds)]
)
def test_a_whole_log_is_fetched_from_the_sandbox_and_shown_as_complete(
    browser: Client, sandbox: RunningSandbox, oauth_client: object, provider: str
) -> None:
    account = link(browser, sandbox, oauth_client(provider))  # type: ignore[operator]  # the fixture is a factory
    for state in ensure_states(account):
        for _round in range(10):
            RateBucket.objects.all().delete()  # a minute later
            assert sync_call_log.call(state.pk) == ""
            state.refresh_from_db()
            if state.finished_backfill_at:
                break
        assert state.finished_backfill_at
        assert state.calls == Call.objects.filter(**{f"in_{state.scope}_log": True}, account=account).count()
    page = browser.get(reverse("telephony:history", args=[account.pk])).content.decode()
    assert "coverage__day--complete" in page
    assert "Complete" in page
    assert Call.objects.filter(account=account).count() > 20


def test_the_terminal_shows_a_bar_and_ends_when_all_is_fetched(
    browser: Client, sandbox: RunningSandbox, oauth_client: object
) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))  # type: ignore[operator]  # the fixture is a factory
    output = StringIO()
    call_command("sync", account=account.pk, stdout=output)
    assert "100%" in output.getvalue()
    assert all(state.finished_backfill_at for state in SyncState.objects.all())


def test_the_terminal_says_which_log_could_not_be_fetched(
    browser: Client, sandbox: RunningSandbox, oauth_client: object
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"), persona="user")  # type: ignore[operator]  # as above
    with pytest.raises(CommandError, match="1 call logs are not complete"):
        call_command("sync", account=account.pk, stdout=StringIO())


@pytest.mark.parametrize("verbosity", [pytest.param(1, marks=takes_seconds), 2])
def test_log_lines_never_stand_in_the_line_of_the_bar(
    browser: Client,
    sandbox: RunningSandbox,
    oauth_client: object,
    caplog: pytest.LogCaptureFixture,
    verbosity: int,
) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))  # type: ignore[operator]  # the fixture is a factory
    terminal = StringIO()
    handler = logging.StreamHandler(terminal)
    caplog.set_level(logging.INFO)
    logging.getLogger().addHandler(handler)
    try:
        call_command("sync", account=account.pk, stdout=terminal, verbosity=verbosity)
    finally:
        logging.getLogger().removeHandler(handler)

    lines = terminal.getvalue().split("\n")
    assert any("status 200" in line for line in lines) == (verbosity > 1)
    assert not [line for line in lines if "[#" in line and "status" in line]
    assert not handler.filters


def test_what_went_wrong_is_told_below_the_bar(browser: Client, sandbox: RunningSandbox, oauth_client: object) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"), persona="user")  # type: ignore[operator]  # as above
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("sync", account=account.pk, stdout=output)
    assert "\n#" in output.getvalue()


def test_the_accounts_are_listed_with_the_numbers_that_are_asked_for(person: User) -> None:
    account, output = make_account(person), StringIO()
    call_command("sync", list=True, stdout=output)
    assert f"{account.pk}  {account} (ada@example.org): Connected" in output.getvalue()


def test_an_unknown_account_is_refused_with_those_that_there_are(person: User) -> None:
    account = make_account(person)
    with pytest.raises(CommandError, match=rf"no linked account 99 (?s:.*){account.pk}  RingCentral"):
        call_command("sync", account=99)


def test_a_gap_can_be_filled_by_its_owner_only(browser: Client, account: LinkedAccount, stranger: User) -> None:
    state = ensure_states(account)[0]
    now = timezone.now()
    gap = SyncGap.objects.create(
        state=state, since=now - timedelta(days=2), until=now - timedelta(days=1), reason="Refused"
    )
    address = reverse("telephony:fill_gap", args=[account.pk, gap.pk])
    other = Client()
    other.force_login(stranger)
    assert other.post(address).status_code == 404
    assert "Fill this gap" in browser.get(reverse("telephony:history", args=[account.pk])).content.decode()
    assert browser.post(address).status_code == 302
    gap.refresh_from_db()
    assert gap.wanted
