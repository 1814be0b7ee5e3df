"""The call log: reading it from the provider, and keeping what was read. Live pages and the sync share this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from telephony.core.call_filter import CallFilter
from telephony.core.client import ProviderClient
from telephony.core.sessions import in_one
from telephony.core.types import Feature, LogScope
from telephony.models import LinkedAccount, Reading, Section, SyncState
from telephony.services.call_merge import parts_by_row
from telephony.services.call_store import store_page
from telephony.services.gateway import with_client
from telephony.services.pacing import PAGE_PATIENCE, Paced
from telephony.services.readings import attempt, observing

MOST_REQUESTS = 4  # for one page of the site; a filter that the provider does not have may need several
SECTION_OF = {LogScope.OWN: Section.OWN_CALLS, LogScope.COMPANY: Section.COMPANY_CALLS}
FEATURE_OF = {LogScope.OWN: Feature.OWN_CALLS, LogScope.COMPANY: Feature.COMPANY_CALLS}


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
    state = SyncState.objects.filter(account=account, scope=call_filter.scope.value).first()

    def work() -> None:
        query = call_filter.query(before=before)
        if state and before is not None and _is_kept(state, query.since):
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

    result.reading = attempt(
        account,
        SECTION_OF[call_filter.scope],
        lambda: observing(account, FEATURE_OF[call_filter.scope], work),
    )
    return result


def _is_kept(state: SyncState, since: datetime) -> bool:
    """Whether the sync has all of a log since then, apart from what is newest."""
    reached = state.finished_backfill_at is not None or (
        state.covered_since is not None and state.covered_since <= since
    )
    return reached and not state.error_code


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
