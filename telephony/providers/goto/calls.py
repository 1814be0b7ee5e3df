"""GoTo's two call logs turned into our CallRecord. Pure functions that never raise for odd rows.

The call history has one row per leg, told from the leg's end; the call report has one row per call, told from the company's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telephony.core import payload
from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, is_withheld, region_of, to_e164
from telephony.core.redaction import redact
from telephony.core.types import CHOSEN_SYSTEM, CallLeg, CallRecord, Direction, Json, Kind, MediaRef, Outcome, Party
from telephony.providers.goto import people

DIRECTIONS: Mapping[str, Direction] = {"INBOUND": Direction.INBOUND, "OUTBOUND": Direction.OUTBOUND}

# Q.850 causes of a leg that nobody answered. 16 and 31, a normal end, mean that the caller gave up.
CAUSES: Mapping[str, Outcome] = {
    "16": Outcome.MISSED,
    "31": Outcome.MISSED,
    "17": Outcome.BUSY,
    "18": Outcome.MISSED,
    "19": Outcome.MISSED,
    "26": Outcome.MISSED,  # somebody else took the call
    "21": Outcome.DECLINED,
    **dict.fromkeys(
        ("1", "2", "3", "22", "27", "28", "29", "34", "38", "41", "42", "47", "58", "88", "102", "127"), Outcome.FAILED
    ),
}
GAVE_UP = frozenset({"16", "31"})

# Seen in answers: NORMAL, LEFT_DIAL_PLAN. The others are named by client code only.
CALLER_OUTCOMES: Mapping[str, Outcome] = {
    "NORMAL": Outcome.ANSWERED,
    "LEFT_ON_HOLD": Outcome.ANSWERED,
    "LEFT_PARKING_SPOT": Outcome.ANSWERED,
    "LEFT_DIAL_PLAN": Outcome.ANSWERED,
    "LEFT_QUEUE": Outcome.MISSED,
    "MISSED": Outcome.MISSED,
    "NO_ANSWER": Outcome.MISSED,
    "VOICEMAIL": Outcome.VOICEMAIL,
    "TRUNCATED": Outcome.UNKNOWN,
    "UNKNOWN": Outcome.UNKNOWN,
}
OUTSIDE, INSIDE = frozenset({"PHONE_NUMBER"}), frozenset({"LINE", "AGENT"})
PARTY_TYPES = OUTSIDE | INSIDE | {"VIRTUAL_PARTICIPANT"}
EMERGENCY = "911"  # as short as an extension, and the one short number that is surely none


@dataclass(frozen=True, slots=True)
class Numbering:
    """What is needed to read numbers in national form: the country of each of the person's lines, and of the account."""

    region: str = ""
    regions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_keys(cls, keys: Json, account_key: str) -> Numbering:
        """From what is kept beside the link."""
        lines = [
            (payload.text(entry.get("number")), payload.text(entry.get("region")))
            for entry in payload.mappings(keys.get("lines"))
            if people.key_text(entry.get("account_key")) in ("", account_key)
        ]
        return cls(payload.text(keys.get("region")), {number: region for number, region in lines if number and region})

    def region_of_leg(self, row: Json) -> str | None:
        """The country of a leg's national numbers: that of its line, else of its own outside number, else of the account."""
        ends = [payload.text(payload.mapping(row.get(end)).get("number")) for end in ("callee", "caller")]
        of_line = next((self.regions[number] for number in ends if number in self.regions), None)
        return of_line or region_of(payload.text(row.get("ownerPhoneNumber"))) or self.region or None


