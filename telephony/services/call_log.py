"""The call log: reading it from the provider, and keeping what was read. Live pages and the sync share this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from telephony.core.call_filter import CallFilter
from telephony.core.client import ProviderClient
from telephony.core.sessions import in_one
from telephony.core.types import LogScope
from telephony.models import LinkedAccount, Reading, Section, SyncState
from telephony.services.call_merge import parts_by_row
from telephony.services.call_store import store_page
from telephony.services.gateway import with_client
from telephony.services.pacing import PAGE_PATIENCE, Paced
from telephony.services.readings import FEATURE_OF_SECTION, attempt, observing

MOST_REQUESTS = 4  # for one page of the site; a filter that the provider does not have may need several
SECTION_OF = {LogScope.OWN: Section.OWN_CALLS, LogScope.COMPANY: Section.COMPANY_CALLS}
FEATURE_OF = {scope: FEATURE_OF_SECTION[section] for scope, section in SECTION_OF.items()}


@dataclass(slots=True)
class LiveRead:
    """How a live read went. `reached` is how far back it got, `complete` whether the whole wanted range was seen,
    `changed` how many rows it added or changed."""

    reading: Reading | None = None
    changed: int = 0
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
    state = sync_state(account, call_filter.scope)

    def work() -> None:
        query = call_filter.query(before=before)
        if before is not None and is_stored(state, query.since, before - timedelta(seconds=1)):
            result.complete, result.reached = True, query.since
            return
        try:
            with_client(
                account,
                lambda client: _read(client, account, call_filter, before, wanted, result),
                patience=PAGE_PATIENCE,
            )
        except Paced:
            # The sync is spending the budget to fetch this very log: what it has stored so far is what there is to show.
            if state is None or state.covered_since is None:
                raise
            result.reached = max(query.since, state.covered_since)
        _go_on_with_what_is_kept(result, state, query.since)

    result.reading = attempt(
        account,
        SECTION_OF[call_filter.scope],
        lambda: observing(account, FEATURE_OF[call_filter.scope], work),
    )
    return result


def sync_state(account: LinkedAccount, scope: LogScope) -> SyncState | None:
    """Where the sync of a log stands; None before it has begun."""
    return SyncState.objects.filter(account=account, scope=scope.value).first()


def is_stored(state: SyncState | None, since: datetime, until: datetime) -> bool:
    """Whether the sync has all of a log between the two, apart from gaps, so that no provider need be asked."""
    if state is None or state.error_code or state.covered_until is None or state.covered_until < until:
        return False
    return state.finished_backfill_at is not None or (state.covered_since is not None and state.covered_since <= since)


def _go_on_with_what_is_kept(result: LiveRead, state: SyncState | None, since: datetime) -> None:
    """Where the reading met what the sync has, that reaches as far back as the sync does."""
    if state is None or result.reached is None or state.covered_since is None or state.covered_until is None:
        return
    if state.covered_since < result.reached <= state.covered_until:
        result.reached = max(since, state.covered_since)


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
        counts = store_page(account, page.items, call_filter.scope)
        result.changed += counts.added + counts.changed
        result.matching += sum(
            call_filter.matches(in_one(list(parts.values()))) for parts in parts_by_row(page.items).values()
        )
        if page.items:
            result.reached = min(record.started_at for record in page.items)
        if page.next_cursor is None:
            result.complete, result.reached = True, query.since
            return
        if result.matching >= wanted:
            return
        cursor = page.next_cursor
