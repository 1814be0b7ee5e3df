"""Counting calls by the number at the other end: in its local month, and once for all time.

A busy person's year holds tens of thousands of numbers, so only what is usually asked for is kept: calls and voicemails, apart for each
log. A number that is removed from its calls is removed here with them.

With both grains a range of nearly everything is all time without a few months, and a short one is the sum of its months.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from telephony.core.tallies import Countable, scopes_of
from telephony.core.types import Direction, Kind, Outcome

TELEPHONY = frozenset({Kind.CALL, Kind.VOICEMAIL})
"""What is counted when no kind was asked for."""

EVER = date(1970, 1, 1)  # stands for all time where a month stands else
CALLS = (
    0  # place in a row of counts, which are calls, answered ones, answered ones whose talk time is known, their seconds
)
_KINDS = frozenset(map(str, TELEPHONY))


class NumberKey(NamedTuple):
    """What a tally counts: calls of one log with one other party, "" for withheld numbers, in a month or EVER."""

    scope: str
    month: date
    digits: str


NumberTallies = dict[NumberKey, list[int]]


def other_digits(call: Countable) -> str:
    """The number at the other end: who called, or who was called."""
    return call.caller_digits if call.direction == Direction.INBOUND.value else call.callee_digits


def tally_numbers(counted: Iterable[Countable], uncounted: Iterable[Countable], zone: ZoneInfo) -> NumberTallies:
    """What changes when `counted` calls come and `uncounted` ones go. Keys whose counts all stay are left out."""
    found: NumberTallies = {}
    for calls, sign in ((counted, 1), (uncounted, -1)):
        for call in calls:
            if not call.deleted and call.kind in _KINDS:
                _add(found, call, sign, zone)
    return {key: counts for key, counts in found.items() if any(counts)}


def _add(found: NumberTallies, call: Countable, sign: int, zone: ZoneInfo) -> None:
    answered = call.outcome == Outcome.ANSWERED.value
    seconds = call.duration if answered else None
    month, digits = call.started_at.astimezone(zone).date().replace(day=1), other_digits(call)
    for scope, factor in scopes_of(call):
        count = sign * factor
        for start in (month, EVER):
            counts = found.setdefault(NumberKey(scope, start, digits), [0, 0, 0, 0])
            counts[CALLS] += count
            counts[1] += count * answered
            if seconds is not None:
                counts[2] += count
                counts[3] += count * seconds
