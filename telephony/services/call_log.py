"""The call log: reading it from the provider, and keeping what was read. Live pages and the sync share this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import models

from telephony.core.call_filter import CallFilter, searchable_digits
from telephony.core.client import ProviderClient
from telephony.core.storable import storable
from telephony.core.types import CallRecord, Feature, LogScope, Party
from telephony.models import Call, LinkedAccount, Reading, Section
from telephony.services.gateway import with_client
from telephony.services.readings import attempt, observing

MOST_REQUESTS = 4  # for one page of the site; a filter that the provider does not have may need several
SECTION_OF = {LogScope.OWN: Section.OWN_CALLS, LogScope.COMPANY: Section.COMPANY_CALLS}
FEATURE_OF = {LogScope.OWN: Feature.OWN_CALLS, LogScope.COMPANY: Feature.COMPANY_CALLS}


@dataclass(slots=True)
class LiveRead:
    """How a live read went. `reached` is how far back it got, `complete` whether the whole wanted range was seen."""

    reading: Reading | None = None
    stored: int = 0
    matching: int = 0
    requests: int = 0
    reached: datetime | None = None
    complete: bool = False


def read_calls(
    account: LinkedAccount, call_filter: CallFilter, *, before: datetime | None = None, wanted: int = 50
) -> LiveRead:
    """Read calls that match from the provider, newest first, and store them, until `wanted` match or MOST_REQUESTS were sent.

    Never raises ProviderError: `reading` of the result tells what failed; what was read before that is stored.
    """
    result = LiveRead()

    def work() -> None:
        with_client(account, lambda client: _read(client, account, call_filter, before, wanted, result))

    result.reading = attempt(
        account,
        SECTION_OF[call_filter.scope],
        lambda: observing(account, FEATURE_OF[call_filter.scope], work),
    )
    return result


def _read(
    client: ProviderClient,
    account: LinkedAccount,
    call_filter: CallFilter,
    before: datetime | None,
    wanted: int,
    result: LiveRead,
) -> None:
    query, cursor = call_filter.query(before=before), None
    while result.requests < MOST_REQUESTS:
        page = client.calls(query, cursor)
        result.requests += 1
        result.stored += store_calls(account, page.items, call_filter.scope)
        result.matching += sum(call_filter.matches(record) for record in page.items)
        if page.items:
            result.reached = min(record.started_at for record in page.items)
        if page.next_cursor is None:
            result.complete, result.reached = True, query.since
            return
        if result.matching >= wanted:
            return
        cursor = page.next_cursor


def store_calls(account: LinkedAccount, records: Iterable[CallRecord], scope: LogScope) -> int:
    """Insert or update calls by the provider's id, in one statement per batch; returns how many rows were sent."""
    flag = "in_own_log" if scope is LogScope.OWN else "in_company_log"
    rows = {record.key: Call(account=account, **{flag: True}, **call_columns(record)) for record in records}
    Call.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["account", "key"],
        update_fields=[*_UPDATED, flag],
        batch_size=200,
    )
    return len(rows)


def call_columns(record: CallRecord) -> dict[str, Any]:
    """The columns of a stored call, cut to their lengths."""
    return {
        "key": record.key[:191],
        "kind": record.kind.value,
        "direction": record.direction.value,
        "outcome": record.outcome.value,
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "duration": record.duration,
        **_party_columns("caller", record.caller),
        "caller_withheld": record.caller.withheld,
        **_party_columns("callee", record.callee),
        "extension": record.extension[:60],
        "extension_name": record.extension_name[:200],
        "session": record.session[:191],
        "legs": [storable(_plain(asdict(leg))) for leg in record.legs],
        "recording": storable(asdict(record.recording)) if record.recording else None,
        "voicemail": storable(asdict(record.voicemail)) if record.voicemail else None,
        "note": record.note,
        "unknown_values": list(record.unknown_values),
        "raw": storable(dict(record.raw)),
        "changed_at": record.changed_at,
        "deleted_at": (record.changed_at or record.started_at) if record.deleted else None,
    }


def _party_columns(side: str, party: Party) -> dict[str, Any]:
    return {
        f"{side}_number": party.number[:80],
        f"{side}_e164": party.e164,
        f"{side}_digits": searchable_digits(party),
        f"{side}_name": party.name[:200],
        f"{side}_extension": party.extension[:40],
    }


def _plain(leg: dict[str, Any]) -> dict[str, Any]:
    started_at = leg["started_at"]
    return leg | {"started_at": started_at.isoformat() if started_at else None}


def _updated_columns() -> list[str]:
    kept = {"id", "account", "key", "in_own_log", "in_company_log", "first_seen_at"}
    return [
        field.name for field in Call._meta.get_fields() if isinstance(field, models.Field) and field.name not in kept
    ]


_UPDATED = _updated_columns()
