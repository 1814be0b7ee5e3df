"""One call that the provider tells in several records is one row with its legs, in whatever order they come, change and go."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from telephony.core.sessions import in_one, vendor_records
from telephony.core.types import CallQuery, CallRecord, LogScope, Outcome, Page
from telephony.models import Call, ForgottenNumber, LinkedAccount, SyncState, TallyBook
from telephony.providers.ringcentral.mapping import call_record
from telephony.services import forgetting, rollup, sync, sync_steps
from telephony.services.call_store import prepare, store_page, store_prepared
from telephony.services.sync import sync_log
from telephony.tests.accounts import make_account
from telephony.tests.test_sync import SEEDS, Killed, state_of

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def vendor(session: int, place: int, result: str = "Missed", **changes: Any) -> dict[str, Any]:
    """A vendor's record: one member of a queue whom a call from outside rang."""
    start = changes.pop("start", START + timedelta(hours=session, seconds=place))
    extension = {"extensionNumber": str(100 + place), "extensionId": str(9000 + place), "name": f"Member {place}"}
    record = {
        "id": f"R{session}-{place}",
        "sessionId": str(session),
        "startTime": start.isoformat(),
        "type": "Voice",
        "direction": "Inbound",
        "action": "Phone Call",
        "result": result,
        "duration": 60 * place if result == "Accepted" else 12,
        "from": {"phoneNumber": "+493023125001", "name": "Grete Beispiel"},
        "to": {"phoneNumber": "+14155550100", **extension},
    }
    return record | changes


def read(row: dict[str, Any]) -> CallRecord:
    record = call_record(row)
    assert record is not None
    return record


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


