"""Reading the call logs: what GoTo is asked for, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.core.errors import RequestRefused
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import CallQuery, Kind, LogScope
from telephony.providers.goto.tests import company
from telephony.providers.goto.tests.company import ANSWERS, OWN, client, envelope, payload, rows

WHOLE_COMPANY = replace(OWN, scope=LogScope.COMPANY)


def walked(query: CallQuery, answers: Sequence[Answer]) -> tuple[list[str], FakeApi]:
    """The keys of all calls of a log, and what was asked."""
    keys: list[str] = []
    with playing(api := FakeApi(answers)):
        page = client().calls(query)
        keys += [call.key for call in page.items]
        while page.next_cursor:
            page = client().calls(query, page.next_cursor)
            keys += [call.key for call in page.items]
    return keys, api


def test_ones_own_calls_are_asked_for_by_account_and_time() -> None:
    keys, api = walked(OWN, ANSWERS)
    assert len(keys) == 6
    assert [sorted(query) for query in api.queries] == [
        ["accountKey", "endTime", "pageSize", "startTime"],
        ["accountKey", "endTime", "pageMarker", "pageSize", "startTime"],
    ]
    assert {query["startTime"][0] for query in api.queries} == {"2026-10-01T00:00:00.000Z"}
    assert {query["endTime"][0] for query in api.queries} == {"2026-11-20T00:00:00.000Z"}


def test_the_companys_calls_are_asked_for_in_windows_that_goto_takes() -> None:
    keys, api = walked(WHOLE_COMPANY, ANSWERS)
    assert len(keys) == 6
    windows = [(query["startTime"][0], query["endTime"][0]) for query in api.queries]
    assert windows == [
        ("2026-10-21T00:00:00.000Z", "2026-11-20T00:00:00.000Z"),
        ("2026-10-21T00:00:00.000Z", "2026-11-20T00:00:00.000Z"),
        ("2026-10-01T00:00:00.000Z", "2026-10-21T00:00:00.000Z"),
    ]


def test_empty_pages_and_empty_windows_are_walked_over() -> None:
    newest = {"endTime": "2026-11-20T00:00:00.000Z"}
    answers = [
        Answer(company.REPORTS, {"items": [], "nextPageMarker": "on"}, query=newest, without=company.FIRST_PAGE),
        Answer(company.REPORTS, {"items": [], "nextPageMarker": "further"}, query={"pageMarker": "on"}),
        Answer(company.REPORTS, {"items": []}, query={"pageMarker": "further"}),
        Answer(company.REPORTS, payload("reports_older")),
    ]
    keys, api = walked(WHOLE_COMPANY, answers)
    assert keys == ["space:99999999-0000-4000-8000-000000000006"]
    assert len(api.requests) == 4


def test_a_page_out_of_order_is_put_in_order() -> None:
    backwards = {"items": list(reversed(rows("history_1", "history_2")))}
    with playing(FakeApi([Answer(company.HISTORY, backwards)])):
        starts = [call.started_at for call in client().calls(OWN).items]
    assert starts == sorted(starts, reverse=True)


def test_rows_that_are_no_calls_are_left_out() -> None:
    page = {"items": [rows("history_1")[0], {"legId": "x"}, {}, 7, None]}
    with playing(FakeApi([Answer(company.HISTORY, page)])):
        assert len(client().calls(OWN).items) == 1


@pytest.mark.parametrize("query", [replace(OWN, kinds=frozenset({Kind.FAX, Kind.SMS})), replace(OWN, until=OWN.since)])
def test_a_question_with_no_possible_answer_costs_nothing(query: CallQuery) -> None:
    with playing(api := FakeApi(ANSWERS)):
        assert client().calls(query).items == ()
    assert not api.requests


@pytest.mark.parametrize("cursor", ["", "not-a-cursor", "e30"])
def test_a_cursor_that_is_not_ours_is_refused_without_asking(cursor: str) -> None:
    with playing(api := FakeApi(ANSWERS)), pytest.raises(RequestRefused):
        client().calls(OWN, cursor)
    assert not api.requests


def test_a_cursor_of_one_log_is_no_use_in_the_other() -> None:
    with playing(FakeApi(ANSWERS)):
        cursor = client().calls(OWN).next_cursor
        with pytest.raises(RequestRefused):
            client().calls(WHOLE_COMPANY, cursor)


def test_the_window_of_a_walk_stays_fixed_although_the_clock_moves_on() -> None:
    with playing(api := FakeApi(ANSWERS)):
        cursor = client().calls(OWN).next_cursor
        client().calls(replace(OWN, until=OWN.until + timedelta(minutes=5)), cursor)
    assert len({query["endTime"][0] for query in api.queries}) == 1


def test_too_wide_a_window_is_explained_in_gotos_words() -> None:
    body = envelope("BAD_REQUEST", "The request is invalid") | {
        "constraintViolations": [{"constraint": "InvalidRange", "field": "maximum supported range is 31 days"}]
    }
    with playing(FakeApi([Answer(company.REPORTS, body, 400)])), pytest.raises(RequestRefused) as caught:
        client().calls(WHOLE_COMPANY)
    assert caught.value.detail == "BAD_REQUEST: The request is invalid: InvalidRange maximum supported range is 31 days"
    assert caught.value.request_id == "ref-0001"
