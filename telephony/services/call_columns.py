"""How a call record becomes the columns of a row."""

from __future__ import annotations

from typing import Any

from telephony.core.call_filter import searchable_digits
from telephony.core.storable import storable
from telephony.core.types import CallLeg, CallRecord, MediaRef, Party


def call_columns(record: CallRecord, legs: Any = None, raw: Any = None) -> dict[str, Any]:
    """The columns of a stored call, cut to their lengths; `legs` and `raw` as they are to be stored, where that is known."""
    return {
        "key": record.row_key,
        "kind": record.kind.value,
        "direction": record.direction.value,
        "outcome": record.outcome.value,
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": None if ends_before_start(record) else record.ended_at,
        "duration": record.duration,
        **_party_columns("caller", record.caller),
        "caller_withheld": record.caller.withheld,
        **_party_columns("callee", record.callee),
        "extension": record.extension[:60],
        "extension_name": record.extension_name[:200],
        "session": record.session[:191],
        "legs": storable(plain_legs(record)) if legs is None else legs,
        "recording": _media(record.recording),
        "voicemail": _media(record.voicemail),
        "note": record.note,
        "unknown_values": list(record.unknown_values),
        "raw": storable(dict(record.raw)) if raw is None else raw,
        "changed_at": record.changed_at,
        "deleted_at": (record.changed_at or record.started_at) if record.deleted else None,
    }


def plain_legs(record: CallRecord) -> list[dict[str, Any]]:
    """The legs as JSON-like values, not yet made storable."""
    return [_leg(leg) for leg in record.legs]


def ends_before_start(record: CallRecord) -> bool:
    """A call that cannot be: its end is not stored, and stays in the vendor's record."""
    return record.ended_at is not None and record.ended_at < record.started_at


def _party_columns(side: str, party: Party) -> dict[str, Any]:
    return {
        f"{side}_number": party.number[:80],
        f"{side}_e164": party.e164,
        f"{side}_digits": searchable_digits(party),
        f"{side}_name": party.name[:200],
        f"{side}_extension": party.extension[:40],
    }


def _media(media: MediaRef | None) -> Any:
    return storable(_plain(media)) if media else None


def _leg(leg: CallLeg) -> dict[str, Any]:
    ends = {"caller": _plain(leg.caller), "callee": _plain(leg.callee)}
    return _plain(leg) | ends | {"started_at": leg.started_at.isoformat() if leg.started_at else None}


def _plain(value: CallLeg | MediaRef | Party) -> dict[str, Any]:
    """What `dataclasses.asdict` gives of one level, without copying what it holds: that took a third of preparing a row."""
    return {name: getattr(value, name) for name in value.__slots__}
