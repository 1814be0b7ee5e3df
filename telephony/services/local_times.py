"""Times of day in a person's zone, on days when the clock is changed too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When a wall clock shows a time on a day, in UTC: the first of two such moments; where it is skipped, as long after the skip."""
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)


def is_quiet(moment: datetime, start: time | None, end: time | None, zone: ZoneInfo) -> bool:
    """Whether the wall clock is in [start, end); a start after the end crosses midnight. Without both, or with equal ones, never."""
    if start is None or end is None or start == end:
        return False
    at = moment.astimezone(zone).time()
    return start <= at < end if start < end else at >= start or at < end


def quiet_until(moment: datetime, start: time | None, end: time | None, zone: ZoneInfo) -> datetime:
    """The first moment from `moment` on that is not quiet; `moment` itself where that is one."""
    if end is None or not is_quiet(moment, start, end, zone):
        return moment
    today = moment.astimezone(zone).date()
    ends = [
        datetime.combine(today + timedelta(days=days), end.replace(fold=fold), tzinfo=zone).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    ]
    return min(at for at in ends if at > moment and not is_quiet(at, start, end, zone))
