"""Counting calls by local day and hour: the arithmetic of the roll-up, without a database.

A call is counted once in each grain, and there for each log that has it: in its day, in its month by weekday, in its day by extension,
and in its month by extension. A year's figures are then read from a few thousand rows, whatever the range. Telephone numbers are not part
of these tallies; `core.number_tallies` counts by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.types import LogScope

HOURS = range(24)
CALLS, TIMED, SECONDS, FIRST_HOUR = 0, 1, 2, 3  # places in a row of counts
WIDTH = FIRST_HOUR + len(HOURS)
NO_WEEKDAY = -1


class Grain(LabelledEnum):
    """How finely a tally counts."""

    DAY = "day", _("A day, all extensions together")
    WEEKDAY_MONTH = "wd_month", _("One weekday of a month, all extensions together")
    EXTENSION_DAY = "ext_day", _("A day of one extension")
    EXTENSION_MONTH = "ext_month", _("A month of one extension")


DAY, WEEKDAY_MONTH, EXTENSION_DAY, EXTENSION_MONTH = Grain.values()
OWN, COMPANY = LogScope.values()
REPEATS_OF = {LogScope.OWN: "own_2nd", LogScope.COMPANY: "com_2nd"}
"""The scope under which calls are taken away again, where another account of the company stands for them: their tallies are negative. What
is counted over several accounts of one company adds them to those of the log.
"""


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
    def caller_digits(self) -> str: ...
    @property
    def callee_digits(self) -> str: ...
    @property
    def in_own_log(self) -> bool: ...
    @property
    def in_company_log(self) -> bool: ...
    @property
    def deleted(self) -> bool: ...
    @property
    def repeats_own(self) -> bool: ...
    @property
    def repeats_company(self) -> bool: ...


class CallSummary(NamedTuple):
    """A Countable read from the database, in the order of its columns."""

    kind: str
    direction: str
    outcome: str
    started_at: datetime
    duration: int | None
    extension: str
    caller_digits: str
    callee_digits: str
    in_own_log: bool
    in_company_log: bool
    repeats_own: bool = False
    repeats_company: bool = False
    deleted: bool = False


class TallyKey(NamedTuple):
    """What a tally counts. `start` is a local day, the first of the month for months; `weekday` is 0 on Mondays, NO_WEEKDAY for a whole
    month; `extension` is "" for all together.
    """

    grain: str
    scope: str
    start: date
    weekday: int
    extension: str
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
    for scope, factor in scopes_of(call):
        count = sign * factor
        seconds = count * (call.duration or 0)
        for key in _keys(call, scope, local.date()):
            counts = found.get(key)
            if counts is None:
                counts = found[key] = [0] * WIDTH
            counts[CALLS] += count
            counts[TIMED] += count * known
            counts[SECONDS] += seconds
            counts[FIRST_HOUR + local.hour] += count


def _keys(call: Countable, scope: str, day: date) -> Iterator[TallyKey]:
    month, weekday, extension = day.replace(day=1), day.weekday(), call.extension
    rest = (call.direction, call.outcome, call.kind)
    yield TallyKey(DAY, scope, day, weekday, "", *rest)
    yield TallyKey(WEEKDAY_MONTH, scope, month, weekday, "", *rest)
    yield TallyKey(EXTENSION_DAY, scope, day, weekday, extension, *rest)
    yield TallyKey(EXTENSION_MONTH, scope, month, NO_WEEKDAY, extension, *rest)


def scopes_of(call: Countable) -> Iterator[tuple[str, int]]:
    """The logs that a call counts in, and those that it is taken away from again over several accounts."""
    if call.in_own_log:
        yield OWN, 1
        if call.repeats_own:
            yield REPEATS_OF[LogScope.OWN], -1
    if call.in_company_log:
        yield COMPANY, 1
        if call.repeats_company:
            yield REPEATS_OF[LogScope.COMPANY], -1


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC; where midnight is skipped, the moment the clock jumps."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
