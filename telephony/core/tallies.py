"""Counting calls by local day and hour: the arithmetic of the roll-up, without a database.

A call is counted three times: in its day over all extensions, in its day by extension, and in its month by extension. A year's figures
are then read from a few thousand rows, whatever the range. Telephone numbers are never part of a tally, so forgetting or anonymising a
number leaves the statistics as they are, and there is nothing personal in them to forget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum

HOURS = range(24)
CALLS, TIMED, SECONDS, FIRST_HOUR = 0, 1, 2, 3  # places in a row of counts
WIDTH = FIRST_HOUR + len(HOURS)


class Grain(LabelledEnum):
    """How finely a tally counts."""

    DAY = "day", _("A day, all extensions together")
    EXTENSION_DAY = "ext_day", _("A day of one extension")
    EXTENSION_MONTH = "ext_month", _("A month of one extension")


class Countable(Protocol):
    """What a tally needs to know of a call; `services.call_store.CallFacts` is one."""

    @property
    def kind(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def duration(self) -> int | None: ...
    @property
    def extension(self) -> str: ...
    @property
    def in_own_log(self) -> bool: ...
    @property
    def in_company_log(self) -> bool: ...
    @property
    def deleted(self) -> bool: ...


class CallSummary(NamedTuple):
    """A Countable read from the database, in the order of its columns."""

    kind: str
    direction: str
    outcome: str
    started_at: datetime
    duration: int | None
    extension: str
    in_own_log: bool
    in_company_log: bool
    deleted: bool = False


class TallyKey(NamedTuple):
    """What a tally counts. `start` is a local day, the first of the month for months; `extension` is "" for all together."""

    grain: str
    start: date
    extension: str
    in_own_log: bool
    in_company_log: bool
    direction: str
    outcome: str
    kind: str


Tallies = dict[TallyKey, list[int]]


def tally(counted: Iterable[Countable], uncounted: Iterable[Countable], zone: ZoneInfo) -> Tallies:
    """What changes when `counted` calls come and `uncounted` ones go, in the days of a zone. Keys whose counts all stay are left out.

    An hour that a clock change repeats counts twice into the same hour; one that it skips has no calls. Tombstones do not count.
    """
    found: Tallies = {}
    for calls, sign in ((counted, 1), (uncounted, -1)):
        for call in calls:
            if not call.deleted:
                _add(found, call, sign, call.started_at.astimezone(zone))
    return {key: counts for key, counts in found.items() if any(counts)}


def _add(found: Tallies, call: Countable, sign: int, local: datetime) -> None:
    known = call.duration is not None
    seconds = sign * (call.duration or 0)
    for key in _keys(call, local.date()):
        counts = found.get(key)
        if counts is None:
            counts = found[key] = [0] * WIDTH
        counts[CALLS] += sign
        counts[TIMED] += sign * known
        counts[SECONDS] += seconds
        counts[FIRST_HOUR + local.hour] += sign


def _keys(call: Countable, day: date) -> Iterator[TallyKey]:
    rest = (call.in_own_log, call.in_company_log, call.direction, call.outcome, call.kind)
    yield TallyKey(Grain.DAY.value, day, "", *rest)
    yield TallyKey(Grain.EXTENSION_DAY.value, day, call.extension, *rest)
    yield TallyKey(Grain.EXTENSION_MONTH.value, day.replace(day=1), call.extension, *rest)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC; where midnight is skipped, the moment the clock jumps."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
