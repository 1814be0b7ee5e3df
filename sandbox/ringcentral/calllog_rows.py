"""From one call to the rows that RingCentral's log has for it: one for every extension that took part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sandbox.model import CallEvent, Direction, Oddity, Person, Result
from sandbox.ringcentral import ids
from sandbox.ringcentral.pbx import FORMER_EXTENSION_ID, Extension, Pbx

FINISHED_AFTER = timedelta(seconds=20)
"""How long a call that has ended still shows as running."""
RECORDING_AFTER = timedelta(seconds=75)
"""How long after its end a recording is attached."""
SHORTEST_RECORDING = 30
_MANY = 5

_INBOUND = {
    Result.ANSWERED: "Accepted",
    Result.MISSED: "Missed",
    Result.VOICEMAIL: "Voicemail",
    Result.BUSY: "Busy",
    Result.DECLINED: "Declined",
    Result.CANCELLED: "Missed",
    Result.BLOCKED: "Blocked",
    Result.FAILED: "Call Failed",
    Result.IN_PROGRESS: "In Progress",
}
_OUTBOUND = {
    Result.ANSWERED: "Call connected",
    Result.MISSED: "No Answer",
    Result.VOICEMAIL: "Call connected",
    Result.BUSY: "Busy",
    Result.DECLINED: "Rejected",
    Result.CANCELLED: "Hang Up",
    Result.BLOCKED: "Restricted Number",
    Result.IN_PROGRESS: "In Progress",
}
_FAILURES = ("Call Failed", "Wrong Number", "International Disabled", "No Calling Credit", "IP Phone Offline")
_OUT_ACTIONS = ("VoIP Call", "VoIP Call", "VoIP Call", "RingOut Web", "RingOut Mobile")
_UNKNOWN_RESULT = "Handed To Robot"
_UNKNOWN_DIRECTION = "Sideways"


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a call; all of it may be missing."""

    phone: str | None = None
    name: str | None = None
    extension: Extension | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the log, before it becomes JSON. Lengths are seconds."""

    uid: int
    ordinal: int
    owner_id: int
    start: datetime
    duration: int
    direction: str
    action: str
    result: str
    transport: str
    internal_type: str
    caller: Party
    callee: Party
    modified: datetime
    type: str = "Voice"
    recording_type: str | None = None
    too_short: bool = False
    voicemail: bool = False
    deleted: bool = False
    sparse: bool = False

    @property
    def id(self) -> str:
        """The opaque id."""
        return ids.record_id(self.uid, self.ordinal)

    @property
    def session_id(self) -> str:
        """The number shared by all rows of the call."""
        return ids.session_id(self.uid)

    @property
    def telephony_session_id(self) -> str:
        """The key shared with telephony events."""
        return ids.telephony_session_id(self.uid)

    @property
    def phone_digits(self) -> set[str]:
        """The numbers of both sides as the filter wants them: digits only."""
        return {party.phone.lstrip("+") for party in (self.caller, self.callee) if party.phone}

    @property
    def extension_numbers(self) -> set[str]:
        """The extension numbers of both sides."""
        sides = (self.caller.extension, self.callee.extension)
        return {side.number for side in sides if side is not None and side.number}


class RowCache:
    """Rows of calls that time alone changes no more. A late edit or deletion changes the key."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self._rows: dict[tuple[int, datetime | None, datetime | None], list[Row]] = {}

    def rows_of(self, call: CallEvent, now: datetime) -> list[Row]:
        """All rows of a call as they look at `now`."""
        if call.result is Result.IN_PROGRESS or now < call.ended_at + RECORDING_AFTER:
            return rows_of(call, self._pbx, now)
        key = (call.uid, call.edited_at, call.deleted_at)
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = rows_of(call, self._pbx, now)
        return rows


def rows_of(call: CallEvent, pbx: Pbx, now: datetime) -> list[Row]:
    """All rows of a call as they look at `now`: its own, the other side of an internal call, and everyone it rang."""
    own = _own_row(call, pbx, now)
    rows = [own]
    if call.colleague is not None:
        rows.append(_colleagues_row(own, call, pbx))
    rows += [_rang(own, person, place + 2, pbx) for place, person in enumerate(_also_rang(call, pbx))]
    return rows


def _own_row(call: CallEvent, pbx: Pbx, now: datetime) -> Row:
    inbound = call.direction is Direction.INBOUND
    running = call.result is Result.IN_PROGRESS or now < call.ended_at + FINISHED_AFTER
    ours, theirs = _our_side(call, pbx), _their_side(call, pbx)
    recorded = _recording_type(call, now) if not running else None
    return Row(
        uid=call.uid,
        ordinal=0,
        owner_id=_owner(call, pbx),
        start=call.started_at,
        duration=_duration(call),
        direction=_UNKNOWN_DIRECTION
        if call.oddity is Oddity.UNKNOWN_DIRECTION
        else "Inbound"
        if inbound
        else "Outbound",
        action="Phone Call" if inbound else _OUT_ACTIONS[call.uid % len(_OUT_ACTIONS)],
        result="In Progress" if running else _result(call, inbound),
        transport="VoIP" if call.colleague is not None or call.uid % 5 == 0 else "PSTN",
        internal_type=_internal_type(call),
        caller=theirs if inbound else ours,
        callee=ours if inbound else theirs,
        modified=call.started_at if running else _modified(call, recorded is not None),
        recording_type=recorded,
        too_short=call.recorded and call.talk_seconds < SHORTEST_RECORDING and not running,
        voicemail=call.result is Result.VOICEMAIL and inbound and not running,
        deleted=call.deleted_at is not None,
        sparse=call.oddity is Oddity.MISSING_FIELDS,
    )


