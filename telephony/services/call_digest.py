"""What tells whether a provider's record has changed, without making the columns of a row out of it.

Most records that a sync reads are stored already, as they are. Mapping, cleaning and redacting one takes several times as long as all that
is done here: the record's fields as texts, its vendor JSON as the encoder gives it, one digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from telephony.core.storable import encoded
from telephony.core.types import CallLeg, CallRecord, MediaRef

_PARTY = ("number", "e164", "name", "extension", "withheld")
_ENDS = tuple(f"{side}.{name}" for side in ("caller", "callee") for name in _PARTY)
_WORDS = ("kind.value", "direction.value", "outcome.value")
_PLAIN = ("key", "duration", "extension", "extension_name", "session", "note", "deleted", "unknown_values")
_of_record: Callable[[CallRecord], tuple[Any, ...]] = attrgetter(*_WORDS, *_ENDS, *_PLAIN)
_moments_of: Callable[[CallRecord], tuple[datetime | None, ...]] = attrgetter(
    "started_at", "answered_at", "ended_at", "changed_at"
)
_of_leg: Callable[[CallLeg], tuple[Any, ...]] = attrgetter(*_WORDS[1:], *_ENDS, "duration", "label")
_of_media: Callable[[MediaRef], tuple[Any, ...]] = attrgetter("key", "duration", "content_type", "transcript")


def digest(record: CallRecord) -> tuple[str, str | None]:
    """32 characters that are the same for the same record only, whatever zone its times are written in; and its vendor JSON as text.

    None where that is none: a mapping that the encoder does not know.
    """
    vendor_json = _encoded(record.raw)
    whole = (
        _of_record(record),
        [_moment(moment) for moment in _moments_of(record)],
        [(_of_leg(leg), _moment(leg.started_at)) for leg in record.legs],
        [_of_media(media) if media else None for media in (record.recording, record.voicemail)],
        repr(record.raw) if vendor_json is None else vendor_json,
    )
    text = repr(whole).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, digest_size=16).hexdigest(), vendor_json


def _moment(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _encoded(raw: Any) -> str | None:
    try:
        return encoded(raw)
    except (TypeError, ValueError, RecursionError):
        return None
