"""One answer of a provider, and what is done with it: rows, tombstones, position and coverage in one short transaction."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from telephony.core.client import LogChanges, ProviderClient, TellsChanges
from telephony.core.errors import AccessDenied, NotFound, ProviderError, SyncTokenExpired
from telephony.core.types import CallQuery, CallRecord, LogScope, Page
from telephony.models import PassKind, SyncRun, SyncState
from telephony.services.call_store import StoreCounts, note_missing, prepare, store_prepared
from telephony.services.sync_passes import advance, begin_pass, deep_since, end_pass, oldest_of
from telephony.services.sync_remarks import Remark, note, note_oddities

LEASE = timedelta(seconds=120)  # longer than one page can take
PAGE_SIZE = 1000
ASK_AGAIN = timedelta(days=1)  # a provider that would not tell what changed


class Busy(Exception):
    """Another worker syncs this log right now."""


def step(client: ProviderClient, state: SyncState, run: SyncRun, owner: str) -> None:
    """Read one answer and keep it. Raises any ProviderError; then nothing has been changed but the way in which to go on."""
    if isinstance(client, TellsChanges):
        if state.pass_kind == PassKind.INCREMENTAL and state.pages == 0 and _may_ask(state):
            state.pass_kind = run.kind = PassKind.CHANGES.value
        if state.pass_kind == PassKind.CHANGES:
            _read_changes(client, state, run, owner)
            return
    _read_page(client, state, run, owner)


def stop_asking(state: SyncState, run: SyncRun) -> None:
    """Find new calls by time instead, for a day: the provider does not tell what changed in this log, or not so that it can be used."""
    state.change_token, state.changes_refused_at = "", timezone.now()
    _go_on_as(state, run, PassKind.INCREMENTAL)
    note(run, Remark.CHANGES_REFUSED)


def _may_ask(state: SyncState) -> bool:
    return state.changes_refused_at is None or timezone.now() - state.changes_refused_at > ASK_AGAIN


def _read_changes(client: TellsChanges, state: SyncState, run: SyncRun, owner: str) -> None:
    assert state.pass_since is not None  # noqa: S101  # the pass has been begun
    scope = LogScope(state.scope)
    try:
        changes = client.changes(scope, state.change_token, state.pass_since)
    except SyncTokenExpired as error:
        _start_over(state, run, error)
        return
    except (AccessDenied, NotFound):
        stop_asking(state, run)
        return
    prepared = prepare(state.account, changes.items, scope)
    with transaction.atomic():
        keep_lease(state, owner)
        counts = store_prepared(state.account, prepared)
        _move_on(state, run, changes)
        state.calls = F("calls") + counts.added
        state.save()
    state.refresh_from_db(fields=["calls"])
    note_oddities(run, changes.items)
    _count(run, counts)


def _move_on(state: SyncState, run: SyncRun, changes: LogChanges) -> None:
    state.change_token = changes.token
    state.pages += 1
    if not changes.complete:
        # The token holds from here on; what is older than it is read by time, in this same pass.
        state.pass_kind = run.kind = PassKind.INCREMENTAL.value
    elif not changes.more:
        end_pass(state)


def _start_over(state: SyncState, run: SyncRun, error: ProviderError) -> None:
    """The token is worth nothing any more: read the last month by time, which finds what it would have told."""
    if not state.change_token:
        raise error  # it was refused although none was sent
    state.change_token = ""
    _go_on_as(state, run, PassKind.DEEP)
    note(run, Remark.TOKEN_EXPIRED)


def _go_on_as(state: SyncState, run: SyncRun, kind: PassKind) -> None:
    assert state.pass_since is not None  # noqa: S101  # the pass has been begun
    assert state.pass_until is not None  # noqa: S101
    since = deep_since(state, timezone.now()) if kind is PassKind.DEEP else state.pass_since
    begin_pass(state, kind, since, state.pass_until)
    state.save()
    run.kind = kind.value


def _read_page(client: ProviderClient, state: SyncState, run: SyncRun, owner: str) -> None:
    scope = LogScope(state.scope)
    assert state.pass_since is not None  # noqa: S101  # the pass has been begun
    assert state.pass_until is not None  # noqa: S101
    page = client.calls(CallQuery(state.pass_since, state.pass_until, scope, page_size=PAGE_SIZE), state.cursor or None)
    prepared = prepare(state.account, page.items, scope)
    with transaction.atomic():
        keep_lease(state, owner)
        counts = store_prepared(state.account, prepared)
        counts += _compare(state, scope, page)
        advance(state, page)
        state.calls = F("calls") + counts.added
        state.save()
    state.refresh_from_db(fields=["calls"])
    note_oddities(run, page.items)
    _count(run, counts)


def keep_lease(state: SyncState, owner: str) -> None:
    """Renew the lease; raise Busy if it was lost, so that what a slow worker read is not written over another's."""
    now = timezone.now()
    if not SyncState.objects.filter(pk=state.pk, lease_owner=owner).update(lease_until=now + LEASE):
        raise Busy(str(state.pk))
    state.lease_owner, state.lease_until = owner, now + LEASE


def _compare(state: SyncState, scope: LogScope, page: Page[CallRecord]) -> StoreCounts:
    """Look for stored rows that this page should have shown: those between the oldest row before it and its own oldest."""
    assert state.pass_since is not None  # noqa: S101  # as above
    assert state.pass_until is not None  # noqa: S101
    upper = state.boundary or state.pass_until
    lower = oldest_of(page.items) if page.next_cursor else state.pass_since - timedelta(microseconds=1)
    if lower is None:
        return StoreCounts()
    seen = {record.row_key for record in page.items} | set(state.boundary_keys)
    return note_missing(state.account, scope, (lower, upper), seen, state.last_pass_at)


def _count(run: SyncRun, counts: StoreCounts) -> None:
    run.pages += 1
    run.added += counts.added
    run.changed += counts.changed
    run.unchanged += counts.unchanged
    run.deleted += counts.deleted
    note(run, Remark.NEW_ID, counts.renamed)
    run.save()
