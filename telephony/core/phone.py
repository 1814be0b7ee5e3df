"""Phone numbers: recognising them, never rejecting one. Withheld, short and SIP names are kept as they came."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_WITHHELD = frozenset({"anonymous", "restricted", "unknown", "unavailable", "private", "withheld", "blocked"})
_NOT_DIGITS = re.compile(r"\D+")
_LETTERS = re.compile(r"[^\W\d_]")
SHORTEST_OUTSIDE_NUMBER = 7  # digits; anything shorter is an extension or a short code


def is_withheld(number: str) -> bool:
    """Whether a provider's value stands for *the caller hid the number*."""
    return number.strip().lower() in _WITHHELD


@lru_cache(maxsize=8192)
def to_e164(number: str, region: str | None = None) -> str | None:
    """E.164 form of a number, or None where it is not one (extension, short code, SIP name, withheld).

    `region` is an ISO country code for numbers in national form. Numbers that are only possible, not assigned, are accepted.
    Letters are refused: phonenumbers would dial them, and a masked ``+1855201XXXX`` would become ``+18552019999``.
    """
    text = number.strip()
    if not text or len(text) > 40 or "@" in text or _LETTERS.search(text):
        return None
    if not text.startswith("+") and (region is None or len(digits(text)) < SHORTEST_OUTSIDE_NUMBER):
        return None
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=1024)
def region_of(e164: str) -> str | None:
    """ISO country code of an E.164 number, for reading national numbers beside it; None where it has none.

    Countries that share a calling code give the main one (US for +1): national numbers are read alike in all of them.
    """
    try:
        country_code = phonenumbers.parse(e164).country_code
    except phonenumbers.NumberParseException:
        return None
    region = str(phonenumbers.region_code_for_country_code(country_code or 0))
    return region if region not in ("ZZ", "001") else None


def national_digits(e164: str) -> str:
    """The digits of an E.164 number as they are dialled inside its country, with the trunk zero where there is one."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return digits(e164)
    return digits(str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)))


def digits(number: str) -> str:
    """Only the digits of a text, for searching and comparing."""
    return _NOT_DIGITS.sub("", number)


@lru_cache(maxsize=8192)
def for_display(number: str) -> str:
    """An E.164 number in international form with spaces; anything else unchanged."""
    if not number.startswith("+"):
        return number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
