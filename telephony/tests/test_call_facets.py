"""Pages under filters that few calls may match: the same rows as by looking at every call, each from an index of its own."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony import call_facets, selectors
from telephony.call_facets import facets
from telephony.call_pages import page_of
from telephony.core.call_filter import CallFilter
from telephony.core.testing.effort import tries
from telephony.core.types import CallRecord, Direction, Kind, LogScope, Outcome, Party
from telephony.models import Call, LinkedAccount
from telephony.services.call_store import store_page
from telephony.tests.accounts import make_account

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
SECONDS = st.none() | st.sampled_from([0, 1, 2, 59, 60, 3599, 3600, 20_000])
KINDS, OUTCOMES, EXTENSIONS = (Kind.CALL, Kind.FAX), (Outcome.ANSWERED, Outcome.MISSED, Outcome.BUSY), ("?", "100", "7")
CALLS = st.lists(
    st.tuples(
        st.integers(0, 5), st.booleans(), SECONDS, *map(st.sampled_from, (KINDS, OUTCOMES, EXTENSIONS, list(LogScope)))
    ),
    max_size=16,
)
FILTERS = st.builds(
    CallFilter,
    shortest=SECONDS,
    longest=SECONDS,
    kinds=st.frozensets(st.sampled_from(KINDS)),
    outcomes=st.frozensets(st.sampled_from(OUTCOMES)),
    extensions=st.frozensets(st.sampled_from(EXTENSIONS)),
    scope=st.sampled_from(LogScope),
)


@pytest.fixture
def linked(person: User) -> list[LinkedAccount]:
    return [make_account(person), make_account(person, remote_id="1:2")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(12), deadline=None)
@given(CALLS, FILTERS, st.integers(1, 5))
def test_paging_there_and_back_shows_every_match_once(
    linked: list[LinkedAccount],
    calls: list[tuple[int, bool, int | None, Kind, Outcome, str, LogScope]],
    call_filter: CallFilter,
    size: int,
) -> None:
    Call.objects.all().delete()
    pages_to_store: dict[tuple[bool, LogScope], list[CallRecord]] = defaultdict(list)
    for number, (minutes, in_first, duration, kind, outcome, extension, scope) in enumerate(calls):
        start, party = START + timedelta(minutes=minutes), Party()
        record = CallRecord(
            str(number), kind, Direction.INBOUND, outcome, start, party, party, duration=duration, extension=extension
        )
        pages_to_store[in_first, scope].append(record)
    for (in_first, scope), records in pages_to_store.items():
        store_page(linked[in_first], records, scope)
    expected = list(selectors.calls(linked, call_filter).values_list("pk", flat=True))
    page, pages = page_of(linked, call_filter, None, size), []
    while True:
        pages.append([call.pk for call in page.rows])
        if page.older is None:
            break
        page = page_of(linked, call_filter, page.older, size)
    assert [pk for rows in pages for pk in rows] == expected
    for earlier in reversed(pages[:-1]):
        assert page.newer is not None
        page = page_of(linked, call_filter, page.newer, size)
        assert [call.pk for call in page.rows] == earlier


@pytest.mark.parametrize(
    ("call_filter", "indexes"),
    [
        (CallFilter(), []),
        (CallFilter(directions=frozenset({Direction.INBOUND})), []),
        (CallFilter(outcomes=frozenset({Outcome.ANSWERED, Outcome.BUSY})), []),
        (CallFilter(outcomes=frozenset({Outcome.BUSY})), ["call_by_outcome"]),
        (CallFilter(shortest=9000), ["call_by_length"]),
        (CallFilter(longest=3), ["call_by_length"]),
        (CallFilter(kinds=frozenset({Kind.FAX})), ["call_by_kind"]),
        (CallFilter(kinds=frozenset({Kind.FAX}), extensions=frozenset({"7"})), ["call_by_kind", "call_by_extension"]),
    ],
)
def test_what_few_calls_may_match_has_an_index(call_filter: CallFilter, indexes: list[str]) -> None:
    assert [facet.index for facet in facets(call_filter)] == indexes


@pytest.mark.parametrize(
    "call_filter",
    [
        CallFilter(shortest=9000),
        CallFilter(outcomes=frozenset({Outcome.BUSY})),
        CallFilter(kinds=frozenset({Kind.FAX})),
        CallFilter(extensions=frozenset({"7"})),
    ],
)
def test_the_index_gives_the_rows_in_order(linked: list[LinkedAccount], call_filter: CallFilter) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other database decides by what it knows of the table")
    (facet,) = facets(call_filter)
    ordered = facet.found.filter(account_id=-1).order_by("-started_at", "-pk").values("pk")[:51]
    first = call_facets._of_each(ordered, facet, linked[:1])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {first.sql}", first.params)
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert facet.index in plan
    assert "ORDER BY" not in plan


def test_the_rarest_of_several_facets_is_read(linked: list[LinkedAccount], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(str(number), Kind.CALL if number else Kind.FAX) for number in range(6)]
    records = [
        CallRecord(key, kind, Direction.INBOUND, Outcome.MISSED, START, Party(), Party(), extension="7")
        for key, kind in rows
    ]
    store_page(linked[0], records, LogScope.OWN)
    call_filter = CallFilter(kinds=frozenset({Kind.FAX}), outcomes=frozenset({Outcome.MISSED}))
    with CaptureQueriesContext(connection) as queries:
        assert len(page_of(linked, call_filter, None).rows) == 1
    if connection.vendor == "sqlite":
        assert "INDEXED BY call_by_kind" in queries.captured_queries[-1]["sql"]
    monkeypatch.setattr(call_facets, "MOST_PARTS", 1)
    assert len(page_of(linked, call_filter, None).rows) == 1
