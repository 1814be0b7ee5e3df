"""Paging by key: every row once, in order, whatever the timestamps; and filters that are the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.testing.effort import tries
from telephony.core.types import CallRecord, Direction, Kind, LogScope, Outcome, Party
from telephony.models import Call, LinkedAccount
from telephony.selectors import Position, call_page
from telephony.services.call_store import store_page
from telephony.services.names import names_of
from telephony.tests.accounts import make_account

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


@pytest.fixture
def another(person: User) -> LinkedAccount:
    """A second account of the same person."""
    return make_account(person, remote_id="1:2")


def record(number: int, minutes: int = 0, **changes: object) -> CallRecord:
    """A call `minutes` after START."""
    fields: dict[str, object] = {
        "key": f"call-{number}",
        "kind": Kind.CALL,
        "direction": Direction.INBOUND,
        "outcome": Outcome.ANSWERED,
        "started_at": START + timedelta(minutes=minutes),
        "caller": Party("+493023125001", "+493023125001", "Grete"),
        "callee": Party("100", None, "Front desk", "100"),
    }
    return CallRecord(**(fields | changes))  # type: ignore[arg-type]  # built from known names


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(25), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=25), st.integers(1, 7))
def test_paging_there_and_back_shows_every_row_once(
    account: LinkedAccount, another: LinkedAccount, calls: list[tuple[int, bool]], size: int
) -> None:
    Call.objects.all().delete()
    for number, (minute, in_first) in enumerate(calls):
        store_page(account if in_first else another, [record(number, minute)], LogScope.OWN)
    accounts = [account, another]
    expected = list(selectors.calls(accounts, CallFilter()).values_list("pk", flat=True))
    page, seen = call_page(accounts, CallFilter(), None, size), []
    pages = [page]
    while True:
        seen += [call.pk for call in page.rows]
        if page.older is None:
            break
        page = call_page(accounts, CallFilter(), page.older, size)
        pages.append(page)
    assert seen == expected
    for earlier in reversed(pages[:-1]):
        assert page.newer is not None
        page = call_page(accounts, CallFilter(), page.newer, size)
        assert [call.pk for call in page.rows] == [call.pk for call in earlier.rows]
    assert page.newer is None


@pytest.mark.parametrize("several", [False, True])
def test_a_page_of_calls_reads_the_index_in_order_and_no_more_than_it_needs(
    several: bool, account: LinkedAccount, another: LinkedAccount
) -> None:
    store_page(account, [record(number, number) for number in range(300)], LogScope.OWN)
    store_page(another, [record(number, 1000 + number) for number in range(300)], LogScope.OWN)
    with CaptureQueriesContext(connection) as queries:
        assert len(call_page([account, another][: 1 + several], CallFilter()).rows) == 50

    assert len(queries) == 1
    if connection.vendor == "sqlite":
        assert not [step for query in queries for step in plan_of(query["sql"]) if step.startswith("SCAN telephony")]
        assert [step for step in plan_of(queries[-1]["sql"]) if "call_list" in step]
    if several:
        assert "started_at" in queries[-1]["sql"].partition("WHERE")[2].partition("ORDER")[0]


def plan_of(sql: str) -> list[str]:
    """How SQLite goes about a query, step by step."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plan_of reads the plans of SQLite")
def test_names_on_a_list_come_by_index(account: LinkedAccount, another: LinkedAccount) -> None:
    store_page(account, [record(1, callee=Party("100", None, "", "100"))], LogScope.OWN)
    with CaptureQueriesContext(connection) as queries:
        names_of([account, another], call_page([account, another], CallFilter()).rows)

    steps = [step for query in queries for step in plan_of(query["sql"])]
    assert [step for step in steps if "extension_by_number" in step]
    assert not [step for step in steps if step.startswith("SCAN telephony")]


def test_calls_of_nobody_are_an_empty_page(db: None) -> None:
    assert call_page([], CallFilter()).rows == []


def test_a_position_survives_its_text() -> None:
    position = Position(START, 17, older=False)
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "text", ["", "o", "o:2026-01-01T00:00:00+00:00:x", "x:2026-01-01T00:00:00+00:00:1", "o:2026-01-01:1", "o:::", "-1"]
)
def test_a_forged_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Position.parse(text)


def test_someone_elses_calls_are_not_found(account: LinkedAccount, stranger: User) -> None:
    store_page(account, [record(1)], LogScope.OWN)
    call = Call.objects.get()
    assert not selectors.call_of(stranger, call.pk).exists()
    assert selectors.call_of(account.user, call.pk).exists()


@pytest.mark.parametrize(
    ("call_filter", "matches"),
    [
        (CallFilter(), True),
        (CallFilter(directions=frozenset({Direction.OUTBOUND})), False),
        (CallFilter(outcomes=frozenset({Outcome.ANSWERED, Outcome.MISSED})), True),
        (CallFilter(kinds=frozenset({Kind.FAX})), False),
        (CallFilter(since=START + timedelta(seconds=1)), False),
        (CallFilter(since=START), True),
        (CallFilter(until=START), False),
        (CallFilter(number="030 23 12 50 01"), True),
        (CallFilter(number="+49 30 23125001"), True),
        (CallFilter(number="23125"), True),
        (CallFilter(number="99999"), False),
        (CallFilter(number="100"), True),
        (CallFilter(scope=LogScope.COMPANY), False),
    ],
)
def test_a_filter_means_the_same_for_stored_rows_and_for_records(
    account: LinkedAccount, call_filter: CallFilter, matches: bool
) -> None:
    call = record(1)
    store_page(account, [call], LogScope.OWN)
    assert selectors.calls([account], call_filter).exists() is matches
    if call_filter.scope is LogScope.OWN:
        assert call_filter.matches(call) is matches


def test_storing_the_same_call_again_updates_it_and_keeps_both_logs(account: LinkedAccount) -> None:
    store_page(account, [record(1, outcome=Outcome.IN_PROGRESS)], LogScope.OWN)
    store_page(account, [record(1, outcome=Outcome.ANSWERED, duration=12)], LogScope.COMPANY)
    call = Call.objects.get()
    assert (call.outcome, call.duration, call.in_own_log, call.in_company_log) == ("answered", 12, True, True)


def test_a_call_with_characters_that_databases_refuse_is_stored(account: LinkedAccount) -> None:
    nasty = record(1, raw={"a\x00b": "c\x00\ud800", "n": float("nan"), "access_token": "CANARY"}, key="k" * 300)
    store_page(account, [nasty], LogScope.OWN)
    call = Call.objects.get()
    assert call.raw == {"ab": "c?", "n": None, "access_token": "[redacted]"}
