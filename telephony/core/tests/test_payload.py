"""Reading vendor JSON: every accessor gives the promised type, whatever it is handed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given

from telephony.core.errors import UnusableReply
from telephony.core.http import Reply
from telephony.core.payload import (
    boolean,
    duration,
    integer,
    lookup,
    mapping,
    mappings,
    moment,
    rows,
    text,
    texts,
)
from telephony.core.testing.mutations import ODD_VALUES, anything

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Colour(StrEnum):
    """An enumeration."""

    RED = "red"
    UNKNOWN = "unknown"


def reply(body: object) -> Reply:
    """An answer."""
    return Reply("Acme", "reading", 200, {}, json.dumps(body).encode(), 0.1)


@given(anything)
@example(10**5000)
@example("1" * 5000)
@example(float("nan"))
@example("\ud800")
def test_no_value_breaks_an_accessor(value: Any) -> None:
    found = text(value)
    found.encode("utf-8")
    assert len(found) <= 2000
    assert found == found.strip()
    assert all(character.isprintable() or character > "\x7f" for character in found)
    assert integer(value) is None or type(integer(value)) is int
    seconds = duration(value)
    assert seconds is None or 0 <= seconds < 315_360_000
    assert boolean(value) in (None, True, False)
    assert isinstance(mapping(value), dict)
    assert all(isinstance(item, dict) for item in mappings(value))
    assert all(isinstance(item, str) and item for item in texts(value))
    found_moment = moment(value)
    assert found_moment is None or found_moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  a b ", "a b"),
        ("a\x00b\x1b[31m\n", "ab[31m"),
        (7, "7"),
        (True, ""),
        (None, ""),
        (["a"], ""),
        ({}, ""),
        ("Jürgen 😀", "Jürgen 😀"),
        ("x" * 3000, "x" * 2000),
    ],
)
def test_texts(value: object, expected: str) -> None:
    assert text(value) == expected


def test_a_text_may_be_limited() -> None:
    assert text("abcdef", limit=3) == "abc"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), ("3", 3), ("-3", -3), (3.9, 3), (True, None), ("3.9", None), ("", None), (None, None)],
)
def test_integers(value: object, expected: int | None) -> None:
    assert integer(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 0), ("60", 60), (-1, None), (315_360_000, None), ("1h", None)])
def test_durations(value: object, expected: int | None) -> None:
    assert duration(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), ("true", None), (1, None), (0, None)])
def test_booleans(value: object, expected: bool | None) -> None:
    assert boolean(value) is expected


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-02T12:00:00Z",
        "2026-11-02T12:00:00.000Z",
        "2026-11-02T13:00:00+01:00",
        "2026-11-02 12:00:00 +00:00",
        "2026-11-02 12:00:00",
        "2026-11-02T12:00:00",
        "20261102T120000Z",
        " 2026-11-02T12:00:00Z ",
    ],
)
def test_moments_in_many_forms(value: str) -> None:
    found = moment(value)
    assert found == NOON
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "2026-02-30T00:00:00Z",
        "12:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        None,
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59",
    ],
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert moment(value) is None


def test_a_moment_without_a_zone_is_in_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert moment("2026-11-02 12:00:00") == NOON
    finally:
        monkeypatch.undo()
        time.tzset()


def test_odd_items_of_a_list_are_skipped() -> None:
    assert list(mappings([{"a": 1}, None, "x", {"b": 2}])) == [{"a": 1}, {"b": 2}]
    assert texts(["a", "", None, 7, []]) == ("a", "7")
    assert list(mappings({"a": 1})) == []


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": "x"}, [], "x", None])
def test_rows_that_are_not_a_list_are_no_answer(body: object) -> None:
    with pytest.raises(UnusableReply):
        rows(reply(body), "items")


def test_rows_are_objects() -> None:
    assert rows(reply({"items": [{"a": 1}, None, 3]}), "items") == [{"a": 1}]
    assert rows(reply({"items": []}), "items") == []


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_a_value_that_nobody_knows_is_named(value: object) -> None:
    unknowns: list[str] = []
    assert lookup({"RED": Colour.RED}, value, Colour.UNKNOWN, "colour", unknowns) is Colour.UNKNOWN
    assert len(unknowns) == (1 if text(value) else 0)
    assert all(unknown.startswith("colour=") and len(unknown) <= 87 for unknown in unknowns)


def test_a_value_that_is_known_is_not_named() -> None:
    unknowns: list[str] = []
    assert lookup({"RED": Colour.RED}, "RED", Colour.UNKNOWN, "colour", unknowns) is Colour.RED
    assert unknowns == []
