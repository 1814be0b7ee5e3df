"""Finding out what changed by the provider's sync tokens: the store ends up equal to the truth, also when a token is worth nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from telephony.core.client import LogChanges
from telephony.core.errors import ProviderError, RoleMissing, SyncTokenExpired, UnusableReply
from telephony.core.types import LogScope, Outcome
from telephony.models import LinkedAccount, PassKind, SyncRun, SyncState
from telephony.services import call_store, sync, sync_steps
from telephony.services.sync import sync_log
from telephony.tests.accounts import make_account
from telephony.tests.test_sync import SEEDS, Killed, Truth, expected, state_of, stored


@dataclass
class TellingTruth(Truth):
    """A provider that also tells what changed: a token is a place in its journal. Deleted records stay, marked as such."""

    journal: list[tuple[datetime, str]] = field(default_factory=list)
    oldest_token: int = 0
    complete: bool = True
    answer_size: int = 5
    refusal: ProviderError | None = None
    asked: list[str] = field(default_factory=list)

    def add(self, number: int, minutes_ago: float) -> None:
        super().add(number, minutes_ago)
        self.changed(f"call-{number}")

    def changed(self, key: str, **changes: object) -> None:
        """A record changes."""
        self.rows[key] = replace(self.rows[key], **changes)  # type: ignore[arg-type]  # known names
        self.journal.append((timezone.now(), key))

    def disturb(self) -> None:
        choice = self.chance.random()
        if choice < 0.4:
            self.add(self.chance.randrange(10**9), self.chance.choice([0.1, 1, 30, 600, 20_000]))
        elif choice < 0.7:
            self.changed(self.chance.choice(list(self.rows)), outcome=self.chance.choice(list(Outcome)))
        elif choice < 0.9:
            self.changed(self.chance.choice(list(self.rows)), deleted=True)
        else:
            self.oldest_token = len(self.journal)

    def changes(self, scope: LogScope, token: str, since: datetime) -> LogChanges:
        """The next answer from the journal."""
        self.asked.append(token)
        self.maybe_kill()
        if self.refusal:
            raise self.refusal
        if token and int(token) < self.oldest_token:
            raise SyncTokenExpired("Acme", status=400)
        start = int(token) if token else next((at for at, (when, _key) in enumerate(self.journal) if when >= since), 0)
        keys = dict.fromkeys(key for _when, key in self.journal[start : start + self.answer_size])
        after = min(start + self.answer_size, len(self.journal))
        more = after < len(self.journal) and self.complete
        return LogChanges(
            tuple(self.rows[key] for key in keys),
            str(after if more else len(self.journal)),
            more,
            bool(token) or self.complete,
        )


def kept(truth: Truth) -> dict[str, str]:
    """What the provider has and has not deleted."""
    return {key: outcome for key, outcome in expected(truth).items() if not truth.rows[key].deleted}


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> TellingTruth:
    truth = TellingTruth(random.Random(1))  # noqa: S311  # a test's dice
    for number in range(30):
        truth.add(number, number * 100 + 5)
    monkeypatch.setattr(sync, "with_client", lambda _account, work, **_options: work(truth))
    return truth


@pytest.fixture
def state(account: LinkedAccount, truth: TellingTruth) -> SyncState:
    """A log that has been read back to its floor, and whose token has been begun."""
    state = state_of(account)
    sync_log(state.pk)
    return sync_log(state.pk)


def last_run(state: SyncState) -> SyncRun:
    return SyncRun.objects.filter(state=state).order_by("-pk")[0]


@contextmanager
def later(**delta: float) -> Iterator[None]:
    """The same, some time later."""
    with time_machine.travel(timezone.now() + timedelta(**delta), tick=True):
        yield


def test_what_changed_is_asked_for_and_nothing_is_read_by_time(
    account: LinkedAccount, truth: TellingTruth, state: SyncState
) -> None:
    truth.add(100, 1)
    truth.changed("call-29", outcome=Outcome.VOICEMAIL)  # two days old: an overlap would not find it
    truth.changed("call-3", deleted=True)
    requests = truth.requests
    state = sync_log(state.pk)
    assert truth.requests == requests
    assert stored(account) == kept(truth)
    assert stored(account)["call-29"] == "voicemail"
    assert (last_run(state).kind, last_run(state).added, last_run(state).changed) == (PassKind.CHANGES, 1, 2)
    assert (state.pass_kind, state.failures, state.sentence) == ("", 0, "")


def test_an_idle_log_costs_one_request(truth: TellingTruth, state: SyncState) -> None:
    asked = len(truth.asked)
    sync_log(state.pk)
    assert len(truth.asked) == asked + 1


def test_many_changes_come_answer_by_answer_each_kept_with_its_token(
    account: LinkedAccount, truth: TellingTruth, state: SyncState
) -> None:
    for number in range(200, 212):
        truth.add(number, 1)
    before = state.change_token
    state = sync_log(state.pk, pages=1)
    assert state.pass_kind == PassKind.CHANGES
    assert int(state.change_token) == int(before) + 5
    sync_log(state.pk)
    assert stored(account) == kept(truth)


def test_a_token_that_expired_lets_the_month_be_read_again_and_the_history_says_so(
    account: LinkedAccount, truth: TellingTruth, state: SyncState, browser: Client
) -> None:
    truth.changed("call-29", outcome=Outcome.BUSY)
    truth.oldest_token, truth.answer_size = len(truth.journal), 100
    state = sync_log(state.pk)
    assert stored(account) == kept(truth)
    run = last_run(state)
    assert (run.kind, run.failed, state.change_token) == (PassKind.DEEP, False, "")
    assert state.failures == 0
    page = browser.get(reverse("telephony:history", args=[account.pk])).content.decode()
    assert "could no longer tell what had changed" in page
    sync_log(state.pk)
    truth.add(101, 1)
    assert last_run(sync_log(state.pk)).kind == PassKind.CHANGES
    assert stored(account) == kept(truth)


def test_a_new_token_that_leaves_older_calls_out_is_followed_by_a_reading_by_time(
    account: LinkedAccount, truth: TellingTruth
) -> None:
    state = state_of(account)
    sync_log(state.pk)
    truth.complete = False
    truth.add(102, 3)
    truth.add(103, 2)
    truth.answer_size = 1
    requests = truth.requests
    state = sync_log(state.pk)
    assert truth.requests > requests
    assert stored(account) == kept(truth)
    assert state.change_token
    requests = truth.requests
    sync_log(state.pk)
    assert truth.requests == requests


@pytest.mark.parametrize("refusal", [RoleMissing("Acme"), UnusableReply("Acme")])
def test_where_the_provider_does_not_tell_new_calls_are_found_by_time(
    account: LinkedAccount, truth: TellingTruth, state: SyncState, refusal: ProviderError
) -> None:
    truth.refusal = refusal
    truth.add(104, 1)
    for _attempt in range(4):
        state = sync_log(state.pk)
    assert stored(account) == kept(truth)
    assert (state.failures, state.change_token) == (0, "")
    assert SyncRun.objects.filter(state=state, remarks__has_key="changes_refused").count() == 1
    asked = len(truth.asked)
    sync_log(state.pk)
    assert len(truth.asked) == asked
    truth.refusal = None
    with later(days=1, minutes=1):
        assert last_run(sync_log(state.pk)).kind == PassKind.CHANGES


def test_a_log_that_nobody_looked_at_for_long_lacks_nothing(account: LinkedAccount, truth: TellingTruth) -> None:
    """Also without tokens: the weekly look goes back a month, which may be less than the time in which nobody looked."""
    state = state_of(account)
    sync_log(state.pk)
    truth.refusal = RoleMissing("Acme")
    with later(days=45):
        truth.add(105, 40 * 24 * 60)
        sync_log(state.pk)
        assert stored(account) == kept(truth)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_moments_the_store_equals_the_truth(
    account: LinkedAccount, truth: TellingTruth, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test's dice
    truth.chance, truth.kill_rate, truth.answer_size, truth.complete = chance, 0.15, chance.randint(1, 6), seed % 2 == 0
    store = call_store.store_prepared

    def then_maybe_die(*arguments: object) -> object:
        counts = store(*arguments)  # type: ignore[arg-type]  # passed through
        truth.maybe_kill()
        return counts

    monkeypatch.setattr(sync_steps, "store_prepared", then_maybe_die)
    state = state_of(account)
    for _round in range(40):
        try:
            sync_log(state.pk, pages=3)
        except Killed:
            SyncState.objects.filter(pk=state.pk).update(lease_owner="", lease_until=None)
        if chance.random() < 0.5:
            truth.disturb()
    truth.kill_rate = 0
    for _round in range(2):
        sync_log(state.pk)
        SyncState.objects.filter(pk=state.pk).update(last_deep_at=None)
        sync_log(state.pk)
    assert stored(account) == kept(truth)
