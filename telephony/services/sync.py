"""Keeping call logs complete: passes over stretches of time, newest to oldest, resumable at any page.

One step reads one page and commits its rows together with the position, so a process may die anywhere. A log is first read back to its
floor, then looked at again and again with an overlap for what came late, and once a week a month back for late changes.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from telephony.core.client import ProviderClient
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    GrantEnded,
    ProviderError,
    RequestRefused,
    UnusableReply,
)
from telephony.core.types import CallQuery, CallRecord, LogScope, Page
from telephony.models import LinkedAccount, PassKind, SyncGap, SyncRun, SyncState
from telephony.services.call_store import StoreCounts, note_missing, prepare, store_prepared
from telephony.services.gateway import with_client
from telephony.services.pacing import Paced
from telephony.services.retention import earliest_kept
from telephony.services.states import sentence_of

log = logging.getLogger(__name__)

RETENTION = timedelta(days=366)  # how far back a first pass goes
OVERLAP = timedelta(hours=24)  # calls that are reported or changed late
SETTLE = timedelta(minutes=2)  # calls this young may not be in the log yet (RingCentral: 15 to 30 seconds)
CLOCK_SKEW = timedelta(minutes=10)  # a provider's clock may be ahead of ours
EVERY = timedelta(minutes=5)
DEEP_EVERY = timedelta(days=7)
DEEP_BACK = timedelta(days=30)
LEASE = timedelta(seconds=120)  # longer than one page can take
PAGE_SIZE = 1000
BACKOFF_FIRST = timedelta(seconds=30)
BACKOFF_LONGEST = timedelta(hours=6)


class Busy(Exception):
    """Another worker syncs this log right now."""


@dataclass(slots=True)
class Step:
    """What one page did; `finished` when the pass is over."""

    counts: StoreCounts
    finished: bool


def ensure_states(account: LinkedAccount) -> list[SyncState]:
    """One state for each log that the account's provider has, created where it is missing."""
    floor = timezone.now() - RETENTION
    floor = max(floor, earliest_kept(account) or floor)
    return [
        SyncState.objects.get_or_create(account=account, scope=scope.value, defaults={"floor": floor})[0]
        for scope in account.spec.log_scopes
    ]


def sync_log(state_id: int, *, pages: int | None = None) -> SyncState:
    """Run the due pass of one log, or the next `pages` pages of it. Raises Busy; provider errors are kept in the state.

    The lease is renewed with every page, and ends by itself when the worker is killed.
    """
    owner = str(uuid.uuid4())
    state = _take_lease(state_id, owner)
    try:
        _begin_pass(state)
        run = SyncRun.objects.create(state=state, kind=state.pass_kind)
        try:
            with_client(state.account, lambda client: _run(client, state, run, owner, pages), patience=0)
        except Paced as pause:
            _paced(state, run, pause)
        except ProviderError as error:
            _failed(state, run, error)
        else:
            _succeeded(state, run)
    finally:
        SyncState.objects.filter(pk=state.pk, lease_owner=owner).update(lease_owner="", lease_until=None)
    state.refresh_from_db()
    return state