def history_call(row: Json, numbering: Numbering) -> CallRecord | None:
    """One item of `GET /call-history/v1/calls`, None without a leg id or a start."""
    leg_id, started_at = payload.text(row.get("legId"), limit=150), payload.moment(row.get("startTime"))
    if not leg_id or started_at is None:
        return None
    unknown: list[str] = []
    region = numbering.region_of_leg(row)
    caller, callee = party(row.get("caller"), region), party(row.get("callee"), region)
    told = payload.lookup(DIRECTIONS, row.get("direction"), Direction.UNKNOWN, "direction", unknown)
    direction = _direction_of_ends(caller, callee, told, payload.text(row.get("ownerPhoneNumber")))
    answered_at = payload.moment(row.get("answerTime"))
    outcome = _history_outcome(row.get("hangupCause"), direction, answered_at, unknown)
    ours = caller if direction is Direction.OUTBOUND else callee
    return CallRecord(
        key=f"leg:{leg_id}",
        kind=Kind.CALL,
        direction=direction,
        outcome=outcome,
        started_at=started_at,
        caller=caller,
        callee=callee,
        answered_at=answered_at,
        duration=_talk_seconds(row.get("duration"), answered_at),
        extension=ours.extension,
        extension_name=ours.name if ours.extension else "",
        session=payload.text(row.get("originatorId"), limit=150),
        raw=redact(row),
        unknown_values=tuple(unknown),
    )


def kept_record(row: Json, keys: Json) -> CallRecord | None:
    """A row of either log that was kept, read again; `keys` are the link's."""
    account = people.chosen(people.accounts_from_keys(keys), people.key_text(keys.get(CHOSEN_SYSTEM)))
    numbering = Numbering.of_keys(keys, account.key if account else "")
    return report_call(row, numbering) if "conversationSpaceId" in row else history_call(row, numbering)


def party(value: Any, region: str | None) -> Party:
    """One end of a leg: outside numbers come in national form, extensions as short digits."""
    end = payload.mapping(value)
    number, name = payload.text(end.get("number"), limit=120), payload.text(end.get("name"), limit=200)
    return Party(
        number=number,
        e164=to_e164(number, region),
        name=name,
        extension=number if _is_short(number) and number != EMERGENCY else "",
        withheld=is_withheld(number) or (not number and is_withheld(name)),
    )


