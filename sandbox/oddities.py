"""The strange calls: one of every kind about every five days, so that each appears many times in a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from sandbox.model import CallEvent, Direction, Oddity, Result

KINDS = tuple(kind for kind in Oddity if kind is not Oddity.NONE)
PER_DAY = 3


def chosen_for(day_number: int) -> tuple[Oddity, ...]:
    """The oddities of a day, in rotation."""
    first = day_number * PER_DAY
    return tuple(KINDS[(first + step) % len(KINDS)] for step in range(PER_DAY))


def make_odd(call: CallEvent, kind: Oddity, random: Random) -> CallEvent:
    """The call with one oddity applied to the neutral data."""
    odd = replace(call, oddity=kind)
    match kind:
        case Oddity.NO_NUMBER:
            return replace(odd, other=None, other_number=None, colleague=None)
        case Oddity.SHORT_CODE:
            return replace(odd, other=None, other_number="115", colleague=None, direction=Direction.OUTBOUND)
        case Oddity.SIP_NAME:
            return replace(odd, other=None, other_number="sip:front-door@example.org", colleague=None)
        case Oddity.NATIONAL_NUMBER:
            return replace(odd, other=None, other_number="02214710199", colleague=None)
        case Oddity.LATE_ARRIVAL:
            return replace(odd, appears_at=call.ended_at + timedelta(minutes=random.choice((20, 180, 60 * 30))))
        case Oddity.LATE_EDIT:
            edited = call.ended_at + timedelta(minutes=random.choice((5, 90, 60 * 26, 60 * 100)))
            return replace(odd, edited_at=edited, note="Called back, all settled ✔", recorded=True)
        case Oddity.DELETED_LATER:
            return replace(odd, deleted_at=call.ended_at + timedelta(hours=random.choice((2, 30, 120))))
        case Oddity.VERY_LONG:
            return _lengthened(odd, random.randint(3 * 3600, 6 * 3600))
        case Oddity.ZERO_SECONDS:
            return _lengthened(odd, 0)
        case _:
            return odd


def _lengthened(call: CallEvent, talk_seconds: int) -> CallEvent:
    legs = tuple(replace(leg, talk_seconds=talk_seconds, result=Result.ANSWERED) for leg in call.legs[:1])
    return replace(
        call,
        result=Result.ANSWERED,
        talk_seconds=talk_seconds,
        voicemail_seconds=0,
        legs=legs,
        appears_at=call.started_at + timedelta(seconds=call.ring_seconds + talk_seconds),
    )
