"""What tells whether a provider's record has changed, without making the columns of a row out of it.

Most records that a sync reads are stored already, as they are. Mapping, cleaning and redacting one takes several times as long as all that
is done here: the record's fields as texts, its vendor JSON as the encoder gives it, one digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from telephony.core.storable import encoded
from telephony.core.types import CallRecord, MediaRef
from telephony.services.call_columns import plain_legs

_PARTY = ("number", "e164", "name", "extension", "withheld")
_ENDS = tuple(f"{side}.{name}" for side in ("caller", "callee") for name in _PARTY)
_WORDS = ("kind.value", "direction.value", "outcome.value")
_PLAIN = ("key", "group", "duration", "extension", "extension_name", "session", "note", "deleted", "unknown_values")
_of_record: Callable[[CallRecord], tuple[Any, ...]] = attrgetter(*_WORDS, *_ENDS, *_PLAIN)
_moments_of: Callable[[CallRecord], tuple[datetime | None, ...]] = attrgetter(
    "started_at", "answered_at", "ended_at", "changed_at"
)
_of_media: Callable[[MediaRef], tuple[Any, ...]] = attrgetter("key", "duration", "content_type", "transcript")


class Digest(NamedTuple):
    """`fingerprint` has 32 characters, the same for the same record only, whatever zone its times are written in.

    `legs` and `raw` are the record's as JSON, as they came; `raw` is None where the encoder does not know what it is. `plain_legs` are the
    values that `legs` is the JSON of.
    """

    fingerprint: str
    legs: str
    raw: str | None
    plain_legs: list[dict[str, Any]]


def digest(record: CallRecord) -> Digest:
    """What is compared of a record, and what can be stored of that if nothing has to be cleaned."""
    plain = plain_legs(record)
    legs, raw = encoded(plain) if plain else "[]", _encoded(record.raw)
    whole = (
        _of_record(record),
        [moment and moment.timestamp() for moment in _moments_of(record)],
        [_of_media(media) if media else None for media in (record.recording, record.voicemail)],
    )
    text = f"{whole!r}{legs}{record.raw if raw is None else raw}".encode("utf-8", "backslashreplace")
    return Digest(hashlib.blake2b(text, digest_size=16).hexdigest(), legs, raw, plain)


def _encoded(raw: Any) -> str | None:
    try:
        return encoded(raw)
    except (TypeError, ValueError, RecursionError):
        return None
