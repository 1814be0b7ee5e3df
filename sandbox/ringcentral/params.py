"""Reading query parameters as strictly as RingCentral does: repeated keys, closed vocabularies, ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from flask import request

from sandbox.ringcentral.enums import BOOLEAN
from sandbox.ringcentral.errors import invalid_parameter

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")


def choices(name: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Every value of a repeated parameter; a value outside the vocabulary (so also `a,b`) is refused."""
    values = tuple(request.args.getlist(name))
    if any(value not in allowed for value in values):
        raise invalid_parameter(name)
    return values


def choice(name: str, allowed: Sequence[str], default: str) -> str:
    """One value from a vocabulary."""
    value = request.args.get(name, default)
    if value not in allowed:
        raise invalid_parameter(name)
    return value


def flag(name: str, default: bool) -> bool:
    """A `true` or `false`."""
    return choice(name, BOOLEAN, "true" if default else "false") == "true"


def when(name: str) -> datetime | None:
    """A date or a time; without an offset it is UTC. A raw `+` arrives as a space and is refused."""
    raw = request.args.get(name)
    if raw is None:
        return None
    if not _DATE.fullmatch(raw):
        raise invalid_parameter(name)
    try:
        value = datetime.fromisoformat(_six_digits(raw))
    except ValueError:
        raise invalid_parameter(name) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def count(name: str, default: int, largest: int) -> int:
    """A positive number, capped at the maximum."""
    raw = request.args.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or int(raw) < 1:
        raise invalid_parameter(name)
    return min(int(raw), largest)


def digits(name: str) -> str | None:
    """A phone or extension number: digits only, without `+`."""
    raw = request.args.get(name)
    if raw is not None and not re.fullmatch(r"\d{1,32}", raw):
        raise invalid_parameter(name)
    return raw


def _six_digits(raw: str) -> str:
    return re.sub(r"\.(\d+)", lambda part: "." + part.group(1)[:6].ljust(6, "0"), raw)
