"""Which pass of a call log comes next, and how its position and coverage move: decisions about a state, which the caller saves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from telephony.core.types import CallRecord, Page
from telephony.models import PassKind, SyncState

OVERLAP = timedelta(hours=24)  # calls that are reported or changed late
SETTLE = timedelta(minutes=2)  # calls this young may not be in the log yet (RingCentral: 15 to 30 seconds)
CLOCK_SKEW = timedelta(minutes=10)  # a provider's clock may be ahead of ours
CALL_SPREAD = timedelta(minutes=30)  # between the first and the last beginning of the records of one call
DEEP_EVERY = timedelta(days=7)
DEEP_BACK = timedelta(days=30)


def begin_pass(state: SyncState, kind: PassKind, since: datetime, until: datetime) -> None:
    """Put a state at the beginning of a pass."""
    state.pass_kind, state.pass_since, state.pass_until = kind.value, since, until
    state.cursor, state.boundary, state.boundary_keys, state.pages = "", None, [], 0


def next_pass(state: SyncState, now: datetime) -> tuple[PassKind, datetime, datetime]:
    """The pass that is due: first back to the floor, then wanted gaps, the weekly deep look, and what is new."""
    end = now + CLOCK_SKEW
    if state.covered_until is None or state.covered_since is None:
        return PassKind.BACKFILL, state.floor, end
    gap = state.gaps.filter(wanted=True).first()
    if gap:
        return PassKind.GAP, gap.since, gap.until
    if state.covered_since > state.floor:
        return PassKind.BACKFILL, state.floor, state.covered_since
    if state.last_deep_at is None or now - state.last_deep_at > DEEP_EVERY:
        return PassKind.DEEP, deep_since(state, now), end
    return PassKind.INCREMENTAL, overlapping(state), end


def overlapping(state: SyncState) -> datetime:
    """Where a look for new calls begins."""
    assert state.covered_until is not None  # noqa: S101  # the first pass has set it
    return max(state.floor, state.covered_until - OVERLAP)


def deep_since(state: SyncState, now: datetime) -> datetime:
    """Where a deep look begins: a month back, and never later than a look for new calls, however long nobody looked."""
    return max(state.floor, min(now - DEEP_BACK, overlapping(state)))


def advance(state: SyncState, page: Page[CallRecord]) -> None:
    """Move the position past a page, and the coverage with it."""
    oldest = oldest_of(page.items)
    if oldest is not None:
        keys = list(dict.fromkeys(record.row_key for record in page.items if _may_come_again(record, oldest)))
        state.boundary_keys = keys + (state.boundary_keys if state.boundary == oldest else [])
        state.boundary = oldest
    state.pages += 1
    state.cursor = page.next_cursor or ""
    if state.pass_kind == PassKind.BACKFILL:
        _cover_back(state, oldest if page.next_cursor else state.pass_since)
    if page.next_cursor is None:
        end_pass(state)


def _may_come_again(record: CallRecord, oldest: datetime) -> bool:
    """Whether the next page may have more of this row: at the same moment, or another record of the same call, begun before."""
    return record.started_at == oldest or (bool(record.group) and record.started_at - oldest < CALL_SPREAD)


def _cover_back(state: SyncState, reached: datetime | None) -> None:
    """During a back-fill everything newer than the oldest row is complete; at its exact start there may be more to come."""
    assert state.pass_until is not None  # noqa: S101  # a pass is under way
    if reached is None:
        return
    if state.covered_until is None:
        state.covered_until = min(state.pass_until - CLOCK_SKEW, timezone.now()) - SETTLE
        state.covered_since = state.covered_until
    state.covered_since = min(state.covered_since or reached, reached)


def unread_stretch(state: SyncState) -> tuple[datetime, datetime] | None:
    """What a pass that is given up leaves unread; None where an earlier pass has read it, or the next back-fill begins with it anyway."""
    assert state.pass_since is not None  # noqa: S101  # a pass is under way
    assert state.pass_until is not None  # noqa: S101
    since, until = state.pass_since, state.boundary or min(state.pass_until, timezone.now())
    if state.pass_kind == PassKind.BACKFILL and state.boundary is None:
        return None
    if state.pass_kind in (PassKind.INCREMENTAL, PassKind.DEEP):
        since = max(since, overlapping(state))
    return (since, until) if since < until else None


def end_pass(state: SyncState, read_since: datetime | None = None) -> None:
    """The stretch of the pass has been read: to its end, or back to `read_since` where the rest is given up."""
    now = timezone.now()
    assert state.pass_since is not None  # noqa: S101  # a pass is under way
    assert state.pass_until is not None  # noqa: S101
    if state.pass_kind == PassKind.BACKFILL:
        state.finished_backfill_at = now
    elif state.pass_kind != PassKind.CHANGES:  # which looks at what changed, not at a stretch
        read = Q(since__gte=read_since or state.pass_since, until__lte=state.pass_until)
        tried = Q(since=state.pass_since, until=state.pass_until) if state.pass_kind == PassKind.GAP else Q(pk__in=[])
        state.gaps.filter(read | tried).delete()
    if state.pass_kind in (PassKind.INCREMENTAL, PassKind.DEEP, PassKind.CHANGES):
        state.covered_until = max(state.covered_until or now, min(state.pass_until - CLOCK_SKEW, now) - SETTLE)
    if state.pass_kind == PassKind.DEEP or (state.pass_kind == PassKind.BACKFILL and state.last_deep_at is None):
        state.last_deep_at = now
    state.pass_kind, state.pass_since, state.pass_until = "", None, None
    state.cursor, state.boundary, state.boundary_keys = "", None, []
    state.last_pass_at = now


def oldest_of(items: Iterable[CallRecord]) -> datetime | None:
    """The earliest start among records."""
    return min((record.started_at for record in items), default=None)
