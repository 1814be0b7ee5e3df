"""Reading vendor JSON without trusting it: every accessor gives a value of the promised type or a stated default.

Mappings never raise for a wrong type inside a row: a missing or odd value becomes "" or None and is still in `raw`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from telephony.core.http import Reply

EnumT = TypeVar("EnumT", bound=StrEnum)
EARLIEST_YEAR, LATEST_YEAR = (
    1900,
    9000,
)  # of a time that can be shown in every zone and put into a spreadsheet; the latter excluded
_LONGEST_TEXT = 2000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

_UNPRINTABLE_IN_PROSE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def text(value: Any, *, limit: int = _LONGEST_TEXT) -> str:
    """A string without control characters and half surrogate pairs (no database takes them); numbers become text.

    Anything else gives "": a bool or a container is no text.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    try:
        return _UNPRINTABLE.sub("", str(value))[:limit].strip()
    except ValueError:  # a whole number of thousands of digits
        return ""


def prose(value: Any, *, limit: int = 10_000) -> str:
    """A text of several lines: as `text`, but with its line breaks and tabs."""
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")[:limit]
    return _UNPRINTABLE_IN_PROSE.sub("", lines).strip()


def integer(value: Any) -> int | None:
    """A whole number given as a number or a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def duration(value: Any) -> int | None:
    """Non-negative whole seconds, at most ten years; None for anything else."""
    seconds = integer(value)
    return seconds if seconds is not None and 0 <= seconds < 315_360_000 else None


def boolean(value: Any) -> bool | None:
    """True and False only; None for anything else."""
    return value if isinstance(value, bool) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object; {} for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a JSON array, skipping whatever is not one; nothing for anything but an array."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a JSON array, without empty ones."""
    return tuple(filter(None, (text(item) for item in value))) if isinstance(value, list) else ()


def moment(value: Any) -> datetime | None:
    """An aware UTC datetime from ISO 8601 with Z, an offset, a space instead of T, or none (then UTC); None for anything else.

    So is a time that nobody can mean: the first and last days of the calendar do not exist in every time zone.
    """
    raw = text(value, limit=64)
    if not raw:
        return None
    try:
        parsed = datetime.fromisoformat(raw.replace(" +", "+"))
    except ValueError:
        return None
    if not EARLIEST_YEAR <= parsed.year < LATEST_YEAR:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def rows(reply: Reply, key: str) -> list[Mapping[str, Any]]:
    """The rows under `key` of an answer. Raises UnusableReply where that is not a list of objects."""
    value = reply.json_object().get(key)
    if not isinstance(value, list):
        raise reply.unusable(f"“{key}” is not a list")
    return [row for row in value if isinstance(row, dict)]


def lookup(table: Mapping[str, EnumT], value: Any, unknown: EnumT, name: str, unknowns: list[str]) -> EnumT:
    """Our value for a vendor's; one that the table lacks gives `unknown` and is noted in `unknowns` as ``name=value``."""
    raw = text(value, limit=80)
    if raw in table:
        return table[raw]
    if raw:
        unknowns.append(f"{name}={raw}")
    return unknown
