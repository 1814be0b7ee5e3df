"""Stable ids for what is computed: a call record's opaque id leads back to its call."""

from __future__ import annotations

import base64
import binascii
import hashlib

_PREFIX = "Is8x"
_SIZE = 1 << 64
_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, _SIZE)
_ORDINALS = 16


def record_id(uid: int, ordinal: int) -> str:
    """The opaque id of the record number `ordinal` of one call: 15 characters."""
    mixed = (uid * _ORDINALS + ordinal) * _FACTOR % _SIZE
    return _PREFIX + base64.urlsafe_b64encode(mixed.to_bytes(8, "big")).decode().rstrip("=")


def parse_record_id(text: str) -> tuple[int, int] | None:
    """The call and the ordinal of a record id; None when it is none of ours."""
    if not text.startswith(_PREFIX):
        return None
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix(_PREFIX) + "=")
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 8:
        return None
    uid, ordinal = divmod(int.from_bytes(raw, "big") * _INVERSE % _SIZE, _ORDINALS)
    return (uid, ordinal) if record_id(uid, ordinal) == text else None


def session_id(uid: int) -> str:
    """The number shared by all records of one call."""
    return str(402_017_000_000 + uid * 37)


def telephony_session_id(uid: int) -> str:
    """The key shared with telephony events."""
    digest = hashlib.sha256(f"session:{uid}".encode()).hexdigest()
    return f"s-a{digest[:12]}z{digest[12:23]}z{digest[23:31]}0000"


def party_id(uid: int, ordinal: int) -> str:
    """One participant of a telephony session."""
    return f"p-{telephony_session_id(uid)[2:]}-{ordinal + 1}"


def recording_id(uid: int) -> str:
    """The id of a call's recording."""
    return str(7_120_000_000 + uid)


def parse_recording_id(text: str) -> int | None:
    """The call of a recording id."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 7_120_000_000:
        return None
    return int(text) - 7_120_000_000


def voicemail_id(uid: int) -> int:
    """The message id of a call's voicemail."""
    return 1_610_000_000_000 + uid


def device_id(extension_id: int) -> str:
    """The id of an extension's telephone."""
    return str(extension_id * 10 + 3)


def number_id(phone_number: str) -> int:
    """The id of a phone number."""
    return int(phone_number.lstrip("+")) % 10**9 + 33_000_000_000
