"""What a provider may do wrong in its call log: each thing is dealt with, and the account's sync history says so in words."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from telephony.core.errors import PagingStuck
from telephony.core.types import CallQuery, CallRecord, Page
from telephony.models import Call, LinkedAccount, SyncGap, SyncRun, SyncState
from telephony.services import sync
from telephony.services.sync import sync_log
from telephony.services.sync_remarks import Remark, told
from telephony.tests.accounts import make_account
from telephony.tests.test_sync import Truth, expected, state_of, stored


class OddTruth(Truth):
    """A provider that sends the first record of each page twice when it is told to, and can list part of its calls in a second round."""

    repeats = False
    archived: frozenset[str] = frozenset()
    refuses_archived = False

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page, of the calls that are not archived first."""
        if not self.archived:
            page = super().calls(query, cursor)
            return replace(page, items=page.items[:1] + page.items) if self.repeats else page
        second = cursor == "archived"
        if second and self.refuses_archived:
            raise PagingStuck("Acme")
        rows = [row for row in self.rows.values() if (row.key in self.archived) is second]
        rows = [row for row in rows if query.since <= row.started_at < query.until]
        rows.sort(key=lambda row: row.started_at, reverse=True)
        return Page(tuple(rows), None if second else "archived")


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> OddTruth:
    truth = OddTruth(random.Random(1))  # noqa: S311  # a test's dice
    for number in range(10):
        truth.add(number, number * 20 + 5)
    monkeypatch.setattr(sync, "with_client", lambda _account, work, **_options: work(truth))
    return truth


@pytest.fixture
def state(account: LinkedAccount, truth: OddTruth) -> SyncState:
    state = state_of(account)
    return sync_log(state.pk)


def history(browser: Client, account: LinkedAccount) -> str:
    return browser.get(reverse("telephony:history", args=[account.pk])).content.decode()


def test_a_call_that_ends_before_it_begins_is_kept_without_its_end(
    account: LinkedAccount, truth: OddTruth, state: SyncState, browser: Client
) -> None:
    truth.add(50, 3)
    row = truth.rows["call-50"]
    truth.rows["call-50"] = replace(row, ended_at=row.started_at - timedelta(seconds=1))
    truth.rows["call-0"] = replace(truth.rows["call-0"], ended_at=truth.rows["call-0"].started_at)
    sync_log(state.pk)
    assert Call.objects.get(key="call-50").ended_at is None
    assert Call.objects.get(key="call-0").ended_at is not None
    assert "1 call that it ended before it began" in history(browser, account)


def test_a_call_from_the_future_is_kept_and_said_so(
    account: LinkedAccount, truth: OddTruth, state: SyncState, browser: Client
) -> None:
    truth.add(51, -4)
    sync_log(state.pk)
    assert "call-51" in stored(account)
    assert "1 call begins in the future by our clock" in history(browser, account)


def test_a_record_that_comes_twice_is_kept_once(
    account: LinkedAccount, truth: OddTruth, state: SyncState, browser: Client
) -> None:
    truth.repeats = True
    sync_log(state.pk)
    assert stored(account) == expected(truth)
    assert Call.objects.count() == 10
    assert "sent 2 records twice" in history(browser, account)  # one on each of two pages


def test_a_call_under_a_new_id_is_one_call_after_two_readings(
    account: LinkedAccount, truth: OddTruth, state: SyncState, browser: Client
) -> None:
    truth.rows["renamed"] = replace(truth.rows.pop("call-3"), key="renamed")
    sync_log(state.pk)
    sync_log(state.pk)
    assert stored(account) == expected(truth)
    assert "1 call under a new id" in history(browser, account)


def test_a_call_that_is_gone_is_not_said_to_have_a_new_id(
    account: LinkedAccount, truth: OddTruth, state: SyncState, browser: Client
) -> None:
    del truth.rows["call-3"]
    sync_log(state.pk)
    sync_log(state.pk)
    assert stored(account) == expected(truth)
    assert "under a new id" not in history(browser, account)


def test_pages_that_repeat_become_a_gap_that_says_so(account: LinkedAccount, truth: OddTruth, browser: Client) -> None:
    state = state_of(account)
    sync_log(state.pk, pages=1)
    truth.fault = PagingStuck("Acme")
    for _attempt in range(4):
        sync_log(state.pk)
    assert SyncGap.objects.get().reason
    assert "sends the same page again and again" in history(browser, account)


def test_calls_of_a_second_round_that_cannot_be_read_do_not_disappear(
    account: LinkedAccount, truth: OddTruth, state: SyncState
) -> None:
    """sipgate lists what was archived apart: while that fails, what is stored of it is not taken for deleted."""
    truth.archived = frozenset({"call-2", "call-4"})
    truth.refuses_archived = True
    for _attempt in range(9):
        sync_log(state.pk)
    assert stored(account) == expected(truth)
    truth.refuses_archived = False
    del truth.rows["call-4"]
    for _attempt in range(3):
        sync_log(state.pk)
    assert stored(account) == expected(truth)


def test_a_usual_pass_has_no_remarks(state: SyncState) -> None:
    sync_log(state.pk)
    assert list(SyncRun.objects.values_list("remarks", flat=True)) == [{}, {}]


def test_every_remark_has_words_for_one_and_for_many() -> None:
    for remark in Remark:
        for count in (1, 7):
            (sentence,) = told({remark.value: count}, "Acme")
            assert "Acme" in sentence
    assert list(told({"of a newer version": 1}, "Acme")) == []
