"""A row of sipgate's history in our terms. Pure: it never raises, keeps the whole row, and names what it does not know.

The base fields are from the swagger document of version 2; those per type (callStatus, duration, recordings, transcription, fax state)
from the official Node client, since the document lacks them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from telephony.core.payload import boolean, duration, lookup, mapping, mappings, moment, text, texts
from telephony.core.phone import digits, is_withheld, to_e164
from telephony.core.redaction import REDACTED, redact
from telephony.core.types import CallLeg, CallRecord, Direction, Kind, MediaRef, Outcome, Party
from telephony.providers.sipgate.vocabulary import (
    CALL_STATUSES,
    DIRECTIONS,
    ENDPOINT_ROLES,
    ENDPOINT_TYPES,
    FAX_STATUSES,
    KINDS,
    MISSED,
    STATUSES,
)

Row = Mapping[str, Any]

# p0, e12: an extension id; 3000001e0: the SIP name of one; 12: a quick-dial number.
_EXTENSION = re.compile(r"(?:\d{7})?[a-z]\d+|\d{1,5}")
# Short numbers of the public network: emergency calls, authorities, directory enquiries.
_PUBLIC_SHORT_NUMBER = re.compile(r"11[0258]\d*")
_SHORTEST_WITHOUT_PLUS = 8  # digits of an E.164 number whose plus sign was left out
# Links that open without a password: never stored. The entry's id leads to fresh ones.
_LINKS = ("recordingUrl", "documentUrl", "reportUrl", "previewUrl", "url")
_LONGEST_PROSE = 10_000


def call(row: Row, region: str | None = None) -> CallRecord | None:
    """One history entry; None for one without an id or a start time. `region` is the account's country, for national numbers."""
    key, started_at = text(row.get("id"), limit=100), moment(row.get("created"))
    if not key or started_at is None:
        return None
    unknowns: list[str] = []
    kind = lookup(KINDS, row.get("type"), Kind.CALL, "type", unknowns)
    caller, callee = _party(row, "source", region), _party(row, "target", region)
    direction = _direction(row, caller, callee, unknowns)
    outcome = _outcome(row, kind, direction, unknowns)
    return CallRecord(
        key=key,
        kind=kind,
        direction=direction,
        outcome=outcome,
        started_at=started_at,
        caller=caller,
        callee=callee,
        duration=_talk_time(row, kind, outcome),
        extension=_extension(row),
        extension_name={Direction.INBOUND: callee.name, Direction.OUTBOUND: caller.name}.get(direction, ""),
        session=text(row.get("callId"), limit=100),
        legs=_legs(row, caller, direction, unknowns),
        recording=_recording(row, key) if kind is Kind.CALL else None,
        voicemail=_voicemail(row, key) if kind is Kind.VOICEMAIL else None,
        note=_prose(row.get("note")),
        changed_at=moment(row.get("lastModified")),
        raw=_without_links(redact(row)),
        unknown_values=tuple(unknowns),
    )


def kept_record(row: Row, keys: Row) -> CallRecord | None:
    """An entry that was kept, read again; `keys` are the link's."""
    return call(row, text(keys.get("region")) or None)


def is_archived(row: Row) -> bool | None:
    """Whether an entry says that it is archived; None where it does not say."""
    return boolean(row.get("archived"))


def _party(row: Row, side: str, region: str | None) -> Party:
    number, name = text(row.get(side), limit=80), text(row.get(f"{side}Alias"), limit=200)
    if is_withheld(number):
        return Party(number=number, name=name, withheld=True)
    is_extension = _EXTENSION.fullmatch(number) is not None and not _PUBLIC_SHORT_NUMBER.fullmatch(number)
    return Party(
        number=number,
        e164=None if is_extension else _e164(number, region),
        name=name,
        extension=number if is_extension else "",
    )


def _e164(number: str, region: str | None) -> str | None:
    """E.164 of a number with a plus sign, with 00, in national form, or (seen in real rows) of one that has lost its plus sign."""
    if number.startswith("00"):
        return to_e164(f"+{number[2:]}")
    if number.startswith("0"):
        return to_e164(number, region)
    if number[:1].isdigit():
        return to_e164(f"+{number}") if len(digits(number)) >= _SHORTEST_WITHOUT_PLUS else None
    return to_e164(number)


