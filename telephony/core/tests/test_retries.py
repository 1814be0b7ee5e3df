"""Retry-After in both forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.retries import MAX_RETRY_AFTER, ReadRetry, retry_after_seconds

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("7", 7), (" 30 ", 30), ("007", 7)])
def test_seconds(value: str, seconds: float) -> None:
    assert retry_after_seconds(value) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Mon, 02 Nov 2026 12:00:45 GMT", 45),
        ("Mon, 02 Nov 2026 13:00:45 +0100", 45),
        ("Mon, 02 Nov 2026 12:00:45", 45),
        ("Monday, 02-Nov-26 12:00:45 GMT", 45),
        ("Mon Nov  2 12:00:45 2026", 45),
        ("Mon, 02 Nov 2026 11:59:00 GMT", 0),
    ],
)
def test_a_date_is_the_time_until_then(value: str, seconds: float) -> None:
    assert retry_after_seconds(value, now=NOW) == seconds


@pytest.mark.parametrize(
    "value", [None, "", " ", "soon", "-5", "1.5", "1e3", "²", "٣", "Mon, 32 Nov 2026 12:00:00 GMT", "99:99", "Mon"]
)
def test_anything_else_is_not_told(value: str | None) -> None:
    assert retry_after_seconds(value, now=NOW) is None


@pytest.mark.parametrize("value", ["999999999", "9" * 400, "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_nobody_is_waited_for_longer_than_an_hour(value: str) -> None:
    assert retry_after_seconds(value, now=NOW) == MAX_RETRY_AFTER


@given(st.text())
def test_no_header_breaks_it(value: str) -> None:
    seconds = retry_after_seconds(value, now=NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER


@given(st.integers(0, 3000))
def test_both_forms_say_the_same(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_seconds(date, now=NOW) == retry_after_seconds(str(seconds)) == seconds


def test_pauses_between_tries_are_short_and_differ() -> None:
    retry = ReadRetry.default()
    for _ in range(2):
        retry = retry.increment("GET", "/", error=None, response=None)
    pauses = {retry.get_backoff_time() for _ in range(20)}
    assert all(0 < pause <= 2 for pause in pauses)
    assert len(pauses) > 1
