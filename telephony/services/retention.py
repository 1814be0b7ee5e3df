"""How long calls are kept: the site's rule and the person's own, each applied for itself, in small transactions.

Days are whole days of the person's time zone, so that statistics by day never show a day of which half is gone: a rule of 30 days keeps
today and the thirty days before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from telephony.models import (
    Call,
    Export,
    FailedRequest,
    LinkedAccount,
    Message,
    PlacedCall,
    PurgeRun,
    ReceivedText,
    RetentionAction,
    RetentionRule,
    SyncRun,
    SyncState,
)
from telephony.services import rollup, same_calls
from telephony.services.call_store import tell
from telephony.services.removal import Row, anonymous

BATCH = 500  # calls a transaction: SQLite's one write lock is held for some 30 ms
PAUSE = 0.01  # seconds between two, in which others write
PURGE_ABANDONED = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a rule means today: what becomes of calls that started before `cutoff`."""

    cutoff: datetime
    action: RetentionAction


@dataclass(slots=True)
class Purged:
    """How many calls a purge has deleted and anonymised, or would."""

    deleted: int = 0
    anonymised: int = 0


def site_rule() -> tuple[int, RetentionAction] | None:
    """The site's days and action; None where calls are kept."""
    return (settings.RETENTION_DAYS, RetentionAction(settings.RETENTION_ACTION)) if settings.RETENTION_DAYS else None


def limits(account: LinkedAccount, now: datetime | None = None) -> list[Limit]:
    """The site's rule and the person's own for this account, deletion first."""
    rules = [(rule.days, RetentionAction(rule.action)) for rule in RetentionRule.objects.filter(account=account)]
    if site := site_rule():
        rules.append(site)
    found = [Limit(cutoff(days, ZoneInfo(account.user.time_zone), now), action) for days, action in rules]
    return sorted(found, key=lambda limit: limit.action != RetentionAction.DELETE)


def cutoff(days: int, zone: ZoneInfo, now: datetime | None = None) -> datetime:
    """The first moment that is kept: the start of the local day so many days ago, whatever the clock did since."""
    day = (now or timezone.now()).astimezone(zone).date() - timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def earliest_kept(account: LinkedAccount) -> datetime | None:
    """Before this nothing of the account is kept, so nothing need be fetched; None where there is no such bound."""
    cuts = [limit.cutoff for limit in limits(account) if limit.action is RetentionAction.DELETE]
    return max(cuts, default=None)


def permitted(account: LinkedAccount, rows: dict[str, Row]) -> dict[str, Row]:
    """A page's rows without those that would be deleted again, and with those anonymised that would be; for `BEFORE_STORE`."""
    now = timezone.now()
    for limit in limits(account, now):
        if limit.action is RetentionAction.DELETE:
            rows = {key: row for key, row in rows.items() if row["started_at"] >= limit.cutoff}
        else:
            blank = anonymous(now)
            rows = {key: row if row["started_at"] >= limit.cutoff else row | blank for key, row in rows.items()}
    return rows


def purge(account: LinkedAccount, *, dry_run: bool = False) -> Purged:
    """Apply the rules to what is stored. Interrupted at any point, it goes on where it was with the next call."""
    purged, left = Purged(), Call.objects.filter(account=account)
    for limit in limits(account):
        old = left.filter(started_at__lt=limit.cutoff)
        left = left.filter(
            started_at__gte=limit.cutoff
        )  # what one rule has done, or a dry run has counted, is no other's
        if limit.action is RetentionAction.DELETE:
            purged.deleted += old.count() if dry_run else _in_batches(old, lambda calls: _delete(account, calls))
        else:
            named = old.filter(Q(caller_removed_at=None) | Q(callee_removed_at=None))
            purged.anonymised += (
                named.count() if dry_run else _in_batches(named, lambda calls: _anonymise(account, calls))
            )
        if not dry_run:
            _purge_texts(account, limit)
            # Calls that were started here are in no statistics: without the number, nothing of them is worth keeping.
            PlacedCall.objects.filter(account=account, asked_at__lt=limit.cutoff).delete()
    if not dry_run:
        raise_floors(account)
    return purged


