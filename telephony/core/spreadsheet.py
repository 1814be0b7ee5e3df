"""Making text harmless for spreadsheets: anybody can ring in under a name that a spreadsheet would run as a formula.

The rule follows OWASP's page on CSV injection (ASVS 5.0, 1.2.10): an apostrophe before whatever a cell may begin a formula with. A cell can
also begin inside the text, where a spreadsheet splits at another separator than ours, as a German Excel does at semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_STARTS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # the full-width forms count too: some input methods make them
BETWEEN_CELLS = "\x1f"
_FORMULA = re.compile(
    rf"(?:^|(?<=[;,|\t\r\n{BETWEEN_CELLS}]))(?=[ \"]*[{_STARTS}])|(?:^|(?<={BETWEEN_CELLS}))(?=[\t\r\n\0])"
)
# Cheap looks at thousands of cells at once, which may be wrong in one way only: they suspect what is harmless.
_SUSPECTS = (re.compile(r"[\t\r\n\0]"), re.compile(rf"[{_STARTS}](?<=[;,| \"{BETWEEN_CELLS}][{_STARTS}])"))
_NOT_ALL_NUMBERS = re.compile(
    rf"[^0-9*#+{BETWEEN_CELLS}]|\+(?<=[^{BETWEEN_CELLS}]\+)|\+(?={BETWEEN_CELLS})|[^{BETWEEN_CELLS}]{{33}}"
)
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
    return [defused(text) for text in texts] if any(one.search(joined) for one in _SUSPECTS) else texts


def all_defused_numbers(texts: Sequence[str]) -> Sequence[str]:
    """`defused_number` for each, likewise."""
    joined = BETWEEN_CELLS.join(("", *texts, ""))
    return [defused_number(text) for text in texts] if _NOT_ALL_NUMBERS.search(joined) else texts


def printable(text: str) -> str:
    """The text without characters that XML, and so a workbook, cannot hold."""
    return _UNPRINTABLE.sub("", text)
