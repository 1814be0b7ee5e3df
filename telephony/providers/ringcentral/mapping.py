"""RingCentral's call log records, turned into ours. Pure functions that never raise for odd values.

Shapes as in https://developers.ringcentral.com/guide/voice/call-log/details and the vendor's API document (CallLogRecord, its legs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from telephony.core import payload
from telephony.core.phone import is_withheld, to_e164
from telephony.core.redaction import redact
from telephony.core.types import CallLeg, CallRecord, Direction, Json, Kind, MediaRef, Outcome, Party
from telephony.providers.ringcentral.vocabulary import (
    DIRECTIONS,
    KINDS,
    NOBODY_TALKED,
    OUTBOUND_OUTCOMES,
    OUTCOMES,
    PLAIN_REASONS,
    PLAIN_RESULTS,
)

Row = Mapping[str, Any]
LONGEST_KEY = 191
SESSION = "session:"


def call_record(row: Row, region: str | None = None) -> CallRecord | None:
    """One record of the call log; None for one without an id or a start. `region` is for numbers in national form."""
    key, started_at = payload.text(row.get("id"), limit=LONGEST_KEY), payload.moment(row.get("startTime"))
    if not key or started_at is None:
        return None
    unknowns: list[str] = []
    caller, callee = caller_of(row, region), callee_of(row, region)
    outcome = outcome_of(row, unknowns)
    ours = own_side(row)
    return CallRecord(
        key=key,
        kind=payload.lookup(KINDS, row.get("type"), Kind.CALL, "type", unknowns),
        direction=direction_of(row, unknowns),
        outcome=outcome,
        started_at=started_at,
        caller=caller,
        callee=callee,
        duration=talk_seconds(row, outcome),
        extension=_extension_of(row, ours),
        extension_name=payload.text(ours.get("name"), limit=200) if is_extension(ours) else "",
        group=_group(row),
        session=payload.text(row.get("telephonySessionId") or row.get("sessionId"), limit=LONGEST_KEY),
        legs=tuple(call_leg(leg, region, unknowns) for leg in payload.mappings(row.get("legs"))),
        recording=_recording(row),
        voicemail=_voicemail(row),
        note=note_of(row, outcome),
        changed_at=payload.moment(row.get("lastModifiedTime")),
        deleted=row.get("deleted") is True,
        raw=redact(row),
        unknown_values=tuple(dict.fromkeys(unknowns)),
    )


def _group(row: Row) -> str:
    """Every extension that took part in a call has a record of its own, all with one sessionId (required in the vendor's document)."""
    session = payload.text(row.get("sessionId"), limit=LONGEST_KEY - len(SESSION))
    return SESSION + session if session else ""


def kept_record(row: Row, keys: Json) -> CallRecord | None:
    """A record that was kept, read again; `keys` are the link's."""
    return call_record(row, payload.text(keys.get("region")) or None)


def call_leg(leg: Row, region: str | None, unknowns: list[str]) -> CallLeg:
    """One leg. Its label is what the leg did ("FindMe", "Phone Call"), or else how it was connected (legType)."""
    outcome = outcome_of(leg, unknowns)
    return CallLeg(
        caller=caller_of(leg, region),
        callee=callee_of(leg, region),
        direction=direction_of(leg, unknowns),
        outcome=outcome,
        started_at=payload.moment(leg.get("startTime")),
        duration=talk_seconds(leg, outcome),
        label=payload.text(leg.get("action"), limit=80) or payload.text(leg.get("legType"), limit=80),
    )


def direction_of(row: Row, unknowns: list[str]) -> Direction:
    """The direction; INTERNAL when both ends are extensions, which RingCentral itself has no word for."""
    told = payload.lookup(DIRECTIONS, row.get("direction"), Direction.UNKNOWN, "direction", unknowns)
    surprise = told is Direction.UNKNOWN and payload.text(row.get("direction"))
    if not surprise and is_extension(payload.mapping(row.get("from"))) and is_extension(payload.mapping(row.get("to"))):
        return Direction.INTERNAL
    return told


def outcome_of(row: Row, unknowns: list[str]) -> Outcome:
    """How the call ended, by `result`; `reason` only explains it."""
    result = payload.text(row.get("result"), limit=80)
    if row.get("direction") == "Outbound" and result in OUTBOUND_OUTCOMES:
        return OUTBOUND_OUTCOMES[result]
    return payload.lookup(OUTCOMES, result, Outcome.UNKNOWN, "result", unknowns)


def talk_seconds(row: Row, outcome: Outcome) -> int | None:
    """Talk time: RingCentral's duration also counts ringing where nobody talked, and is not final while a call is running."""
    if outcome in NOBODY_TALKED:
        return 0
    return None if outcome is Outcome.IN_PROGRESS else payload.duration(row.get("duration"))


def caller_of(row: Row, region: str | None) -> Party:
    """The calling end."""
    return _party(payload.mapping(row.get("from")), "dialerPhoneNumber", region)


def callee_of(row: Row, region: str | None) -> Party:
    """The called end."""
    return _party(payload.mapping(row.get("to")), "dialedPhoneNumber", region)


def _party(end: Row, second_choice: str, region: str | None) -> Party:
    """One end; any part may be missing, and a masked number (``+1855201XXXX``) stays as it is."""
    number = payload.text(end.get("phoneNumber"), limit=80) or payload.text(end.get(second_choice), limit=80)
    name = payload.text(end.get("name"), limit=200)
    extension = payload.text(end.get("extensionNumber"), limit=40)
    hidden = is_withheld(number) or (not number and not extension and is_withheld(name))
    return Party(
        number=number, e164=to_e164(number, region), name="" if hidden else name, extension=extension, withheld=hidden
    )


def is_extension(end: Row) -> bool:
    """Whether an end of a call is an extension of the company."""
    return bool(payload.text(end.get("extensionNumber")) or payload.text(end.get("extensionId")))


def own_side(row: Row) -> Row:
    """The end that belongs to the extension whose record this is; {} where the row does not tell."""
    sides = {"Inbound": "to", "Outbound": "from"}
    return payload.mapping(row.get(sides.get(payload.text(row.get("direction")), "")))


def _extension_of(row: Row, ours: Row) -> str:
    """The number of the extension that had the call, or its id: at the top level it is often only in the legs."""
    named = payload.text(ours.get("extensionNumber"), limit=60) or payload.text(ours.get("extensionId"), limit=60)
    return named or next(_ids_under("extension", row), "")


def _recording(row: Row) -> MediaRef | None:
    """The recording's id; of several, in the legs of one call, the first."""
    key = next(_ids_under("recording", row), "")
    return MediaRef(key) if key else None


def _ids_under(name: str, row: Row) -> Iterator[str]:
    """Ids of the objects called `name` in a record and in its legs, the master leg's first."""
    legs = sorted(payload.mappings(row.get("legs")), key=lambda leg: leg.get("master") is not True)
    for holder in (row, *legs):
        if key := payload.text(payload.mapping(holder.get(name)).get("id"), limit=60):
            yield key


def _voicemail(row: Row) -> MediaRef | None:
    message = payload.mapping(row.get("message"))
    key = payload.text(message.get("id"), limit=60)
    return MediaRef(key) if key and message.get("type") == "VoiceMail" else None


def note_of(row: Row, outcome: Outcome) -> str:
    """RingCentral's own words, where they say more than the outcome does."""
    result, reason = payload.text(row.get("result"), limit=80), payload.text(row.get("reason"), limit=80)
    explained = outcome is not Outcome.ANSWERED and reason not in PLAIN_REASONS
    why = (payload.text(row.get("reasonDescription"), limit=400) or reason) if explained else ""
    return ": ".join(dict.fromkeys(filter(None, ["" if result in PLAIN_RESULTS else result, why])))
