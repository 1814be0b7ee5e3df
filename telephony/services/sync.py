"""Keeping call logs complete: passes over stretches of time, newest to oldest, resumable at any page.

One step reads one page and commits its rows together with the position, so a process may die anywhere. A log is first read back to its
floor. Then it is looked at again and again: by asking what changed, where the provider tells, else by time with an overlap for what came
late; and once a week a month back for late changes.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from telephony.core.client import ProviderClient
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    GrantEnded,
    NotAnswering,
    ProviderError,
    RequestRefused,
    UnusableReply,
)
from telephony.core.types import LogScope
from telephony.models import LinkedAccount, PassKind, SyncGap, SyncRun, SyncState
from telephony.services import search_index
from telephony.services.call_log import FEATURE_OF
from telephony.services.gateway import with_client
from telephony.services.pacing import Paced
from telephony.services.readings import observe, observed_from
from telephony.services.retention import earliest_kept
from telephony.services.states import sentence_of
from telephony.services.sync_passes import begin_pass, end_pass, next_pass, unread_stretch
from telephony.services.sync_steps import LEASE, Busy, step, stop_asking

RETENTION = timedelta(days=366)  # how far back a first pass goes
EVERY = timedelta(minutes=5)
BUSY_PAUSE = timedelta(seconds=2)  # before the next look at an account that another worker reads
BACKOFF_FIRST = timedelta(seconds=30)
BACKOFF_LONGEST = timedelta(hours=6)
PATIENCE_WITH_CHANGES = 2  # failures
UNEVENTFUL_KEPT, RUNS_KEPT = timedelta(days=7), timedelta(days=366)  # in the sync history
BROKEN = "Something broke on our side"  # in English, as all that is stored for staff


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
        except Exception:
            _broke(state, run)
            raise
        else:
            _succeeded(state, run)
    finally:
        SyncState.objects.filter(pk=state.pk, lease_owner=owner).update(lease_owner="", lease_until=None)
    state.refresh_from_db()
    return state


def due_states(now: datetime) -> list[int]:
    """Ids of the logs whose next pass is due and whose account nobody is syncing, the longest waiting first."""
    under_way = SyncState.objects.filter(account=OuterRef("account"), lease_until__gt=now)
    states = SyncState.objects.filter(
        ~Exists(under_way), next_pass_at__lte=now, account__in=LinkedAccount.objects.usable()
    )
    return list(states.order_by("next_pass_at").values_list("pk", flat=True)[:200])


def come_back(state_id: int) -> None:
    """Somebody else is at this account: try again soon, whichever of its logs it is that they read."""
    SyncState.objects.filter(pk=state_id).update(next_pass_at=timezone.now() + BUSY_PAUSE)


def fill_gap(gap: SyncGap) -> None:
    """Ask for a gap to be read again in the next pass, which is due at once."""
    gap.wanted = True
    gap.save(update_fields=["wanted"])
    SyncState.objects.filter(pk=gap.state_id).update(next_pass_at=timezone.now())


def _take_lease(state_id: int, owner: str) -> SyncState:
    """Become the one worker of this log's account. Raises Busy, also where another log of the account is being read."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    with transaction.atomic():
        if not SyncState.objects.filter(free, pk=state_id).update(lease_owner=owner, lease_until=now + LEASE):
            raise Busy(str(state_id))
        state = SyncState.objects.select_related("account", "account__client").get(pk=state_id)
        # Two workers that take two logs of one account at once meet at its row; the second sees the lease of the first.
        LinkedAccount.objects.select_for_update().filter(pk=state.account_id).values("pk").first()
        others = SyncState.objects.filter(account=state.account_id, lease_until__gt=now).exclude(pk=state_id)
        if others.exists():
            raise Busy(str(state_id))
    return state


def _begin_pass(state: SyncState) -> None:
    """Resume the pass under way, or begin the one that is due."""
    if not state.pass_kind:
        begin_pass(state, *next_pass(state, timezone.now()))
        state.save()


def _run(client: ProviderClient, state: SyncState, run: SyncRun, owner: str, pages: int | None) -> None:
    done = 0
    while state.pass_kind and (pages is None or done < pages):
        step(client, state, run, owner)
        search_index.keep_up()
        done += 1


def _succeeded(state: SyncState, run: SyncRun) -> None:
    _observe(state)
    pause = timedelta(0) if state.pass_kind or not state.finished_backfill_at else EVERY * random.uniform(0.8, 1.2)  # noqa: S311  # jitter
    SyncState.objects.filter(pk=state.pk).update(
        failures=0, sentence="", error_code="", next_pass_at=timezone.now() + pause
    )
    _close(run, "", failed=False)


