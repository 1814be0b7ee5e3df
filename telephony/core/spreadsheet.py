"""Making text harmless for spreadsheets: anybody can ring in under a name that a spreadsheet would run as a formula.

The rule follows OWASP's page on CSV injection (ASVS 5.0, 1.2.10): an apostrophe before whatever a cell may begin a formula with. A cell can
also begin inside the text, where a spreadsheet splits at another separator than ours, as a German Excel does at semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FORMULA_STARTS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # inside a set of a pattern; full-width forms count too: some input methods make them
BETWEEN_CELLS = "\x1f"
_FORMULA = re.compile(
    rf"(?:^|(?<=[;,|\t\r\n{BETWEEN_CELLS}]))(?=[ \"]*[{FORMULA_STARTS}])|(?:^|(?<={BETWEEN_CELLS}))(?=[\t\r\n\0])"
)
# Cheap looks at thousands of cells at once, which may be wrong in one way only: they suspect what is harmless.
_CONTROLS = ("\t", "\r", "\n", "\0")
_SIGNS = tuple(FORMULA_STARTS.replace("\\", ""))
_SUSPECT = re.compile(rf"[{FORMULA_STARTS}](?<=[;,| \"{BETWEEN_CELLS}][{FORMULA_STARTS}])")
_LONGEST_NUMBER = 32
_PHONE_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def defused(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet could see the start of a formula; any other text unchanged."""
    return _FORMULA.sub("'", text)


def defused_number(text: str) -> str:
    """A telephone number as it is, though it begins with a plus; anything else that came in its place, defused."""
    return text if _PHONE_NUMBER.fullmatch(text) else defused(text)


def all_defused(texts: Sequence[str]) -> Sequence[str]:
    """`defused` for each; nearly always nothing is to be done, which a look at all of them together tells faster."""
    joined = BETWEEN_CELLS.join(("", *texts))
    suspect = any(control in joined for control in _CONTROLS) or (
        any(sign in joined for sign in _SIGNS) and _SUSPECT.search(joined)
    )
    return [defused(text) for text in texts] if suspect else texts


def all_defused_numbers(texts: Sequence[str]) -> Sequence[str]:
    """`defused_number` for each, likewise."""
    joined = BETWEEN_CELLS.join(("", *texts, ""))
    plain = joined.replace(BETWEEN_CELLS + "+", "").replace(BETWEEN_CELLS, "")
    harmless = (
        (not plain or (plain.isascii() and plain.isdigit()))
        and "+" + BETWEEN_CELLS not in joined
        and max(map(len, texts), default=0) <= _LONGEST_NUMBER
    )
    return texts if harmless else [defused_number(text) for text in texts]


def printable(text: str) -> str:
    """The text without characters that XML, and so a workbook, cannot hold."""
    return _UNPRINTABLE.sub("", text)
