"""Free text of the search box: parts of numbers, however they were written, and parts of names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from telephony.core.phone import digits

MOST_TERMS = 8
LONGEST_TERM = 40
TRIGRAM = 3  # characters; both databases index runs of three

# A number as people write it: digits, with spaces and the usual signs between them. A trunk zero in brackets is not dialled from abroad.
_NUMBER = re.compile(r"(?<!\w)[+(]*\d[\d\s()/.\-]*(?!\w)")
_TRUNK_ZERO = re.compile(r"\(0\)")


@dataclass(frozen=True, slots=True)
class Term:
    """One piece that must be somewhere in a call's numbers or names, in lower case."""

    text: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """The term as databases may keep it, which fold the case of ASCII letters only: müller, mÜller; äpfel, Äpfel."""
        if self.text.isascii():
            return (self.text,)
        upper = "".join(letter if letter.isascii() else _upper(letter) for letter in self.text)
        first = (self.text[0] if self.text[0].isascii() else _upper(self.text[0])) + self.text[1:]
        return tuple(dict.fromkeys((self.text, upper, first)))

    @property
    def trigrams(self) -> tuple[str, ...]:
        """All runs of three characters; () where the term is too short for an index."""
        return tuple(dict.fromkeys(self.text[at : at + TRIGRAM] for at in range(len(self.text) - TRIGRAM + 1)))


@lru_cache(maxsize=256)
def terms(text: str) -> tuple[Term, ...]:
    """The terms of a search: numbers without the zeros that stand for a country or trunk prefix, and words.

    0211 58 00, 0049 211 5800 and +49 (0)211-5800 all find +492115800.
    """
    text = _TRUNK_ZERO.sub("", text.replace("\x00", ""))
    found: list[str] = []
    position = 0
    for number in _NUMBER.finditer(text):
        found += text[position : number.start()].split()
        found.append(digits(number[0]).lstrip("0") or digits(number[0]))
        position = number.end()
    found += text[position:].split()
    kept = dict.fromkeys(term.lower()[:LONGEST_TERM] for term in found if term)
    return tuple(Term(term) for term in list(kept)[:MOST_TERMS])


def found_in(wanted: tuple[Term, ...], *fields: str) -> bool:
    """Whether every term is a part of one of the fields; the same rule as the database's."""
    whole = " ".join(fields).lower()
    return all(term.text in whole for term in wanted)


def _upper(letter: str) -> str:
    """The capital of a letter, unless that would be two letters (ß)."""
    capital = letter.upper()
    return capital if len(capital) == 1 else letter
