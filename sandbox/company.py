"""The company that all three providers show: its people, and its calls up to now."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import replace
from datetime import date, datetime, timedelta

from sandbox import roster
from sandbox.clock import Clock
from sandbox.model import CallEvent, Oddity, Person, Result
from sandbox.traffic import Cast, calls_of_day

HISTORY_DAYS = 400


class Company:
    """People and calls of one seed. Nothing is stored: a day's calls come from the seed and the date."""

    def __init__(self, seed: int, clock: Clock, volume: float = 1.0, history_days: int = HISTORY_DAYS) -> None:
        self.seed = seed
        self.clock = clock
        self.volume = volume
        self.history_days = history_days
        self.name = roster.COMPANY_NAME
        self.main_number_de = roster.MAIN_DE
        self.main_number_us = roster.MAIN_US
        self.main_number_uk = roster.MAIN_UK
        self.persons = roster.persons()
        self.queues = roster.queues()
        self.contacts = roster.contacts(seed)
        self._cast = Cast(self.persons, self.queues, self.contacts)
        self._days: dict[date, tuple[CallEvent, ...]] = {}
        self._lock = threading.Lock()

    def calls(self, start: datetime, end: datetime, *, include_deleted: bool = False) -> list[CallEvent]:
        """Calls that started in [start, end], newest first, as they look now: nothing from the future.

        A running call has the result IN_PROGRESS and its lengths so far. A call whose log entry is late is missing
        until then; an edit shows from its time on; a deleted call is gone unless asked for.
        """
        now = self.clock.now()
        start = max(start, now - timedelta(days=self.history_days))
        end = min(end, now)
        found: list[CallEvent] = []
        day = end.date()
        while day >= start.date():
            for call in reversed(self._day(day)):
                if start <= call.started_at <= end:
                    seen = _as_seen(call, now)
                    if seen is not None and (include_deleted or seen.deleted_at is None):
                        found.append(seen)
            day -= timedelta(days=1)
        return found

    def changed_since(self, moment: datetime) -> list[CallEvent]:
        """Calls that began, ended, changed or were deleted after `moment`, newest start first."""
        calls = self.calls(moment - timedelta(days=8), self.clock.now(), include_deleted=True)
        return [call for call in calls if max(call.last_modified_at, call.appears_at) > moment]

    def call(self, uid: int) -> CallEvent | None:
        """One call by its uid, also a deleted one; None when there is none (yet)."""
        day_number, _ = divmod(uid, 10_000)
        try:
            day = date(2020, 1, 1) + timedelta(days=day_number)
        except OverflowError:
            return None
        now = self.clock.now()
        if not now.date() - timedelta(days=self.history_days) <= day <= now.date():
            return None
        events = sorted(self._day(day), key=lambda event: event.uid)
        place = bisect_left([event.uid for event in events], uid)
        if place == len(events) or events[place].uid != uid or events[place].started_at > now:
            return None
        return _as_seen(events[place], now)

    def person_by_extension(self, extension: str) -> Person | None:
        """The person with an extension number."""
        return next((person for person in self.persons if person.extension == extension), None)

    def _day(self, day: date) -> tuple[CallEvent, ...]:
        with self._lock:
            calls = self._days.get(day)
            if calls is None:
                calls = self._days[day] = tuple(calls_of_day(self.seed, day, self._cast, self.volume))
            return calls


def _as_seen(call: CallEvent, now: datetime) -> CallEvent | None:
    """The call as a reader at `now` sees it, or None while its entry has not arrived."""
    if call.ended_at > now:
        return _running(call, now)
    if call.appears_at > now:
        return None
    if call.deleted_at is not None and call.deleted_at > now:
        call = replace(call, deleted_at=None)
    if call.edited_at is not None and call.edited_at > now:
        call = replace(call, edited_at=None, note="", recorded=False)
    return call


def _running(call: CallEvent, now: datetime) -> CallEvent | None:
    if call.oddity is Oddity.LATE_ARRIVAL:
        return None
    elapsed = int((now - call.started_at).total_seconds())
    ring = min(call.ring_seconds, elapsed)
    return replace(
        call,
        result=Result.IN_PROGRESS,
        ring_seconds=ring,
        talk_seconds=min(call.talk_seconds, elapsed - ring),
        voicemail_seconds=0,
        recorded=False,
        note="",
        legs=tuple(replace(leg, result=Result.IN_PROGRESS, talk_seconds=0) for leg in call.legs[:1]),
        edited_at=None,
        deleted_at=None,
    )
