"""What a person typed becomes the number she meant, or a refusal that says what to do."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.countries import country_name
from telephony.core.dialling import NumberClass, NumberRefused, read_number
from telephony.core.number_words import Cost, Refusal, refusal_sentence
from telephony.core.regions import region_of_time_zone


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("+49 30 23125-001", "DE", "+493023125001"),
        ("+49 (0)30 23125-001", "DE", "+493023125001"),
        ("+49 (0) 30 / 23125 001", "US", "+493023125001"),
        ("0049 30 23125001", "DE", "+493023125001"),
        ("011 49 30 23125001", "US", "+493023125001"),
        ("030/23125001", "DE", "+493023125001"),
        ("(030) 23125–001", "DE", "+493023125001"),
        ("030.23125.001", "DE", "+493023125001"),
        ("tel:+493023125001", "US", "+493023125001"),
        ("callto://+493023125001", "US", "+493023125001"),
        ("\u202a+49 30 23125001\u202c", "US", "+493023125001"),
        ("\u00a0030\u00a023125001\u200b", "DE", "+493023125001"),
        ("+493023125001", "DE", "+493023125001"),
        ("4930 23125001", "DE", "+493023125001"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("212.555.0123", "CA", "+12125550123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("06 12345678", "NL", "+31612345678"),
        ("+39 06 1234 5678", "DE", "+390612345678"),
        ("0664 1234567", "AT", "+436641234567"),
    ],
)
def test_every_usual_spelling_is_understood(typed: str, region: str, e164: str) -> None:
    number = read_number(typed, region)

    assert (number.e164, number.number_class, number.remark) == (e164, NumberClass.FINE, "")


@pytest.mark.parametrize(
    ("typed", "region", "reason"),
    [
        ("", "DE", Refusal.EMPTY),
        (" - ", "DE", Refusal.EMPTY),
        ("anonymous", "DE", Refusal.WITHHELD),
        ("1-800-FLOWERS", "US", Refusal.LETTERS),
        ("030 23125001 ext. 5", "DE", Refusal.LETTERS),
        ("sip:someone@example.org", "DE", Refusal.ADDRESS),
        ("someone@example.org", "DE", Refusal.ADDRESS),
        ("*21*0302312500#", "DE", Refusal.SERVICE_CODE),
        ("#31#03023125001", "DE", Refusal.SERVICE_CODE),
        ("030 23125001; 030 23125002", "DE", Refusal.NOT_A_NUMBER),
        ("++493023125001", "DE", Refusal.NOT_A_NUMBER),
        ("=1+1", "DE", Refusal.NOT_A_NUMBER),
        ("+", "DE", Refusal.NOT_A_NUMBER),
        ("23125001", "DE", Refusal.NO_AREA_CODE),
        ("555-0123", "US", Refusal.NO_AREA_CODE),
        ("+999 1234567", "DE", Refusal.UNKNOWN_COUNTRY),
        ("7", "DE", Refusal.TOO_SHORT),
        ("+1 55555", "US", Refusal.TOO_SHORT),
        ("+1 555 555 01234567", "US", Refusal.TOO_LONG),
        ("+49" + "1" * 60, "DE", Refusal.TOO_LONG),
        ("1" * 5000, "DE", Refusal.TOO_LONG),
    ],
)
def test_what_cannot_be_dialled_is_refused_with_its_reason(typed: str, region: str, reason: Refusal) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_number(typed, region)

    assert refused.value.reason is reason
    assert "%(" not in refused.value.sentence


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("110", "DE"),
        ("112", "DE"),
        ("1 1 2", "DE"),
        ("1-1-2", "DE"),
        ("+112", "DE"),
        ("+49 112", "DE"),
        ("0049110", "US"),
        ("0112", "DE"),
        ("0 110", "DE"),
        ("112112", "DE"),
        ("911", "DE"),
        ("911", "US"),
        ("112", "US"),
        ("9-911", "US"),
        ("+1 911", "DE"),
        ("999", "GB"),
        ("9999", "GB"),
        ("112", "GB"),
        ("133", "AT"),
        ("144", "CH"),
        ("17", "FR"),
        ("000", "AU"),
        ("tel:112", "DE"),
        ("１１２", "DE"),
    ],
)
def test_no_spelling_of_an_emergency_number_is_dialled(typed: str, region: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_number(typed, region)

    assert refused.value.reason is Refusal.EMERGENCY
    assert "Use a telephone" in refused.value.sentence


def test_the_emergency_numbers_of_the_account_count_as_well() -> None:
    assert read_number("999", "DE").number == "999"
    with pytest.raises(NumberRefused):
        read_number("999", "DE", "GB")


@pytest.mark.parametrize(
    ("typed", "region", "cost"),
    [
        ("0900 3 123456", "DE", Cost.PREMIUM),
        ("0900 12", "DE", Cost.PREMIUM),
        ("0137 777 1234", "DE", Cost.PREMIUM),
        ("+49 900 5 123456", "US", Cost.PREMIUM),
        ("0180 5 123456", "DE", Cost.SHARED),
        ("11833", "DE", Cost.PREMIUM),
        ("118 118", "GB", Cost.PREMIUM),
        ("1-900-555-0123", "US", Cost.PREMIUM),
        ("0909 879 0000", "GB", Cost.PREMIUM),
        ("0700 12345678", "DE", Cost.PERSONAL),
        ("+881 6 12345678", "DE", Cost.SATELLITE),
        ("+883 5100 123456", "DE", Cost.SATELLITE),
        ("+979 123 456 789", "DE", Cost.PREMIUM),
    ],
)
def test_what_costs_more_needs_a_confirmation_that_says_why(typed: str, region: str, cost: Cost) -> None:
    number = read_number(typed, region)

    assert number.needs_confirmation
    assert number.cost is cost
    assert "cost" in number.remark


@pytest.mark.parametrize(
    ("typed", "region"),
    [("115", "DE"), ("116117", "DE"), ("116 006", "DE"), ("101", "US"), ("12", "DE"), ("411", "US")],
)
def test_short_numbers_are_dialled_as_they_stand(typed: str, region: str) -> None:
    number = read_number(typed, region)

    assert number.number == typed.replace(" ", "")
    assert (number.e164, number.number_class, number.needs_confirmation) == (None, NumberClass.SHORT, False)
    assert number.remark


@pytest.mark.parametrize("typed", ["0800 1110111", "+1 800 555 0123", "03221 1234567", "+1 876 555 0123"])
def test_free_and_foreign_numbers_are_fine(typed: str) -> None:
    assert read_number(typed, "DE").number_class is NumberClass.FINE


@given(st.text(max_size=200), st.sampled_from(["DE", "US", "GB", "XX", ""]))
def test_any_text_gives_a_number_or_a_sentence(typed: str, region: str) -> None:
    try:
        answer = read_number(typed, region).number.removeprefix("+")
    except NumberRefused as refused:
        answer = refused.sentence

    assert answer
    assert answer.isdecimal() <= answer.isascii()


@given(st.sampled_from(["112", "110"]), st.sampled_from(["", " ", "-", ".", "/", "\u00a0", "\u200b"]))
def test_no_separator_hides_an_emergency_number(number: str, separator: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_number(separator.join(number), "DE")
    assert refused.value.reason is Refusal.EMERGENCY


def test_every_refusal_has_a_sentence() -> None:
    assert all(refusal_sentence(reason, "1") for reason in Refusal)
    with translation.override("de"):
        assert all(refusal_sentence(reason, "1") for reason in Refusal)


@pytest.mark.parametrize(
    ("zone", "region"),
    [("Europe/Berlin", "DE"), ("America/New_York", "US"), ("Europe/London", "GB"), ("UTC", None), ("", None)],
)
def test_a_time_zone_tells_the_country(zone: str, region: str | None) -> None:
    assert region_of_time_zone(zone) == region


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("0900 123456", "US"),
        ("+10000000000", "US"),
        ("+1 134 555 0123", "DE"),
        ("212 155 0123", "US"),
        ("+33 0 12 34 56 78", "FR"),
        ("+886 000000000", "DE"),
        ("+49 0000000", "DE"),
    ],
)
def test_what_no_number_of_the_country_begins_with_is_refused(typed: str, region: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_number(typed, region)
    assert refused.value.reason is Refusal.NO_SUCH_BEGINNING
    assert ("read as a national number" in refused.value.sentence) == (not typed.startswith("+"))


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("+1 (555) 555-0123", "DE", "+15555550123"),
        ("01555 12345678", "DE", "+49155512345678"),
        ("0511 1234567", "GB", "+445111234567"),
        ("+43 1 000", "DE", "+431000"),
        ("+39 0000000", "DE", "+390000000"),
    ],
)
def test_a_number_that_nobody_is_known_to_have_needs_a_confirmation_that_says_why(
    typed: str, region: str, e164: str
) -> None:
    number = read_number(typed, region)
    assert (number.e164, number.number_class, number.cost) == (e164, NumberClass.UNASSIGNED, None)
    assert number.needs_confirmation
    assert "no range" in number.remark


@pytest.mark.parametrize(("typed", "region"), [("23125001", "DE"), ("0211 5800", "US"), ("1" * 30, "GB")])
def test_a_refusal_of_a_national_number_names_its_country(typed: str, region: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_number(typed, region)
    assert f"({country_name(region)})" in refused.value.sentence
