"""Phone numbers: recognised where they are one, kept where they are not, and never rejected."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.phone import digits, for_display, is_withheld, region_of, to_e164

E164 = re.compile(r"\+[1-9]\d{3,14}")


@pytest.mark.parametrize(
    ("number", "region", "e164"),
    [
        ("+49 30 23125-001", None, "+493023125001"),
        ("+4915228817044", None, "+4915228817044"),
        ("+1 (555) 555-0123", None, "+15555550123"),
        ("030 23125001", "DE", "+493023125001"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+44 20 7946 0123", "DE", "+442079460123"),
        ("  +493023125001 ", None, "+493023125001"),
    ],
)
def test_numbers_become_e164(number: str, region: str | None, e164: str) -> None:
    assert to_e164(number, region) == e164


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("", "DE"),
        (" ", "DE"),
        ("anonymous", "DE"),
        ("100", "DE"),
        ("007", "US"),
        ("112", "DE"),
        ("123456", "DE"),
        ("030 23125001", None),
        ("sip:someone@example.org", "DE"),
        ("someone@example.org", "DE"),
        ("+", None),
        ("+49", None),
        ("+999999999999999999999", None),
        ("+49" + "1" * 60, None),
        ("+155555", None),
        ("+493023125001" + "-" * 60, None),
        ("=HYPERLINK(1)", "DE"),
        ("p0", "DE"),
        ("2125550123", "XX"),
    ],
)
def test_what_is_no_number_is_none(number: str, region: str | None) -> None:
    assert to_e164(number, region) is None


@given(st.text(max_size=60), st.sampled_from([None, "DE", "US", "GB", "", "ZZ"]))
def test_no_text_breaks_it(number: str, region: str | None) -> None:
    e164 = to_e164(number, region)
    assert e164 is None or E164.fullmatch(e164)
    assert isinstance(for_display(number), str)
    assert digits(number).isdigit() or digits(number) == ""


@given(st.integers(30_000_000, 30_999_999).map(lambda number: f"+49{number}"))
def test_an_e164_number_is_its_own_form(number: str) -> None:
    once = to_e164(number)
    assert once is None or to_e164(once) == once


@pytest.mark.parametrize("number", ["anonymous", "Anonymous", " RESTRICTED ", "unavailable", "private"])
def test_withheld_numbers_are_recognised(number: str) -> None:
    assert is_withheld(number)


@pytest.mark.parametrize("number", ["", "+493023125001", "Ann Onymous", "100"])
def test_others_are_not_withheld(number: str) -> None:
    assert not is_withheld(number)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+493023125001", "+49 30 23125001"), ("100", "100"), ("anonymous", "anonymous"), ("+", "+"), ("+x", "+x")],
)
def test_numbers_are_shown_with_spaces(number: str, shown: str) -> None:
    assert for_display(number) == shown


@pytest.mark.parametrize(
    ("e164", "region"),
    [("+493023125001", "DE"), ("+442079460123", "GB"), ("+15555550123", "US"), ("+80012345678", None), ("100", None)],
)
def test_the_country_of_a_number(e164: str, region: str | None) -> None:
    assert region_of(e164) == region


def test_digits_are_what_is_searched() -> None:
    assert digits("+49 (30) 23-125 x7") == "4930231257"
