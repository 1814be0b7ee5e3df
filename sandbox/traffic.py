"""The calls of one day, computed from the seed and the date alone: the same after every restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar

from sandbox import oddities
from sandbox.model import CallEvent, Contact, Direction, Leg, Oddity, Person, Queue, Result

T = TypeVar("T")
FIRST_DAY = date(2020, 1, 1)
_HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16, 17, 19)
_IN_RESULTS = (Result.ANSWERED,) * 11 + (Result.MISSED,) * 5 + (Result.VOICEMAIL,) * 3 + (Result.DECLINED, Result.BUSY)
_OUT_RESULTS = (Result.ANSWERED,) * 13 + (Result.CANCELLED,) * 4 + (Result.BUSY,) * 2 + (Result.FAILED,)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who may appear in the calls."""

    persons: Sequence[Person]
    queues: Sequence[Queue]
    contacts: Sequence[Contact]


def calls_of_day(seed: int, day: date, cast: Cast, volume: float = 1.0) -> list[CallEvent]:
    """All calls that start on a UTC day, oldest first, in their final form. `volume` multiplies their number."""
    random = Random(f"{seed}:{day.isoformat()}")  # noqa: S311 (reproducible on purpose)
    weekend = day.weekday() >= 5
    count = max(1, round((random.randint(2, 6) if weekend else random.randint(13, 25)) * volume))
    starts = sorted(_start(random, day) for _ in range(count))
    number = (day - FIRST_DAY).days
    calls = [_call(random, number * 10_000 + i, start, cast) for i, start in enumerate(starts)]
    for kind in oddities.chosen_for(number):
        place = random.randrange(len(calls))
        calls[place] = oddities.make_odd(calls[place], kind, random)
        if kind is Oddity.EQUAL_TIMESTAMPS and place + 1 < len(calls):
            calls[place + 1] = _moved(calls[place + 1], calls[place].started_at)
    return sorted(calls, key=lambda call: (call.started_at, call.uid))


def _start(random: Random, day: date) -> datetime:
    hour = random.choice(_HOURS) if random.random() > 0.03 else random.randrange(24)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(hours=hour, minutes=random.randrange(60), seconds=random.randrange(60))


def _moved(call: CallEvent, start: datetime) -> CallEvent:
    shift = start - call.started_at
    return replace(
        call,
        started_at=start,
        appears_at=call.appears_at + shift,
        edited_at=call.edited_at and call.edited_at + shift,
        deleted_at=call.deleted_at and call.deleted_at + shift,
    )


def _call(random: Random, uid: int, start: datetime, cast: Cast) -> CallEvent:
    direction = random.choices(tuple(Direction), weights=(55, 35, 10))[0]
    queue = random.choice(cast.queues) if direction is Direction.INBOUND and random.random() < 0.3 else None
    person = cast.persons[random.choice(queue.members)] if queue else _usual(random, cast.persons)
    contact = _usual(random, cast.contacts)
    colleague = None
    if direction is Direction.INTERNAL:
        colleague = cast.persons[(person.index + random.randrange(1, len(cast.persons))) % len(cast.persons)]
    withheld = direction is Direction.INBOUND and random.random() < 0.06
    result = random.choice(_OUT_RESULTS if direction is Direction.OUTBOUND else _IN_RESULTS)
    if direction is Direction.INBOUND and random.random() < 0.015:
        result = Result.BLOCKED
    ring = 0 if result in (Result.BLOCKED, Result.FAILED) else random.randint(2, 28)
    talk = min(7200, int(random.lognormvariate(4.8, 1.1)) + 1) if result is Result.ANSWERED else 0
    voicemail = random.randint(4, 70) if result is Result.VOICEMAIL else 0
    ended = start + timedelta(seconds=ring + talk + voicemail)
    return CallEvent(
        uid=uid,
        started_at=start,
        ring_seconds=ring,
        talk_seconds=talk,
        direction=direction,
        person=person,
        other=None if colleague or withheld else contact,
        other_number=None if colleague or withheld else contact.number,
        colleague=colleague,
        queue=queue,
        result=result,
        recorded=result is Result.ANSWERED and random.random() < 0.12,
        voicemail_seconds=voicemail,
        legs=_legs(random, person, queue, result, ring, talk),
        oddity=Oddity.NONE,
        note="",
        appears_at=ended,
        edited_at=None,
        deleted_at=None,
    )


def _usual(random: Random, choices: Sequence[T]) -> T:
    """Pick so that the first few are met far more often than the last."""
    return choices[min(int(random.expovariate(3.0 / len(choices))), len(choices) - 1)]


def _legs(random: Random, person: Person, queue: Queue | None, result: Result, ring: int, talk: int) -> tuple[Leg, ...]:
    main = Leg(person.index, result, 0, ring, talk)
    if queue is None:
        return (main,)
    others = [member for member in queue.members if member != person.index]
    random.shuffle(others)
    return (main, *(Leg(member, Result.MISSED, 0, ring, 0) for member in others[:2]))