def _is_short(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < SHORTEST_OUTSIDE_NUMBER


def _direction_of_ends(caller: Party, callee: Party, told: Direction, own_number: str) -> Direction:
    """The call's direction. The one that GoTo tells is the leg's: a call from outside may show OUTBOUND with the extension as callee."""
    inside = (bool(caller.extension), bool(callee.extension))
    if inside == (True, True):
        return Direction.INTERNAL
    if inside == (True, False):
        return Direction.OUTBOUND
    if inside == (False, True):
        return Direction.INBOUND
    ours = {caller.e164: Direction.OUTBOUND, callee.e164: Direction.INBOUND}
    return ours.get(own_number, told) if own_number and caller.e164 != callee.e164 else told


def _history_outcome(cause: Any, direction: Direction, answered_at: datetime | None, unknown: list[str]) -> Outcome:
    whole = payload.integer(cause)
    code = payload.text(cause, limit=80) if whole is None else str(whole)
    outcome = payload.lookup(CAUSES, code, Outcome.UNKNOWN, "hangupCause", unknown)
    if answered_at is not None:
        return Outcome.ANSWERED
    if code in GAVE_UP and direction is Direction.OUTBOUND:
        return Outcome.CANCELLED
    # A leg without an answer time was never answered, whether or not its end is explained.
    return outcome if code else Outcome.MISSED


def _talk_seconds(milliseconds: Any, answered_at: datetime | None) -> int | None:
    """The call history's milliseconds as whole seconds. What an unanswered leg lasted is not talk: None unless it is 0."""
    whole = payload.integer(milliseconds)
    if whole is None or whole < 0 or (answered_at is None and whole != 0):
        return None
    return payload.duration((whole + 500) // 1000)


def report_call(row: Json, numbering: Numbering) -> CallRecord | None:
    """One item of `GET /call-events-report/v1/report-summaries`, None without an id or a start."""
    space, started_at = payload.text(row.get("conversationSpaceId"), limit=150), payload.moment(row.get("callCreated"))
    if not space or started_at is None:
        return None
    unknown: list[str] = []
    region = numbering.region or None
    caller = _ReportParty.of(row.get("caller"), region, unknown)
    others = [
        other
        for other in (_ReportParty.of(entry, region, unknown) for entry in payload.mappings(row.get("participants")))
        if not other.leg_id or other.leg_id != caller.leg_id
    ]
    told = payload.lookup(DIRECTIONS, row.get("direction"), Direction.UNKNOWN, "direction", unknown)
    internal = caller.inside and bool(others) and all(other.inside for other in others)
    direction = Direction.INTERNAL if internal else told
    answered_at, ended_at = payload.moment(row.get("callAnswered")), payload.moment(row.get("callEnded"))
    outcome = _report_outcome(row.get("callerOutcome"), caller, others, answered_at, unknown)
    callee = _callee(direction, caller, others)
    ours = caller.party if direction is Direction.OUTBOUND else callee
    return CallRecord(
        key=f"space:{space}",
        kind=Kind.CALL,
        direction=direction,
        outcome=outcome,
        started_at=started_at,
        caller=caller.party,
        callee=callee,
        answered_at=answered_at,
        ended_at=ended_at,
        duration=_span(outcome, answered_at, ended_at),
        extension=ours.extension,
        extension_name=ours.name if ours.extension else "",
        session=space,
        legs=tuple(
            CallLeg(
                caller=caller.party,
                callee=other.party,
                direction=direction,
                label=caller.own_number or other.own_number,
            )
            for other in others
        ),
        recording=next((MediaRef(end.recording) for end in (caller, *others) if end.recording), None),
        raw=redact(row),
        unknown_values=tuple(dict.fromkeys(unknown)),
    )


@dataclass(frozen=True, slots=True)
class _ReportParty:
    """A party of the call report. `own_number` is the company's number that an outside party called or was called from."""

    party: Party
    inside: bool
    leg_id: str
    own_number: str
    own_name: str
    recording: str

    @classmethod
    def of(cls, value: Any, region: str | None, unknown: list[str]) -> _ReportParty:
        """Read one party; unknown kinds are noted in `unknown`."""
        end = payload.mapping(value)
        kind = payload.mapping(end.get("type"))
        name = payload.text(kind.get("value"), limit=80)
        if name and name not in PARTY_TYPES:
            unknown.append(f"type={name}")
        read = party(end, region)
        inside = name in INSIDE or (name not in OUTSIDE and bool(read.extension))
        extension = (payload.text(kind.get("extensionNumber"), limit=60) or read.number) if inside else ""
        return cls(
            party=Party(read.number, None if inside else read.e164, read.name, extension, read.withheld),
            inside=inside,
            leg_id=payload.text(end.get("legId")),
            own_number=payload.text(kind.get("number"), limit=60) if name in OUTSIDE else "",
            own_name=payload.text(kind.get("name"), limit=200),
            recording=payload.text(end.get("recordingId")),
        )


def _callee(direction: Direction, caller: _ReportParty, others: list[_ReportParty]) -> Party:
    """Who was called: the outside party of a call out, else the first extension it reached, else the number that was dialled."""
    wanted = [other for other in others if other.inside is (direction is not Direction.OUTBOUND)]
    for other in [*wanted, *others]:
        return other.party
    name = "" if caller.own_name == caller.own_number else caller.own_name
    return Party(caller.own_number, to_e164(caller.own_number), name)


def _report_outcome(
    value: Any, caller: _ReportParty, others: list[_ReportParty], answered_at: datetime | None, unknown: list[str]
) -> Outcome:
    """A call counts as answered when it was, by somebody: a dial plan picks up by itself, and then no extension takes part."""
    outcome = payload.lookup(CALLER_OUTCOMES, value, Outcome.UNKNOWN, "callerOutcome", unknown)
    if outcome is not Outcome.ANSWERED:
        return outcome
    somebody = caller.inside or any(other.inside for other in others)
    return Outcome.ANSWERED if answered_at is not None and somebody else Outcome.MISSED


def _span(outcome: Outcome, answered_at: datetime | None, ended_at: datetime | None) -> int | None:
    if outcome is Outcome.MISSED:
        return 0
    if outcome is not Outcome.ANSWERED or answered_at is None or ended_at is None:
        return None
    return payload.duration(round((ended_at - answered_at).total_seconds()))