QUEUE = [vendor(1, 1), vendor(1, 2, "Accepted", recording={"id": "rec-1"}), vendor(1, 3)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_queue_call_is_one_row_whichever_record_comes_first(account: LinkedAccount, order: tuple[int, ...]) -> None:
    for place in order:
        store_page(account, [read(QUEUE[place])], LogScope.OWN)
    call = Call.objects.get()
    assert (call.outcome, call.extension, call.duration) == ("answered", "102", 120)
    assert call.started_at == START + timedelta(hours=1, seconds=1)
    assert (call.recording or {})["key"] == "rec-1"
    assert [(leg["callee"]["extension"], leg["outcome"]) for leg in call.legs] == [
        ("101", "missed"),
        ("102", "answered"),
        ("103", "missed"),
    ]
    assert {record["id"] for record in vendor_records(call.raw)} == {"R1-1", "R1-2", "R1-3"}


def test_a_leg_that_nobody_took_is_no_missed_call_when_another_was_answered(account: LinkedAccount) -> None:
    store_page(account, [read(row) for row in QUEUE], LogScope.OWN)
    assert not Call.objects.filter(outcome="missed").exists()
    assert all_books_right(account)


def test_a_call_that_nobody_took_is_one_missed_call(account: LinkedAccount) -> None:
    store_page(account, [read(vendor(1, place)) for place in range(5)], LogScope.OWN)
    assert list(Call.objects.values_list("outcome", flat=True)) == ["missed"]


def test_a_record_that_comes_again_changes_nothing(account: LinkedAccount) -> None:
    store_page(account, [read(row) for row in QUEUE], LogScope.OWN)
    before = list(Call.objects.values())
    for page in ([QUEUE[0]], [QUEUE[2], QUEUE[1]], QUEUE):
        counts = store_page(account, [read(row) for row in page], LogScope.OWN)
        assert (counts.added, counts.changed, counts.unchanged) == (0, 0, 1)
    assert list(Call.objects.values()) == before


def test_an_edit_and_a_deletion_of_one_record_make_the_row_anew(account: LinkedAccount) -> None:
    store_page(account, [read(row) for row in QUEUE], LogScope.OWN)
    store_page(account, [read(QUEUE[1] | {"result": "Voicemail"})], LogScope.OWN)
    assert Call.objects.get().outcome == "voicemail"
    store_page(account, [read(QUEUE[1] | {"deleted": True})], LogScope.OWN)
    call = Call.objects.get()
    assert (call.outcome, call.deleted_at, len(call.legs)) == ("missed", None, 2)
    store_page(account, [read(row | {"deleted": True}) for row in QUEUE], LogScope.OWN)
    assert Call.objects.get().deleted_at is not None
    assert all_books_right(account)
    store_page(account, [read(QUEUE[1])], LogScope.OWN)
    assert Call.objects.get().deleted_at is None


def test_records_of_both_logs_are_one_row_in_both(account: LinkedAccount) -> None:
    store_page(account, [read(QUEUE[0])], LogScope.OWN)
    assert Call.objects.get().outcome == "missed"  # all that one's own log tells
    store_page(account, [read(row) for row in QUEUE], LogScope.COMPANY)
    call = Call.objects.get()
    assert (call.outcome, call.in_own_log, call.in_company_log) == ("answered", True, True)
    assert store_page(account, [read(QUEUE[0])], LogScope.OWN).unchanged == 1


def test_what_another_worker_stored_between_reading_and_writing_is_not_lost(account: LinkedAccount) -> None:
    first = prepare(account, [read(QUEUE[0])], LogScope.OWN)
    store_page(account, [read(QUEUE[1])], LogScope.COMPANY)
    store_prepared(account, first)
    call = Call.objects.get()
    assert (call.outcome, len(call.legs), call.in_own_log, call.in_company_log) == ("answered", 2, True, True)


def test_a_removed_number_stays_removed_and_the_answer_stands(account: LinkedAccount) -> None:
    store_page(account, [read(row) for row in QUEUE], LogScope.OWN)
    forgetting.forget(account.user, "+493023125001")
    assert ForgottenNumber.objects.exists()
    store_page(account, [read(QUEUE[0] | {"duration": 13})], LogScope.OWN)
    call = Call.objects.get()
    assert (call.outcome, call.caller_number) == ("answered", "")


def test_the_best_outcome_counts_and_a_word_that_nobody_knows_is_no_missed_call() -> None:
    assert in_one([read(vendor(1, 1)), read(vendor(1, 2, "Handed To Robot"))]).outcome is Outcome.UNKNOWN
    assert in_one([read(vendor(1, 1, "In Progress")), read(vendor(1, 2, "Accepted"))]).outcome is Outcome.IN_PROGRESS
    assert in_one([read(vendor(1, 1, "Busy")), read(vendor(1, 2))]).outcome is Outcome.MISSED


def test_equal_legs_of_several_records_are_one() -> None:
    legs = [vendor(1, 1) | {"legType": "Accept"}, vendor(1, 2, "Accepted") | {"legType": "PstnToSip"}]
    whole = in_one([read(vendor(1, 1, legs=legs)), read(vendor(1, 2, "Accepted", legs=legs))])
    assert len(whole.legs) == 2


def all_books_right(account: LinkedAccount) -> bool:
    rollup.rebuild(account)
    return all(rollup.differences(book) == 0 for book in TallyBook.objects.filter(account=account))


@dataclass
class SessionTruth:
    """A provider whose log has several records a call; deleted ones stay in it, marked."""

    chance: random.Random
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    page_size: int = 5
    kill_rate: float = 0.0

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page by offset, newest first."""
        self.maybe_kill()
        found = [record for record in map(read, self.rows.values()) if query.since <= record.started_at < query.until]
        found.sort(key=lambda record: (record.started_at, record.key), reverse=True)
        start = int(cursor or 0)
        items = tuple(found[start : start + self.page_size])
        return Page(items, str(start + len(items)) if start + len(items) < len(found) else None)

    def maybe_kill(self) -> None:
        if self.chance.random() < self.kill_rate:
            raise Killed

    def add(self, session: int, place: int, minutes_ago: float) -> None:
        """A record of a call, begun some seconds after the one before it."""
        start = timezone.now() - timedelta(minutes=minutes_ago) + timedelta(seconds=7 * place)
        row = vendor(session, place, self.chance.choice(["Missed", "Accepted", "Voicemail"]), start=start)
        self.rows[row["id"]] = row

    def disturb(self) -> None:
        """A call, a late record of one, an edit, a deletion."""
        choice, known = self.chance.random(), list(self.rows)
        if choice < 0.3 or not known:
            session, minutes = self.chance.randrange(10**6), self.chance.choice([1, 30, 600])
            for place in range(self.chance.randint(1, 4)):
                self.add(session, place, minutes)
            return
        row = self.rows[self.chance.choice(known)]
        if choice < 0.6:
            late = vendor(int(row["sessionId"]), 9, "Accepted", start=datetime.fromisoformat(row["startTime"]))
            self.rows[late["id"]] = late
        elif choice < 0.8:
            row["result"] = self.chance.choice(["Missed", "Accepted", "Busy"])
        else:
            row["deleted"] = True

    def expected(self) -> dict[str, tuple[str, int]]:
        """Outcome and number of legs by row."""
        sessions: dict[str, list[CallRecord]] = defaultdict(list)
        for record in map(read, self.rows.values()):
            if not record.deleted:
                sessions[record.row_key].append(record)
        whole = {key: in_one(records) for key, records in sessions.items()}
        return {key: (call.outcome.value, max(len(call.legs), len(sessions[key]))) for key, call in whole.items()}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_moments_each_call_equals_the_truth(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test's dice
    truth = SessionTruth(chance, page_size=chance.randint(1, 6))
    for session in range(12):
        for place in range(chance.randint(1, 4)):
            truth.add(session, place, session * 90 + 5)
    monkeypatch.setattr(sync, "with_client", lambda _account, work, **_options: work(truth))
    for name in ("store_prepared", "note_missing"):
        original = getattr(sync_steps, name)

        def then_maybe_die(*arguments: object, original: Any = original) -> object:
            result = original(*arguments)
            truth.maybe_kill()
            return result

        monkeypatch.setattr(sync_steps, name, then_maybe_die)
    state = state_of(account)
    truth.kill_rate = 0.15
    for _round in range(40):
        try:
            sync_log(state.pk, pages=3)
        except Killed:
            SyncState.objects.filter(pk=state.pk).update(lease_owner="", lease_until=None)
        if chance.random() < 0.5:
            truth.disturb()
    truth.kill_rate = 0
    for _round in range(2):
        SyncState.objects.filter(pk=state.pk).update(last_deep_at=None)
        sync_log(state.pk)
        sync_log(state.pk)
    calls = Call.objects.filter(account=account, deleted_at=None)
    stored = {key: (outcome, max(len(legs), 1)) for key, outcome, legs in calls.values_list("key", "outcome", "legs")}
    assert stored == truth.expected()
    assert all_books_right(account)
