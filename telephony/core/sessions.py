"""One call that the provider tells in several records – each queue member, each forwarding, each side – as one record with its legs.

Records belong together by the provider's own key (`CallRecord.group`), never by number and time. The vendor's records are all kept in
`raw`, so that one that comes late, changes or goes lets the whole be made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from telephony.core.types import CallLeg, CallRecord, Json, Outcome

RECORDS = "records_of_one_call"
"""The key in `raw` under which several vendor records are kept; one by itself is kept as it came."""

# What the call came to is the best that any of its records says: it was answered if anybody answered. A word that we do not know comes
# before *missed*, since it may have been an answer.
_BEST_FIRST = (
    Outcome.IN_PROGRESS,
    Outcome.ANSWERED,
    Outcome.VOICEMAIL,
    Outcome.UNKNOWN,
    Outcome.MISSED,
    Outcome.DECLINED,
    Outcome.BUSY,
    Outcome.CANCELLED,
    Outcome.BLOCKED,
    Outcome.FAILED,
)
RANK: Mapping[str, int] = {outcome.value: place for place, outcome in enumerate(_BEST_FIRST)}


def in_one(records: Sequence[CallRecord]) -> CallRecord:
    """The call that these records (one or more, of one group, with different keys) tell; a single one is given back as it is."""
    if len(records) == 1:
        return records[0]
    known = sorted(records, key=lambda record: record.key)
    told = [record for record in known if not record.deleted] or known
    told.sort(key=_place)
    main = told[0]
    ends = [record.ended_at for record in told]
    return replace(
        main,
        started_at=min(record.started_at for record in told),
        answered_at=min((record.answered_at for record in told if record.answered_at), default=None),
        ended_at=None if None in ends else max(end for end in ends if end),
        legs=tuple(_legs(sorted(told, key=lambda record: (record.started_at, record.key)))),
        recording=next((record.recording for record in told if record.recording), None),
        voicemail=next((record.voicemail for record in told if record.voicemail), None),
        changed_at=max((record.changed_at for record in known if record.changed_at), default=None),
        raw={RECORDS: [record.raw for record in known]},
        unknown_values=tuple(dict.fromkeys(value for record in told for value in record.unknown_values)),
    )


def vendor_records(raw: Any) -> list[Json]:
    """The vendor's records that a stored `raw` keeps; none where they were removed."""
    if not isinstance(raw, Mapping) or not raw:
        return []
    several = raw.get(RECORDS)
    return [record for record in several if isinstance(record, Mapping)] if isinstance(several, list) else [raw]


def _place(record: CallRecord) -> tuple[Any, ...]:
    """The record that tells most about the call comes first: its best outcome, and of these who talked longest."""
    return RANK[record.outcome.value], -(record.duration or 0), record.started_at, record.key


def _legs(records: Iterable[CallRecord]) -> Iterable[CallLeg]:
    """Each leg once: every record of a call may list all of them. A record without legs is one itself."""
    legs: dict[CallLeg, None] = {}
    for record in records:
        legs.update(dict.fromkeys(record.legs or (_as_leg(record),)))
    return legs


def _as_leg(record: CallRecord) -> CallLeg:
    return CallLeg(
        record.caller,
        record.callee,
        record.direction,
        record.outcome,
        record.started_at,
        record.duration,
        record.extension_name,
    )
