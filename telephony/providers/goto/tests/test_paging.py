"""Walking pages: no circle goes unnoticed, no long walk is taken for one, and a cursor is believed only as far as it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.errors import UnusableReply
from telephony.core.http import Reply
from telephony.core.testing.mapping_contract import BRIEF
from telephony.core.types import CallQuery, LogScope
from telephony.providers.goto.paging import LONGEST_REPORT, CallWalk, Progress, timestamp

REPLY = Reply("GoTo Connect", "reading", 200, {}, b"{}", 0.0)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def walk(scope: LogScope, days: float = 100) -> CallWalk:
    """A walk back from noon."""
    return CallWalk.of(CallQuery(NOON - timedelta(days=days), NOON, scope))


@given(before=st.integers(0, 40), circle=st.integers(1, 40))
@BRIEF
def test_every_circle_of_markers_is_noticed_soon(before: int, circle: int) -> None:
    with pytest.raises(UnusableReply, match="comes back"):
        _go_round(before, circle)


def _go_round(before: int, circle: int) -> None:
    progress = Progress()
    for step in range(4 * (before + circle) + 4):
        place = step if step < before else before + (step - before) % circle
        progress = progress.onward(REPLY, [{"id": step}], f"marker {place}")


def test_a_long_walk_is_not_a_circle() -> None:
    progress = Progress()
    for step in range(2_000):
        progress = progress.onward(REPLY, [{"id": step}], f"marker {step}")
    assert progress.steps == 2_000


def test_the_same_page_under_a_new_marker_is_noticed_even_after_an_empty_one() -> None:
    progress = Progress().onward(REPLY, [{"id": 1}], "a").onward(REPLY, [], "b")
    with pytest.raises(UnusableReply, match="same page"):
        progress.onward(REPLY, [{"id": 1}], "c")


def test_empty_pages_may_follow_each_other() -> None:
    progress = Progress()
    for marker in "abcdef":
        progress = progress.onward(REPLY, [], marker)
    assert progress.steps == 6


def test_the_companys_log_is_cut_into_windows_that_leave_no_gap() -> None:
    windows = []
    place: CallWalk | None = walk(LogScope.COMPANY)
    while place:
        windows.append((place.start, place.end))
        place = place.after(REPLY, [])
    assert windows[0][1] == NOON
    assert windows[-1][0] == NOON - timedelta(days=100)
    assert [start for start, _ in windows[:-1]] == [end for _, end in windows[1:]]
    assert all(end - start <= LONGEST_REPORT < timedelta(days=31) for start, end in windows)
    assert len(windows) == 4


def test_ones_own_log_is_one_window() -> None:
    place = walk(LogScope.OWN)
    assert place.start == NOON - timedelta(days=100)
    assert place.after(REPLY, []) is None


def test_bounds_are_widened_to_milliseconds_and_sent_in_utc() -> None:
    berlin = datetime.fromisoformat("2026-11-20T13:00:00.000400+01:00")
    place = CallWalk.of(CallQuery(berlin, berlin + timedelta(hours=1), LogScope.OWN))
    assert place.parameters("1", 50) == [
        ("accountKey", "1"),
        ("startTime", "2026-11-20T12:00:00.000Z"),
        ("endTime", "2026-11-20T13:00:00.001Z"),
        ("pageSize", "50"),
    ]


@pytest.mark.parametrize(("scope", "largest"), [(LogScope.OWN, "200"), (LogScope.COMPANY, "1000")])
def test_no_page_is_asked_for_that_is_larger_than_has_been_seen_to_work(scope: LogScope, largest: str) -> None:
    assert dict(walk(scope).parameters("1", 100_000))["pageSize"] == largest
    assert dict(walk(scope).parameters("1", 0))["pageSize"] == "1"


@given(
    scope=st.sampled_from(LogScope),
    hours=st.integers(-500_000, 500_000),
    marker=st.text(max_size=300),
    steps=st.integers(0, 10**6),
)
@BRIEF
def test_a_cursor_brings_one_back_to_the_same_place(scope: LogScope, hours: int, marker: str, steps: int) -> None:
    since = NOON + timedelta(hours=hours)
    place = CallWalk(scope, since, since + timedelta(days=3), marker, Progress(steps, "a" * 16, "b" * 16))
    assert CallWalk.decode(place.encode()) == place


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!",
        "bm90IGpzb24",
        "e30",
        "W10",
        "WzEsMiwzLDQsNSw2LDdd",
        "W1tdLDIsMyw0LDUsNiw3XQ",
        "ümlaut",
        "A" * 5000,
    ],
)
def test_a_cursor_that_we_did_not_write_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (whatever its words)
        CallWalk.decode(cursor)


@given(junk=st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: raw.hex()))
@BRIEF
def test_junk_is_never_a_cursor(junk: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (whatever its words)
        CallWalk.decode(junk)


def test_times_are_written_as_goto_takes_them() -> None:
    assert timestamp(datetime.fromisoformat("2026-11-20T01:02:03.456789+02:00")) == "2026-11-19T23:02:03.456Z"