def _purge_texts(account: LinkedAccount, limit: Limit) -> None:
    """The same for texts. They are few, and nothing counts them, so without their numbers and words nothing is left to keep."""
    ReceivedText.objects.filter(account=account, at__lt=limit.cutoff).delete()
    Message.objects.filter(account=account, asked_at__lt=limit.cutoff).exclude(send_at__gt=timezone.now()).delete()


def raise_floors(account: LinkedAccount) -> None:
    """Let the sync want nothing that would not be kept, and call nothing complete that is not here any more."""
    if earliest := earliest_kept(account):
        states = SyncState.objects.filter(account=account)
        states.filter(floor__lt=earliest).update(floor=earliest)
        states.filter(covered_since__lt=earliest).update(covered_since=earliest)


def change_rule(account: LinkedAccount, days: int | None, action: RetentionAction, sync_floor: datetime) -> None:
    """Set or remove the person's rule. A looser one lets the sync fetch again what the provider still has, back to `sync_floor`."""
    with transaction.atomic():
        if days is None:
            RetentionRule.objects.filter(account=account).delete()
        else:
            RetentionRule.objects.update_or_create(account=account, defaults={"days": days, "action": action.value})
        floor = max(sync_floor, earliest_kept(account) or sync_floor)
        states = SyncState.objects.filter(account=account, floor__gt=floor)
        states.filter(covered_since__lt=F("floor")).update(covered_since=F("floor"))
        states.update(floor=floor, next_pass_at=timezone.now())


def purge_all(
    run: PurgeRun, report: Callable[[LinkedAccount, Purged], None] = lambda account, purged: None
) -> PurgeRun:
    """Purge every account that has a rule, and note what was done."""
    for account in with_rules().iterator(100):
        purged = purge(account)
        run.deleted += purged.deleted
        run.anonymised += purged.anonymised
        report(account, purged)
    run.ended_at = timezone.now()
    run.save()
    return run


def with_rules() -> QuerySet[LinkedAccount]:
    """The accounts that have a rule: all where the site has one."""
    accounts = LinkedAccount.objects.select_related("user").order_by("pk")
    found: QuerySet[LinkedAccount] = accounts if site_rule() else accounts.exclude(retention=None)
    return found


def claim_daily_purge() -> list[int]:
    """The id of today's purge, once: for the first caller of the day, or where the worker that had it fell silent."""
    if not (site_rule() or any(model.objects.exists() for model in (RetentionRule, Export, FailedRequest, SyncRun))):
        return []  # there is nothing that this could do
    now = timezone.now()
    run, is_new = PurgeRun.objects.get_or_create(day=now.date(), defaults={"started_at": now})
    abandoned = PurgeRun.objects.filter(pk=run.pk, ended_at=None, started_at__lt=now - PURGE_ABANDONED)
    return [run.pk] if is_new or abandoned.update(started_at=now) else []


def _in_batches(calls: QuerySet[Call], work: Callable[[QuerySet[Call]], None]) -> int:
    """Oldest first, since that is the order of the index; gives how many."""
    done = 0
    while True:
        with transaction.atomic():
            ids = list(calls.order_by("started_at", "pk").values_list("pk", flat=True)[:BATCH])
            if ids:
                work(Call.objects.filter(pk__in=ids))
        done += len(ids)
        if len(ids) < BATCH:
            return done
        time.sleep(PAUSE)


def _delete(account: LinkedAccount, calls: QuerySet[Call]) -> None:
    same_calls.locked_family(account)
    keys = list(calls.values_list("key", flat=True))
    rollup.discount(account, calls)
    for scope, flag in (("own", "in_own_log"), ("company", "in_company_log")):
        gone = calls.filter(**{flag: True}, deleted_at=None).count()
        left = Greatest(F("calls") - gone, Value(0), output_field=models.IntegerField())
        SyncState.objects.filter(account=account, scope=scope).update(calls=left)
    calls.delete()
    for told in same_calls.settle(account, keys):
        tell(*told)


def _anonymise(account: LinkedAccount, calls: QuerySet[Call]) -> None:
    with rollup.following(account, calls):
        calls.update(**anonymous(timezone.now()))
