"""Asking for the history page by page: filters, the archive, odd totals, and pages that do not move on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from telephony.core.errors import RequestRefused, UnusableReply
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import CallQuery, CallRecord, Direction, Json, Kind, Page
from telephony.providers.sipgate.history import Position
from telephony.providers.sipgate.tests.samples import (
    ARCHIVE,
    HISTORY,
    QUERY,
    client,
    company,
    history_answers,
)


def walk(query: CallQuery = QUERY) -> list[Page[CallRecord]]:
    """All pages of the history."""
    pages, cursor = [client().calls(query)], ""
    while cursor := pages[-1].next_cursor or "":
        pages.append(client().calls(query, cursor))
        assert len(pages) < 40
    return pages


def keys_of(pages: Sequence[Page[CallRecord]]) -> list[str]:
    """The ids on the pages, in order."""
    return [call.key for page in pages for call in page.items]


def test_the_window_is_passed_on_with_a_second_to_spare() -> None:
    with company() as api:
        client().calls(QUERY)
    assert api.queries == [
        {
            "archived": ["false"],
            "from": ["2026-09-30T23:59:59Z"],
            "to": ["2026-11-20T00:00:01Z"],
            "offset": ["0"],
            "limit": ["3"],
        }
    ]


def test_kinds_directions_and_a_whole_number_are_passed_on() -> None:
    query = replace(
        QUERY,
        kinds=frozenset({Kind.CALL, Kind.FAX}),
        directions=frozenset({Direction.INBOUND}),
        number="+49 30 23125001",
    )
    with company() as api:
        client().calls(query)
    assert sorted(api.queries[0]["types"]) == ["CALL", "FAX"]
    assert api.queries[0]["directions"] == ["INCOMING", "MISSED_INCOMING"]
    assert api.queries[0]["phonenumber"] == ["+493023125001"]


@pytest.mark.parametrize(
    "query",
    [
        replace(QUERY, directions=frozenset({Direction.INTERNAL})),
        replace(QUERY, directions=frozenset({Direction.INBOUND, Direction.INTERNAL})),
        replace(QUERY, number="23125"),
    ],
    ids=["internal", "internal and inbound", "a fragment of a number"],
)
def test_what_sipgate_cannot_filter_is_left_to_the_caller(query: CallQuery) -> None:
    with company() as api:
        client().calls(query)
    assert not {"directions", "phonenumber"} & api.queries[0].keys()


@pytest.mark.parametrize(("asked", "limit"), [(0, "1"), (50, "50"), (1000, "1000"), (5000, "1000")])
def test_a_page_is_never_larger_than_sipgate_allows(asked: int, limit: str) -> None:
    with company() as api:
        client().calls(replace(QUERY, page_size=asked))
    assert api.queries[0]["limit"] == [limit]


def test_the_archive_is_read_after_the_rest() -> None:
    with company() as api:
        pages = walk()
    assert keys_of(pages) == [str(row["id"]) for row in (*HISTORY, *ARCHIVE)]
    assert [query["archived"] for query in api.queries] == [["false"]] * 3 + [["true"]]


def test_a_window_stays_fixed_while_paging() -> None:
    with company() as api:
        walk()
    assert len({(*query["from"], *query["to"]) for query in api.queries}) == 1


def page(rows: Sequence[Json], offset: int, total: int | None, archived: str = "false") -> Answer:
    """One page of the history."""
    body: dict[str, Any] = {"items": list(rows)}
    if total is not None:
        body["totalCount"] = total
    return Answer(r"/v2/history", body, query={"archived": archived, "offset": str(offset)})


NO_ARCHIVE = page([], 0, 0, "true")


def test_without_a_total_an_empty_page_is_the_end() -> None:
    pages = [page(HISTORY[:3], 0, None), page(HISTORY[3:4], 3, None), page(HISTORY[4:], 4, None), page([], 7, None)]
    with playing(FakeApi([*pages, NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY]


def test_a_short_page_before_the_total_is_not_the_end() -> None:
    with playing(FakeApi([page(HISTORY[:1], 0, 4), page(HISTORY[1:4], 1, 4), page([], 4, 4), NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY[:4]]


def test_an_empty_page_before_the_total_is_passed_over() -> None:
    with playing(FakeApi([page([], 0, 5), page(HISTORY[3:5], 3, 5), NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY[3:5]]


def test_a_total_that_counts_the_page_only_loses_nothing() -> None:
    with playing(FakeApi([page(HISTORY[:3], 0, 3), page(HISTORY[3:6], 3, 3), page([], 6, 0), NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY[:6]]


@pytest.mark.parametrize("total", [-1, "many", None, 10**30, 1.5])
def test_an_odd_total_does_not_stop_or_break_paging(total: Any) -> None:
    answers = [
        replace(answer, body={**answer.body, "totalCount": total})
        for answer in history_answers(HISTORY, 3, archived=False)
    ]
    with playing(FakeApi([*answers, NO_ARCHIVE])):
        first = client().calls(QUERY)
        assert first.next_cursor
        assert keys_of([first, client().calls(QUERY, first.next_cursor)]) == [str(row["id"]) for row in HISTORY[:6]]


def test_a_page_that_comes_again_is_reported() -> None:
    with playing(FakeApi([page(HISTORY[:3], 0, 9), page(HISTORY[:3], 3, 9)])), pytest.raises(UnusableReply) as stuck:
        walk()
    assert "does not move on" in stuck.value.detail


def test_a_page_that_comes_again_after_an_empty_one_is_reported() -> None:
    answers = [page(HISTORY[:3], 0, 12), page([], 3, 12), page(HISTORY[:3], 6, 12)]
    with playing(FakeApi(answers)), pytest.raises(UnusableReply):
        walk()


def test_a_server_that_ignores_the_archive_filter_doubles_nothing() -> None:
    everything = sorted((*HISTORY, *ARCHIVE), key=lambda row: str(row["created"]), reverse=True)
    answers = [
        replace(answer, query={"offset": answer.query["offset"]})
        for answer in history_answers(everything, 3, archived=False)
    ]
    with playing(FakeApi(answers)):
        keys = keys_of(walk())
    assert sorted(keys) == sorted(str(row["id"]) for row in everything)


def test_rows_that_cannot_be_used_are_left_out() -> None:
    rows: list[Any] = [{**HISTORY[0], "id": None}, "not a row", HISTORY[1]]
    with playing(FakeApi([page(rows, 0, 3)])):
        assert keys_of([client().calls(QUERY)]) == [HISTORY[1]["id"]]


def test_rows_that_come_in_another_order_are_sorted() -> None:
    with playing(FakeApi([page(HISTORY[2::-1], 0, 3)])):
        assert keys_of([client().calls(QUERY)]) == [str(row["id"]) for row in HISTORY[:3]]


def test_a_neo_account_without_calls_is_an_empty_page_and_no_error() -> None:
    with playing(FakeApi([page([], 0, 0), NO_ARCHIVE])):
        assert keys_of(walk(replace(QUERY, kinds=frozenset({Kind.CALL})))) == []


def test_a_cursor_holds_the_place_and_nothing_else() -> None:
    with company():
        cursor = client().calls(QUERY).next_cursor
    assert cursor
    position = Position.read(cursor)
    assert (position.offset, position.archived) == (3, False)
    assert Position.read(position.cursor) == position


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", "e30", "W10", "eyJvZmZzZXQiOjB9", "é", "MQ"])
def test_something_else_than_a_cursor_is_refused(cursor: str) -> None:
    with company() as api, pytest.raises(RequestRefused):
        client().calls(QUERY, cursor)
    assert not api.requests
