"""Records of one call that come one by one: put together with those that are stored, before any lock is taken where that is possible.

What is stored of a call is made again from the vendor's own records, so that it never matters which of them came first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from telephony.core.sessions import RANK, in_one, vendor_records
from telephony.core.types import CallRecord, LogScope
from telephony.models import Call, LinkedAccount

LOOKED_UP = 400  # rows a statement, with their vendor records

Parts = dict[str, CallRecord]
"""The records of one call by their own key."""


class _Kept(NamedTuple):
    """What is kept of a stored row."""

    key: str
    fingerprint: str
    outcome: str
    in_company_log: bool
    raw: object


@dataclass(frozen=True, slots=True)
class Merged:
    """Calls put together with what is stored, by row key, and the fingerprints of the rows that they were made with.

    A row of which no vendor record is kept, since a number was removed from it, stays as it is and is not among them where it says more
    than what came.
    """

    calls: dict[str, CallRecord] = field(default_factory=dict)
    made_with: dict[str, str] = field(default_factory=dict)


def parts_by_row(records: Iterable[CallRecord]) -> dict[str, Parts]:
    """A page's records by row. A key that comes twice counts once, the later one."""
    rows: dict[str, Parts] = {}
    for record in records:
        row_key = record.row_key
        parts = rows.get(row_key)
        if parts is None:
            rows[row_key] = {record.key: record}
        else:
            parts[record.key] = record
    return rows


def with_stored(account: LinkedAccount, rows: dict[str, Parts], scope: LogScope) -> Merged:
    """Each of these calls with the records of it that are stored and did not come. A record that did come counts as it came, but where the
    company's log has told the call already: its wording stays.
    """
    merged = Merged()
    kept = _kept(account, list(rows))
    for key, parts in rows.items():
        old = kept.get(key)
        if old is None:
            merged.calls[key] = in_one(list(parts.values()))
            continue
        stored = stored_parts(account, old.raw)
        whole = parts | stored if scope is LogScope.OWN and old.in_company_log else stored | parts
        call = in_one(list(whole.values()))
        merged.made_with[key] = old.fingerprint
        if stored or RANK[call.outcome.value] <= RANK[old.outcome]:
            merged.calls[key] = call
    return merged


def stored_parts(account: LinkedAccount, raw: object) -> Parts:
    """The records that a stored row was made of; none where they were removed, or cannot be read."""
    read, keys = account.spec.read_record, account.client_keys
    records = (read(vendor, keys) for vendor in vendor_records(raw))
    return {record.key: record for record in records if record}


def _kept(account: LinkedAccount, keys: list[str]) -> dict[str, _Kept]:
    found: dict[str, _Kept] = {}
    for start in range(0, len(keys), LOOKED_UP):
        batch = Call.objects.filter(account=account, key__in=keys[start : start + LOOKED_UP]).order_by()
        found |= {row[0]: _Kept(*row) for row in batch.values_list(*_Kept._fields)}
    return found