def _observe(state: SyncState, error: ProviderError | None = None) -> None:
    """What works and what is refused is the same for the sync and for the pages, which say it in the capability card."""
    observe(state.account, observed_from(FEATURE_OF[LogScope(state.scope)], error))


def _paced(state: SyncState, run: SyncRun, pause: Paced) -> None:
    """The budget is spent for now: go on exactly when there is some again. Nothing has failed."""
    wait = timedelta(seconds=pause.retry_after or 1)
    SyncState.objects.filter(pk=state.pk).update(
        failures=0, sentence="", error_code="", next_pass_at=timezone.now() + wait
    )
    if run.pages:
        _close(run, "", failed=False)
    else:
        run.delete()  # nothing was asked, so there is nothing to tell


def _failed(state: SyncState, run: SyncRun, error: ProviderError) -> None:
    """Back off and say so. A position that the provider refuses or that leads nowhere is given up: the stretch becomes a gap."""
    sentence = sentence_of(error)[:400]
    _observe(state, error)
    if isinstance(error, RequestRefused | UnusableReply) and state.cursor:
        _give_up(state, sentence)
    elif isinstance(error, RequestRefused | UnusableReply) and state.pass_kind == PassKind.CHANGES:
        _do_without_changes(state, run)
    pause = (
        BACKOFF_LONGEST if isinstance(error, AccessDenied | GrantEnded | CredentialRejected) else _backoff(state, error)
    )
    SyncState.objects.filter(pk=state.pk).update(
        failures=F("failures") + (0 if isinstance(error, NotAnswering) else 1),
        sentence=sentence,
        error_code=error.code,
        next_pass_at=timezone.now() + pause,
    )
    _close(run, sentence, failed=True)


def _broke(state: SyncState, run: SyncRun) -> None:
    """A mistake of ours backs off as a fault of the provider's does: it would come again every minute, and each time with a traceback."""
    SyncState.objects.filter(pk=state.pk).update(
        failures=F("failures") + 1, sentence=BROKEN, next_pass_at=timezone.now() + _doubled(state)
    )
    _close(run, BROKEN, failed=True)


def _give_up(state: SyncState, reason: str) -> None:
    """Leave the rest of this pass as a gap with its reason, so that the next pass does not run into the same wall for ever."""
    stored = SyncState.objects.get(pk=state.pk)
    if stored.pass_since is None or stored.failures < 3:
        return
    unread = unread_stretch(stored)
    with transaction.atomic():
        if unread and stored.pass_kind == PassKind.BACKFILL:
            stored.covered_since = stored.pass_since
        last_pass_at = stored.last_pass_at
        end_pass(stored, read_since=stored.boundary or stored.pass_until)
        stored.last_pass_at = last_pass_at  # this one has not come to its end
        stored.save()
        if unread:
            _leave_gap(stored, unread, reason)


def _leave_gap(state: SyncState, unread: tuple[datetime, datetime], reason: str) -> None:
    """Note the stretch as one gap, together with those that it touches: a wall that is met again and again makes no list of gaps."""
    touching = state.gaps.filter(since__lte=unread[1], until__gte=unread[0])
    ends = [unread, *touching.values_list("since", "until")]
    touching.delete()
    state.gaps.create(since=min(end[0] for end in ends), until=max(end[1] for end in ends), reason=reason)


def _do_without_changes(state: SyncState, run: SyncRun) -> None:
    """Find new calls by time where the provider's way of telling what changed keeps failing."""
    stored = SyncState.objects.get(pk=state.pk)
    if stored.failures >= PATIENCE_WITH_CHANGES and stored.pass_kind:
        stop_asking(stored, run)


def _backoff(state: SyncState, error: ProviderError) -> timedelta:
    if isinstance(error, NotAnswering):
        # Nobody was asked, so nothing doubles: the pause is that of the host, spread a little.
        return timedelta(seconds=error.retry_after or 60) * random.uniform(1.0, 1.5)  # noqa: S311  # jitter
    return max(_doubled(state), timedelta(seconds=error.retry_after or 0))


def _doubled(state: SyncState) -> timedelta:
    pause: timedelta = min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** min(state.failures, 12)) * random.uniform(0.8, 1.2)  # noqa: S311  # jitter
    return pause


def drop_old_runs() -> int:
    """Delete what nobody will look for in the sync history any more; gives how many. Every five minutes each log has a run."""
    now = timezone.now()
    uneventful = Q(failed=False, added=0, changed=0, deleted=0, remarks={}, started_at__lt=now - UNEVENTFUL_KEPT)
    return SyncRun.objects.filter(uneventful | Q(started_at__lt=now - RUNS_KEPT)).delete()[0]


def _close(run: SyncRun, sentence: str, *, failed: bool) -> None:
    run.ended_at, run.sentence, run.failed = timezone.now(), sentence, failed
    run.save()