def _direction(row: Row, caller: Party, callee: Party, unknowns: list[str]) -> Direction:
    """The entry's direction, else that of `incoming`. Internal where both ends are extensions, as far as the row tells."""
    found = lookup(DIRECTIONS, row.get("direction"), Direction.UNKNOWN, "direction", unknowns)
    if found is Direction.UNKNOWN and (incoming := boolean(row.get("incoming"))) is not None:
        found = Direction.INBOUND if incoming else Direction.OUTBOUND
    return Direction.INTERNAL if caller.extension and callee.extension else found


def _outcome(row: Row, kind: Kind, direction: Direction, unknowns: list[str]) -> Outcome:
    legacy = lookup(STATUSES, row.get("status"), Outcome.UNKNOWN, "status", unknowns)
    if kind is Kind.VOICEMAIL:
        return Outcome.VOICEMAIL
    if kind is Kind.SMS:
        return Outcome.UNKNOWN  # the history does not tell whether a text was delivered
    if kind is Kind.FAX:
        return lookup(FAX_STATUSES, row.get("faxStatusType"), legacy, "faxStatusType", unknowns)
    missed = text(row.get("direction")) in MISSED
    if text(row.get("callStatus")):
        said = lookup(CALL_STATUSES, row.get("callStatus"), Outcome.UNKNOWN, "callStatus", unknowns)
        # The direction of a missed call is documented as such, so it outweighs a status that speaks of the connection.
        doubtful = said is Outcome.ANSWERED or (said is Outcome.FAILED and direction is Direction.INBOUND)
        return Outcome.MISSED if missed and doubtful else said
    return Outcome.MISSED if missed and legacy is not Outcome.BUSY else legacy


def _talk_time(row: Row, kind: Kind, outcome: Outcome) -> int | None:
    """Seconds of conversation. An unanswered call has none: its `duration` counts the ringing."""
    if kind is not Kind.CALL:
        return None
    if outcome is Outcome.ANSWERED or (outcome is Outcome.UNKNOWN and text(row.get("status")) == "PICKUP"):
        return duration(row.get("duration"))
    return None if outcome in (Outcome.UNKNOWN, Outcome.IN_PROGRESS) else 0


def _extension(row: Row) -> str:
    """The phone line, group, fax or text extension that had the event; else where it was routed to."""
    owners = texts(row.get("connectionIds"))
    routed = (text(mapping(end.get("endpoint")).get("extension")) for end in mappings(row.get("endpoints")))
    return next(filter(None, (*owners, *routed)), "")[:60]


def _legs(row: Row, caller: Party, direction: Direction, unknowns: list[str]) -> tuple[CallLeg, ...]:
    """One leg for each endpoint that took part: rung, picked up, or forwarded to."""
    return tuple(_leg(end, caller, direction, unknowns) for end in mappings(row.get("endpoints")))


def _leg(end: Row, caller: Party, direction: Direction, unknowns: list[str]) -> CallLeg:
    endpoint = mapping(end.get("endpoint"))
    kind = text(endpoint.get("type"), limit=80)
    if kind and kind not in ENDPOINT_TYPES:
        unknowns.append(f"endpoint.type={kind}")
    return CallLeg(
        caller=caller,
        callee=Party(extension=text(endpoint.get("extension"), limit=60)),
        direction=direction,
        outcome=lookup(ENDPOINT_ROLES, end.get("type"), Outcome.UNKNOWN, "endpoints.type", unknowns),
        label=" ".join(filter(None, (text(end.get("type"), limit=80), kind))),
    )


def _recording(row: Row, key: str) -> MediaRef | None:
    """That there is a recording. Its link opens without a password, so the entry's id is kept, which leads to a fresh one."""
    if text(row.get("recordingUrl")) or any(mappings(row.get("recordings"))):
        return MediaRef(key=key)
    return None


def _voicemail(row: Row, key: str) -> MediaRef:
    return MediaRef(key=key, duration=duration(row.get("duration")), transcript=_prose(row.get("transcription")))


def _prose(value: Any) -> str:
    """A text of several lines as one."""
    return text(" ".join(value.split()), limit=_LONGEST_PROSE) if isinstance(value, str) else ""


def _without_links(row: dict[str, Any]) -> dict[str, Any]:
    hidden: dict[str, Any] = {name: REDACTED for name in _LINKS if row.get(name) and isinstance(row[name], str)}
    recordings = row.get("recordings")
    if isinstance(recordings, list):
        hidden["recordings"] = [_without_links(one) if isinstance(one, dict) else one for one in recordings]
    return {**row, **hidden}
