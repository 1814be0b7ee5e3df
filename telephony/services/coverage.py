"""How complete a stored call log is: day by day, in the person's time zone, and how the back-fill gets on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.models import PassKind, SyncGap, SyncState


class DayState(LabelledEnum):
    """Whether a day's calls are all here."""

    COMPLETE = "complete", _("Complete")
    PARTIAL = "partial", _("Partly fetched")
    GAP = "gap", _("Has a gap")
    WAITING = "waiting", _("Not fetched yet")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the coverage bar."""

    day: date
    state: DayState


@dataclass(frozen=True, slots=True)
class Stretch:
    """Successive days of one state, first and last included."""

    state: DayState
    first: date
    last: date
    days: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the first fetch is: `share` from 0 to 1, `seconds_left` by its pace so far, None where that cannot be told yet."""

    share: float
    seconds_left: int | None
    calls: int
    reached: datetime | None


def coverage(state: SyncState, gaps: list[SyncGap], zone: tzinfo) -> list[Day]:
    """Every day from the floor to today, oldest first; a day is cut at midnight in `zone`, whatever its length."""
    first, last = state.floor.astimezone(zone).date(), timezone.now().astimezone(zone).date()
    days = ((first + timedelta(days=number)) for number in range((last - first).days + 1))
    return [Day(day, _day_state(state, gaps, day, zone)) for day in days]


def stretches(days: list[Day]) -> list[Stretch]:
    """The same in few words: runs of days with one state, newest first."""
    found: list[Stretch] = []
    for day in days:
        if found and found[-1].state is day.state:
            found[-1] = Stretch(day.state, found[-1].first, day.day, found[-1].days + 1)
        else:
            found.append(Stretch(day.state, day.day, day.day, 1))
    return found[::-1]


def progress(state: SyncState) -> Progress:
    """How far the first fetch of a log is."""
    now = timezone.now()
    if state.finished_backfill_at or state.covered_since is None:
        return Progress(1.0 if state.finished_backfill_at else 0.0, None, state.calls, state.covered_since)
    share = min(1.0, (now - state.covered_since) / (now - state.floor))
    started = (
        state.runs.filter(kind=PassKind.BACKFILL).order_by("started_at").values_list("started_at", flat=True).first()
    )
    if not started or share <= 0.01:
        return Progress(share, None, state.calls, state.covered_since)
    left = round((now - started).total_seconds() * (1 - share) / share)
    return Progress(share, left, state.calls, state.covered_since)


def _day_state(state: SyncState, gaps: list[SyncGap], day: date, zone: tzinfo) -> DayState:
    begin, end = _bounds(day, zone)
    begin, end = max(begin, state.floor), min(end, timezone.now())
    if any(gap.since < end and gap.until > begin for gap in gaps):
        return DayState.GAP
    if state.covered_since is None or state.covered_until is None or end <= state.covered_since:
        return DayState.WAITING
    if begin < state.covered_since:
        return DayState.PARTIAL
    today = end > state.covered_until
    return DayState.PARTIAL if today and begin > state.covered_until else DayState.COMPLETE


def _bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time.min, zone), datetime.combine(day + timedelta(days=1), time.min, zone)