def _colleagues_row(own: Row, call: CallEvent, pbx: Pbx) -> Row:
    assert call.colleague is not None  # noqa: S101 - the caller looked
    result = "In Progress" if own.result == "In Progress" else _INBOUND[call.result]
    other = pbx.of(call.colleague)
    return replace(
        own, ordinal=1, owner_id=other.id, direction="Inbound", action="Phone Call", result=result, recording_type=None
    )


def _rang(own: Row, person: Person, ordinal: int, pbx: Pbx) -> Row:
    extension = pbx.of(person)
    result = "In Progress" if own.result == "In Progress" else "Missed"
    callee = Party(phone=own.callee.phone, name=extension.name, extension=extension)
    return replace(
        own, ordinal=ordinal, owner_id=extension.id, callee=callee, result=result, duration=0,
        recording_type=None, too_short=False, voicemail=False,
    )  # fmt: skip


def _also_rang(call: CallEvent, pbx: Pbx) -> list[Person]:
    """Everyone whose phone rang in vain; each has a record of their own."""
    people = pbx.company.persons
    if call.direction is not Direction.INBOUND:
        return []
    if call.oddity is Oddity.MANY_LEGS:
        return [people[(call.person.index + step) % len(people)] for step in range(1, _MANY + 1)]
    return [people[leg.person] for leg in call.legs[1:] if leg.person is not None]


def _our_side(call: CallEvent, pbx: Pbx) -> Party:
    extension = pbx.of(call.person)
    if call.oddity is Oddity.FORMER_EXTENSION:
        return Party(phone=call.person.number_us, name="Former colleague")
    phone = call.queue.number_us if call.queue is not None else extension.direct_number
    if call.colleague is not None:
        phone = None  # inside the company nobody has an outside number
    return Party(phone=phone, name=extension.name, extension=extension)


def _their_side(call: CallEvent, pbx: Pbx) -> Party:
    if call.colleague is not None:
        extension = pbx.of(call.colleague)
        return Party(name=extension.name, extension=extension)
    if call.other_number is None:
        return Party() if call.oddity is Oddity.NO_NUMBER or call.uid % 2 else Party(name="Anonymous")
    phone = call.other_number
    if call.uid % 211 == 0:
        phone = phone[:-4] + "XXXX"  # some numbers come masked
    known = call.other is not None and call.uid % 4 != 0
    return Party(phone=phone, name=call.other.name if call.other and known else None, location=_location(phone))


def _location(phone: str) -> str | None:
    places = {"+1": "San Francisco, CA", "+44": "London", "+49": "Germany"}
    return next((place for prefix, place in places.items() if phone.startswith(prefix)), None)


def _owner(call: CallEvent, pbx: Pbx) -> int:
    return FORMER_EXTENSION_ID if call.oddity is Oddity.FORMER_EXTENSION else pbx.of(call.person).id


def _duration(call: CallEvent) -> int:
    """Ringing counts only while nobody has answered."""
    if call.result is Result.VOICEMAIL:
        return call.ring_seconds + call.voicemail_seconds
    return call.talk_seconds if call.result in (Result.ANSWERED, Result.IN_PROGRESS) else call.ring_seconds


def _result(call: CallEvent, inbound: bool) -> str:
    if call.oddity is Oddity.UNKNOWN_RESULT:
        return _UNKNOWN_RESULT
    if inbound:
        return _INBOUND[call.result]
    return _OUTBOUND.get(call.result) or _FAILURES[call.uid % len(_FAILURES)]


def _internal_type(call: CallEvent) -> str:
    if call.colleague is not None:
        return "Local"
    return "LongDistance" if (call.other_number or "+1").startswith("+1") else "International"


def _recording_type(call: CallEvent, now: datetime) -> str | None:
    if not call.recorded or call.talk_seconds < SHORTEST_RECORDING or now < call.ended_at + RECORDING_AFTER:
        return None
    return "OnDemand" if call.uid % 4 == 0 else "Automatic"


def _modified(call: CallEvent, recorded: bool) -> datetime:
    """The newest change: the end, the recording, a late edit or the deletion."""
    settled = call.ended_at + (RECORDING_AFTER if recorded else FINISHED_AFTER)
    return max(settled, call.appears_at, call.last_modified_at)