def due_states(now: datetime) -> list[int]:
    """Ids of the logs whose next pass is due and that nobody is syncing, the longest waiting first."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    states = SyncState.objects.filter(free, next_pass_at__lte=now, account__in=LinkedAccount.objects.usable())
    return list(states.order_by("next_pass_at").values_list("pk", flat=True)[:200])


def fill_gap(gap: SyncGap) -> None:
    """Ask for a gap to be read again in the next pass, which is due at once."""
    gap.wanted = True
    gap.save(update_fields=["wanted"])
    SyncState.objects.filter(pk=gap.state_id).update(next_pass_at=timezone.now())


def _take_lease(state_id: int, owner: str) -> SyncState:
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    if not SyncState.objects.filter(free, pk=state_id).update(lease_owner=owner, lease_until=now + LEASE):
        raise Busy(str(state_id))
    return SyncState.objects.select_related("account", "account__client").get(pk=state_id)


def _begin_pass(state: SyncState) -> None:
    """Resume the pass under way, or choose the next: first back to the floor, then gaps, the weekly deep look, and what is new."""
    if state.pass_kind:
        return
    now = timezone.now()
    kind, since, until = _next_pass(state, now)
    state.pass_kind, state.pass_since, state.pass_until = kind.value, since, until
    state.cursor, state.boundary, state.boundary_keys, state.pages = "", None, [], 0
    state.save()


def _next_pass(state: SyncState, now: datetime) -> tuple[PassKind, datetime, datetime]:
    end = now + CLOCK_SKEW
    if state.covered_until is None or state.covered_since is None:
        return PassKind.BACKFILL, state.floor, end
    gap = state.gaps.filter(wanted=True).first()
    if gap:
        return PassKind.GAP, gap.since, gap.until
    if state.covered_since > state.floor:
        return PassKind.BACKFILL, state.floor, state.covered_since
    if state.last_deep_at is None or now - state.last_deep_at > DEEP_EVERY:
        return PassKind.DEEP, max(state.floor, now - DEEP_BACK), end
    return PassKind.INCREMENTAL, max(state.floor, state.covered_until - OVERLAP), end


def _run(client: ProviderClient, state: SyncState, run: SyncRun, owner: str, pages: int | None) -> None:
    done = 0
    while state.pass_kind and (pages is None or done < pages):
        _step(client, state, run, owner)
        done += 1


def _step(client: ProviderClient, state: SyncState, run: SyncRun, owner: str) -> None:
    """Read one page; then rows, tombstones, position and coverage in one short transaction."""
    scope = LogScope(state.scope)
    assert state.pass_since is not None  # noqa: S101  # _begin_pass has set both
    assert state.pass_until is not None  # noqa: S101
    page = client.calls(CallQuery(state.pass_since, state.pass_until, scope, page_size=PAGE_SIZE), state.cursor or None)
    prepared = prepare(state.account, page.items, scope)
    with transaction.atomic():
        _keep_lease(state, owner)
        counts = store_prepared(state.account, prepared)
        counts += _compare(state, scope, page)
        _advance(state, page)
        state.calls = F("calls") + counts.added
        state.save()
    state.refresh_from_db(fields=["calls"])
    _count(run, counts)


def _keep_lease(state: SyncState, owner: str) -> None:
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
    lower = _oldest(page.items) if page.next_cursor else state.pass_since - timedelta(microseconds=1)
    if lower is None:
        return StoreCounts()
    seen = {record.key[:191] for record in page.items} | set(state.boundary_keys)
    return note_missing(state.account, scope, (lower, upper), seen)


def _advance(state: SyncState, page: Page[CallRecord]) -> None:
    """Move the position past a page, and the coverage with it."""
    oldest = _oldest(page.items)
    if oldest is not None:
        keys = [record.key[:191] for record in page.items if record.started_at == oldest]
        state.boundary_keys = keys + (state.boundary_keys if state.boundary == oldest else [])
        state.boundary = oldest
    state.pages += 1
    state.cursor = page.next_cursor or ""
    if state.pass_kind == PassKind.BACKFILL:
        _cover_back(state, oldest if page.next_cursor else state.pass_since)
    if page.next_cursor is None:
        _end_pass(state)


def _cover_back(state: SyncState, reached: datetime | None) -> None:
    """During a back-fill everything newer than the oldest row is complete; at its exact start there may be more to come."""
    assert state.pass_until is not None  # noqa: S101  # a pass is under way
    if reached is None:
        return
    if state.covered_until is None:
        state.covered_until = min(state.pass_until - CLOCK_SKEW, timezone.now()) - SETTLE
        state.covered_since = state.covered_until
    state.covered_since = min(state.covered_since or reached, reached)


def _end_pass(state: SyncState) -> None:
    now = timezone.now()
    assert state.pass_since is not None  # noqa: S101  # a pass is under way
    assert state.pass_until is not None  # noqa: S101
    if state.pass_kind == PassKind.BACKFILL:
        state.finished_backfill_at = now
    else:
        state.gaps.filter(since__gte=state.pass_since, until__lte=state.pass_until).delete()
    if state.pass_kind in (PassKind.INCREMENTAL, PassKind.DEEP):
        state.covered_until = max(state.covered_until or now, min(state.pass_until - CLOCK_SKEW, now) - SETTLE)
    if state.pass_kind == PassKind.DEEP or (state.pass_kind == PassKind.BACKFILL and state.last_deep_at is None):
        state.last_deep_at = now
    state.pass_kind, state.pass_since, state.pass_until = "", None, None
    state.cursor, state.boundary, state.boundary_keys = "", None, []
    state.last_pass_at = now


def _oldest(items: Iterable[CallRecord]) -> datetime | None:
    return min((record.started_at for record in items), default=None)


def _count(run: SyncRun, counts: StoreCounts) -> None:
    run.pages += 1
    run.added += counts.added
    run.changed += counts.changed
    run.unchanged += counts.unchanged
    run.deleted += counts.deleted
    run.save()


def _succeeded(state: SyncState, run: SyncRun) -> None:
    pause = timedelta(0) if state.pass_kind or not state.finished_backfill_at else EVERY * random.uniform(0.8, 1.2)  # noqa: S311  # jitter
    SyncState.objects.filter(pk=state.pk).update(
        failures=0, sentence="", error_code="", next_pass_at=timezone.now() + pause
    )
    _close(run, "", failed=False)


def _paced(state: SyncState, run: SyncRun, pause: Paced) -> None:
    """The budget is spent for now: go on exactly when there is some again. Nothing has failed."""
    wait = timedelta(seconds=pause.retry_after or 1)
    SyncState.objects.filter(pk=state.pk).update(
        failures=0, sentence="", error_code="", next_pass_at=timezone.now() + wait
    )
    _close(run, "", failed=False)


def _failed(state: SyncState, run: SyncRun, error: ProviderError) -> None:
    """Back off and say so. A position that the provider refuses or that leads nowhere is given up: the stretch becomes a gap."""
    sentence = sentence_of(error)[:400]
    if isinstance(error, RequestRefused | UnusableReply) and state.cursor:
        _give_up(state, sentence)
    pause = (
        BACKOFF_LONGEST if isinstance(error, AccessDenied | GrantEnded | CredentialRejected) else _backoff(state, error)
    )
    SyncState.objects.filter(pk=state.pk).update(
        failures=F("failures") + 1,
        sentence=sentence,
        error_code=error.code,
        next_pass_at=timezone.now() + pause,
    )
    _close(run, sentence, failed=True)


def _give_up(state: SyncState, reason: str) -> None:
    """Leave the rest of this pass as a gap with its reason, so that the next pass does not run into the same wall for ever."""
    stored = SyncState.objects.get(pk=state.pk)
    if stored.pass_since is None or stored.failures < 3:
        return
    with transaction.atomic():
        if stored.boundary and stored.boundary > stored.pass_since:
            SyncGap.objects.get_or_create(
                state=stored, since=stored.pass_since, until=stored.boundary, defaults={"reason": reason}
            )
            if stored.pass_kind == PassKind.BACKFILL:
                stored.covered_since = stored.pass_since
        _end_pass(stored)
        stored.save()


def _backoff(state: SyncState, error: ProviderError) -> timedelta:
    doubled: timedelta = min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** min(state.failures, 12)) * random.uniform(0.8, 1.2)  # noqa: S311  # jitter
    return max(doubled, timedelta(seconds=error.retry_after or 0))


def _close(run: SyncRun, sentence: str, *, failed: bool) -> None:
    run.ended_at, run.sentence, run.failed = timezone.now(), sentence, failed
    run.save()
