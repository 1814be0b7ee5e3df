"""What goes into a CSV cell never runs in a spreadsheet, and what is harmless comes out as it went in."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.spreadsheet import all_defused, all_defused_numbers, defused, defused_number, printable

DANGEROUS = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
NASTY = st.text(alphabet=st.sampled_from([*DANGEROUS, *"a1;,|\"' "]), max_size=12) | st.text(max_size=20)


@given(NASTY)
def test_no_text_begins_with_what_starts_a_formula(text: str) -> None:
    assert not defused(text) or defused(text)[0] not in DANGEROUS


@given(NASTY, st.sampled_from(";,|\t"))
def test_nor_does_any_piece_where_a_spreadsheet_splits_at_another_separator(text: str, separator: str) -> None:
    for piece in defused(text).split(separator):
        assert piece.lstrip(' "')[:1] not in tuple("=+-@") or not piece.lstrip(' "')


@given(st.text(alphabet=st.characters(exclude_characters=DANGEROUS, exclude_categories=["Cs"])))
def test_any_other_text_comes_through_unchanged(text: str) -> None:
    target = StringIO()
    csv.writer(target).writerow([defused(text), "end"])
    assert next(csv.reader(StringIO(target.getvalue(), newline="")))[0] == text


@given(st.lists(NASTY, max_size=6))
def test_many_texts_at_once_come_out_as_one_by_one(texts: list[str]) -> None:
    assert list(all_defused(texts)) == [defused(text) for text in texts]


@given(st.lists(st.text(alphabet="+12*# =-", max_size=5) | st.just("1" * 33), max_size=5))
def test_the_same_holds_for_numbers(texts: list[str]) -> None:
    assert list(all_defused_numbers(texts)) == [defused_number(text) for text in texts]


@pytest.mark.parametrize("number", ["+492115800", "0211", "*100#", "100"])
def test_a_telephone_number_keeps_its_plus(number: str) -> None:
    assert defused_number(number) == number


@pytest.mark.parametrize("number", ["+49 211", "=1+1", "-1", "@sip", "+1+cmd|' /C calc'!A0"])
def test_what_only_begins_like_a_number_is_defused(number: str) -> None:
    assert defused_number(number).startswith("'")


def test_what_a_workbook_cannot_hold_is_left_out() -> None:
    assert printable("a\x00b\x0bc\ud800d\ufffe\te\n") == "abcd\te\n"
