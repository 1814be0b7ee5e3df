"""The sync against a simulated provider: whatever is killed, late, edited, deleted or repeated, the store ends up equal to the truth."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import ProviderError, RateLimited, RequestRefused, RoleMissing, UnusableReply
from telephony.core.testing.effort import THOROUGH
from telephony.core.types import CallQuery, CallRecord, LogScope, Outcome, Page
from telephony.models import Call, LinkedAccount, PassKind, SyncGap, SyncRun, SyncState
from telephony.services import call_store, sync, sync_steps
from telephony.services.pacing import Paced
from telephony.services.sync import drop_old_runs, due_states, ensure_states, fill_gap, sync_log
from telephony.services.sync_passes import OVERLAP
from telephony.services.sync_steps import Busy
from telephony.tasks import sync_call_log
from telephony.tests.accounts import make_account
from telephony.tests.test_selectors import record

SEEDS = int(os.environ.get("SYNC_SEEDS", "12" if THOROUGH else "1"))  # a nightly run takes thousands


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


@dataclass
class Truth:
    """A provider's call log that pages by offset, newest first, as sipgate's does; and ways to disturb it."""

    chance: random.Random
    rows: dict[str, CallRecord] = field(default_factory=dict)
    page_size: int = 7
    kill_rate: float = 0.0
    fault: ProviderError | None = None
    requests: int = 0

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page."""
        self.requests += 1
        self.maybe_kill()
        if self.fault:
            raise self.fault
        found = [row for row in self.rows.values() if query.since <= row.started_at < query.until]
        found.sort(key=lambda row: (row.started_at, row.key), reverse=True)
        start = int(cursor or 0)
        items = tuple(found[start : start + self.page_size])
        more = start + self.page_size < len(found)
        return Page(items, str(start + len(items)) if more else None)

    def maybe_kill(self) -> None:
        """Now and then the process dies."""
        if self.chance.random() < self.kill_rate:
            raise Killed

    def add(self, number: int, minutes_ago: float) -> None:
        """A call that started that long ago."""
        started_at = (timezone.now() - timedelta(minutes=minutes_ago)).replace(microsecond=0)
        self.rows[f"call-{number}"] = record(number, started_at=started_at)

    def disturb(self) -> None:
        """Something happens at the provider: a call, a late call, an edit, a deletion."""
        choice = self.chance.random()
        if choice < 0.4 or not self.rows:
            self.add(self.chance.randrange(10**9), self.chance.choice([0.1, 1, 30, 600]))
        elif choice < 0.7:
            key = self.chance.choice(list(self.rows))
            self.rows[key] = replace(self.rows[key], outcome=self.chance.choice(list(Outcome)))
        else:
            del self.rows[self.chance.choice(list(self.rows))]


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Truth:
    """Two weeks of calls, some starting in the same second, behind the gateway."""
    truth = Truth(random.Random(1))  # noqa: S311  # a test's dice
    for number in range(60):
        truth.add(number, (number // 3) * 300 + 5)
    monkeypatch.setattr(sync, "with_client", lambda _account, work, **_options: work(truth))
    return truth


def state_of(account: LinkedAccount) -> SyncState:
    """The state of the person's own log."""
    ensure_states(account)
    return SyncState.objects.get(account=account, scope=LogScope.OWN)


def stored(account: LinkedAccount) -> dict[str, str]:
    """What a list would show: outcome by key."""
    return dict(Call.objects.filter(account=account, deleted_at=None).values_list("key", "outcome"))


def expected(truth: Truth) -> dict[str, str]:
    """What the provider has."""
    return {key: row.outcome.value for key, row in truth.rows.items()}


@contextmanager
def later(**delta: float) -> Iterator[None]:
    """The same, some time later."""
    with time_machine.travel(timezone.now() + timedelta(**delta), tick=True):
        yield


def test_the_newest_page_comes_first_and_the_rest_follows(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    state = sync_log(state.pk, pages=1)
    newest = sorted(truth.rows.values(), key=lambda row: (row.started_at, row.key), reverse=True)[:7]
    assert set(stored(account)) == {row.key for row in newest}
    assert state.covered_since == newest[-1].started_at
    state = sync_log(state.pk)
    assert stored(account) == expected(truth)
    assert state.covered_since == state.floor
    assert state.finished_backfill_at is not None


def test_a_second_sync_of_the_same_calls_writes_no_row(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    sync_log(state.pk)
    before = list(Call.objects.order_by("pk").values())
    sync_log(state.pk)
    run = SyncRun.objects.filter(state=state)[0]
    assert (run.added, run.changed, run.deleted) == (0, 0, 0)
    assert run.unchanged > 0
    assert list(Call.objects.order_by("pk").values()) == before


def test_a_late_call_an_edit_and_a_deletion_are_noticed(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    sync_log(state.pk)
    newest = max(truth.rows.values(), key=lambda row: row.started_at)
    truth.rows[newest.key] = replace(newest, outcome=Outcome.VOICEMAIL)
    truth.add(1000, 600)
    gone = next(
        key
        for key, row in truth.rows.items()
        if row.started_at > timezone.now() - timedelta(hours=12) and key != newest.key
    )
    del truth.rows[gone]
    sync_log(state.pk)
    assert stored(account)[newest.key] == "voicemail"
    assert "call-1000" in stored(account)
    assert gone in stored(account)  # missing once: pages can shift while they are read
    sync_log(state.pk)
    assert stored(account) == expected(truth)
    assert Call.objects.get(key=gone).deleted_at is not None  # a tombstone, not a vanished row


def test_a_row_that_comes_back_is_a_row_again(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    sync_log(state.pk)
    key, row = next(iter(truth.rows.items()))
    del truth.rows[key]
    sync_log(state.pk)
    sync_log(state.pk)
    assert key not in stored(account)
    truth.rows[key] = row
    sync_log(state.pk)
    assert stored(account) == expected(truth)


def test_an_edit_older_than_the_overlap_is_found_by_the_weekly_look(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    sync_log(state.pk)
    old = min(truth.rows.values(), key=lambda row: row.started_at)
    truth.rows[old.key] = replace(old, outcome=Outcome.VOICEMAIL)
    sync_log(state.pk)
    assert stored(account)[old.key] == "answered"
    with later(days=8):
        sync_log(state.pk)
        assert stored(account)[old.key] == "voicemail"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_moments_the_store_equals_the_truth(
    account: LinkedAccount, truth: Truth, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test's dice
    truth.chance, truth.kill_rate, truth.page_size = chance, 0.15, chance.randint(1, 9)
    for name in ("store_prepared", "note_missing"):
        original = getattr(sync_steps, name)
        monkeypatch.setattr(
            sync_steps, name, lambda *arguments, original=original: _then_maybe_die(truth, original, arguments)
        )
    state = state_of(account)
    for _round in range(40):
        _run_and_maybe_die(state)
        if chance.random() < 0.5:
            truth.disturb()
    truth.kill_rate = 0
    for _round in range(2):
        sync_log(state.pk)
        state.refresh_from_db()
        SyncState.objects.filter(pk=state.pk).update(last_deep_at=None)
        sync_log(state.pk)
    assert stored(account) == expected(truth)
    assert Call.objects.filter(account=account).count() == len(set(Call.objects.values_list("key", flat=True)))


def _then_maybe_die(truth: Truth, original: object, arguments: tuple[object, ...]) -> object:
    result = original(*arguments)  # type: ignore[operator]  # the function that was there before
    truth.maybe_kill()
    return result


def _run_and_maybe_die(state: SyncState) -> None:
    try:
        sync_log(state.pk, pages=3)
    except Killed:
        SyncState.objects.filter(pk=state.pk).update(
            lease_owner="", lease_until=None
        )  # in life the lease ends by itself


def test_two_workers_never_sync_one_log(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    SyncState.objects.filter(pk=state.pk).update(lease_owner="other", lease_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(Busy):
        sync_log(state.pk)
    assert truth.requests == 0
    with later(minutes=2):
        sync_log(state.pk)
    assert stored(account) == expected(truth)


def test_two_workers_never_sync_two_logs_of_one_account(account: LinkedAccount, truth: Truth) -> None:
    own, company = ensure_states(account)
    SyncState.objects.filter(pk=company.pk).update(
        lease_owner="other", lease_until=timezone.now() + timedelta(minutes=1)
    )
    with pytest.raises(Busy):
        sync_log(own.pk)
    assert truth.requests == 0
    own.refresh_from_db()
    assert not own.lease_owner
    assert due_states(timezone.now()) == []
    assert sync_call_log.call(own.pk) == "busy"
    with later(minutes=2):
        assert set(due_states(timezone.now())) == {own.pk, company.pk}
        sync_log(own.pk)
    assert stored(account) == expected(truth)


def test_a_worker_that_lost_its_lease_writes_nothing_any_more(
    account: LinkedAccount, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_of(account)

    def stolen(*arguments: object) -> call_store.PreparedPage:
        SyncState.objects.filter(pk=state.pk).update(lease_owner="thief")
        return call_store.prepare(*arguments)  # type: ignore[arg-type]  # the page's rows

    monkeypatch.setattr(sync_steps, "prepare", stolen)
    with pytest.raises(Busy):
        sync_log(state.pk)
    assert stored(account) == {}


@pytest.mark.parametrize(
    ("fault", "at_least"),
    [
        (RateLimited("Acme", retry_after=600), timedelta(seconds=590)),
        (UnusableReply("Acme"), timedelta(seconds=20)),
        (RoleMissing("Acme"), timedelta(hours=5)),
    ],
)
def test_a_failing_log_backs_off_and_says_so(
    account: LinkedAccount, truth: Truth, fault: ProviderError, at_least: timedelta
) -> None:
    state = state_of(account)
    truth.fault = fault
    state = sync_log(state.pk)
    assert state.failures == 1
    assert state.sentence
    assert state.next_pass_at > timezone.now() + at_least
    assert SyncRun.objects.get().failed
    assert state.pk not in due_states(timezone.now())
    truth.fault = None
    state = sync_log(state.pk)
    assert (state.failures, state.sentence) == (0, "")
    assert stored(account) == expected(truth)


def test_a_mistake_of_ours_backs_off_and_is_told(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    truth.fault = ZeroDivisionError()  # type: ignore[assignment]  # no fault of a provider
    for failures in (1, 2):
        with pytest.raises(ZeroDivisionError):
            sync_log(state.pk)
        state.refresh_from_db()
        assert (state.failures, state.sentence, state.lease_owner) == (failures, "Something broke on our side", "")
        assert state.next_pass_at > timezone.now() + timedelta(seconds=20) * failures
    assert [(run.failed, run.sentence, bool(run.ended_at)) for run in SyncRun.objects.all()] == [
        (True, "Something broke on our side", True)
    ] * 2
    truth.fault = None
    assert sync_log(state.pk).failures == 0
    assert stored(account) == expected(truth)


def test_old_runs_go_the_uneventful_sooner(account: LinkedAccount) -> None:
    state, now = state_of(account), timezone.now()
    for days, told in (
        (6, {}),
        (8, {}),
        (8, {"added": 1}),
        (8, {"failed": True}),
        (8, {"remarks": {"x": 1}}),
        (367, {"added": 1}),
    ):
        SyncRun.objects.create(state=state, kind="recent", started_at=now - timedelta(days=days), **told)
    assert drop_old_runs() == 2
    assert sorted((now - run.started_at).days for run in SyncRun.objects.all()) == [6, 8, 8, 8]


def test_a_place_that_the_provider_keeps_refusing_becomes_a_gap_that_can_be_filled(
    account: LinkedAccount, truth: Truth
) -> None:
    state = state_of(account)
    sync_log(state.pk, pages=2)
    truth.fault = RequestRefused("Acme", detail="page marker expired")
    for _try in range(4):
        sync_log(state.pk)
    gap = SyncGap.objects.get()
    assert gap.reason
    truth.fault = None
    sync_log(state.pk)
    fill_gap(gap)
    for _pass in range(2):
        sync_log(state.pk)
    assert not SyncGap.objects.exists()
    assert stored(account) == expected(truth)


def test_the_terminal_waits_for_the_budget_and_the_wait_leaves_no_trace(
    account: LinkedAccount, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, waits = state_of(account), list[float]()
    SyncState.objects.exclude(pk=state.pk).delete()
    monkeypatch.setattr("telephony.management.commands.sync.ensure_states", lambda _account: [state])
    truth.fault = Paced("Acme", retry_after=30)

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        truth.fault = None

    monkeypatch.setattr("telephony.management.commands.sync.time.sleep", sleep)
    call_command("sync", account=account.pk, stdout=StringIO())
    assert stored(account) == expected(truth)
    assert waits[0] == pytest.approx(30, abs=2)
    assert set(waits[1:]) <= {0.0}
    assert not SyncRun.objects.filter(pages=0).exists()


def refusing_the_second_page(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on only the newest page of a stretch can be read."""
    read = truth.calls

    def calls(query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        if cursor:
            raise UnusableReply("Acme", detail="the marker does not move")
        return read(query, cursor)

    monkeypatch.setattr(truth, "calls", calls)


def test_new_calls_that_cannot_be_read_leave_one_gap_until_it_is_filled(
    account: LinkedAccount, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_of(account)
    sync_log(state.pk)
    covered_until = state_of(account).covered_until
    assert covered_until is not None
    with later(days=3):
        for number in range(1000, 1040):
            truth.add(number, (number - 1000) * 90 + 3)
        with monkeypatch.context() as wall:
            refusing_the_second_page(truth, wall)
            for _try in range(4):
                sync_log(state.pk)
            newest = sorted(truth.rows.values(), key=lambda row: row.started_at)[-7]
            gap = SyncGap.objects.get()
            assert (gap.since, gap.until) == (covered_until - OVERLAP, newest.started_at)
            fill_gap(gap)
            sync_log(state.pk)
            gap = SyncGap.objects.get()
            assert not gap.wanted
            assert gap.until < newest.started_at  # the page that could be read is not asked for again
        fill_gap(gap)
        sync_log(state.pk)
        assert not SyncGap.objects.exists()
        assert stored(account) == expected(truth)


def test_a_deep_look_that_is_given_up_neither_fills_gaps_nor_makes_old_days_incomplete(
    account: LinkedAccount, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_of(account)
    sync_log(state.pk)
    now = timezone.now()
    old = SyncGap.objects.create(state=state, since=now - timedelta(days=9), until=now - timedelta(days=8), reason="x")
    SyncState.objects.filter(pk=state.pk).update(last_deep_at=now - timedelta(days=8))
    refusing_the_second_page(truth, monkeypatch)
    for _try in range(4):
        sync_log(state.pk)
    assert SyncRun.objects.filter(state=state)[0].kind == PassKind.DEEP
    gaps = list(SyncGap.objects.order_by("since"))
    assert gaps[0] == old
    assert [gap.since >= now - OVERLAP - timedelta(minutes=5) for gap in gaps[1:]] == [True]


def test_each_log_of_a_provider_has_its_own_state(account: LinkedAccount, truth: Truth) -> None:
    states = ensure_states(account)
    assert [state.scope for state in states] == ["own", "company"]
    for state in states:
        sync_log(state.pk)
    call = Call.objects.order_by("pk")[0]
    assert call.in_own_log
    assert call.in_company_log


def test_calls_with_a_clock_ahead_of_ours_are_not_missed(account: LinkedAccount, truth: Truth) -> None:
    truth.add(2000, -5)
    state = state_of(account)
    sync_log(state.pk)
    assert "call-2000" in stored(account)


def test_the_passes_follow_each_other(account: LinkedAccount, truth: Truth) -> None:
    state = state_of(account)
    sync_log(state.pk)
    sync_log(state.pk)
    with later(days=8):
        sync_log(state.pk)
    kinds = list(SyncRun.objects.filter(state=state).order_by("pk").values_list("kind", flat=True))
    assert kinds == [PassKind.BACKFILL, PassKind.INCREMENTAL, PassKind.DEEP]
