"""Making the columns of stored calls anew from the vendor's own records that are kept beside them, after a mapping has changed.

A row says by which version of its provider's mapping it was made, so that what is left to do is known after any stop. Rows are taken some
hundred a transaction, newest first, while the site runs; roll-ups, search and the marks of repeated calls follow in the same transaction.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from telephony.core.sessions import in_one
from telephony.core.types import LogScope
from telephony.models import Call, LinkedAccount, SyncState
from telephony.services import same_calls, search_index
from telephony.services.call_digest import digest
from telephony.services.call_facts import FLAG_OF
from telephony.services.call_merge import Parts, stored_parts
from telephony.services.call_store import facts_of, permitted, rewrite, tell
from telephony.services.call_writer import Row, prepared

BATCH = 300  # rows a transaction: SQLite's one write lock is held for some 50 ms
PAUSE = 0.01  # seconds between two, in which others write


@dataclass(slots=True)
class Rederived:
    """What a run did, in rows: looked at, made anew, put together with another row, and left as they are since nothing is kept of them."""

    seen: int = 0
    made: int = 0
    joined: int = 0
    left: int = 0


class _Kept(NamedTuple):
    """What is needed of a stored row."""

    pk: int
    key: str
    raw: object
    in_own_log: bool
    in_company_log: bool
    deleted_at: datetime | None


@dataclass(slots=True)
class _Target:
    """A row to be: the records it is made of, and the stored rows that held them."""

    parts: Parts = field(default_factory=dict)
    rows: list[_Kept] = field(default_factory=list)

    @property
    def flags(self) -> tuple[bool, bool]:
        """In which logs it is."""
        return any(row.in_own_log for row in self.rows), any(row.in_company_log for row in self.rows)

    @property
    def tombstone(self) -> datetime | None:
        """When a complete reading confirmed that the provider no longer has any of it."""
        stamps = [row.deleted_at for row in self.rows]
        return None if None in stamps else max(stamp for stamp in stamps if stamp)


def stale(account: LinkedAccount) -> QuerySet[Call]:
    """The calls of an account that an older mapping made."""
    return Call.objects.filter(account=account, mapping_version__lt=account.spec.mapping_version)


def rederive(
    account: LinkedAccount, *, everything: bool = False, progress: Callable[[Rederived], None] = lambda _done: None
) -> Rederived:
    """Make all stale calls of an account anew, or all of them. Stopped at any point, it goes on there with the next call."""
    done = Rederived()
    wanted = Call.objects.filter(account=account) if everything else stale(account)
    place: tuple[datetime, int] | None = None
    while batch := _next(wanted, place):
        place = batch[-1]
        _batch(account, [pk for _start, pk in batch], done)
        search_index.keep_up()
        progress(done)
        time.sleep(PAUSE)
    return done


def _next(wanted: QuerySet[Call], place: tuple[datetime, int] | None) -> list[tuple[datetime, int]]:
    """The next rows in the order of the list's index; the bound on the start alone is what lets the index be used."""
    if place is not None:
        start, pk = place
        wanted = wanted.filter(Q(started_at__lt=start) | Q(started_at=start, pk__lt=pk), started_at__lte=start)
    return list(wanted.order_by("-started_at", "-pk").values_list("started_at", "pk")[:BATCH])


@transaction.atomic
def _batch(account: LinkedAccount, ids: list[int], done: Rederived) -> None:
    family = same_calls.locked_family(account)
    rows = _kept(Call.objects.filter(pk__in=ids))
    done.seen += len(rows)
    targets, unread = _targets(account, rows)
    _with_rows_under_the_new_keys(account, targets, {row.pk for row in rows})
    anew = permitted(account, {key: _row(target) for key, target in targets.items()})
    held = {row.key: row for key in anew for row in targets[key].rows}
    before = facts_of(account, list(held))
    gone = _make_room(anew, targets)
    rewrite(family, account, before, [(row, targets[key].flags) for key, row in anew.items()])
    for told in same_calls.settle(account, gone):
        tell(*told)
    _recount(account, held.values(), [targets[key].flags for key in anew])
    Call.objects.filter(pk__in=[row.pk for row in unread]).update(mapping_version=account.spec.mapping_version)
    done.made += len(anew)
    done.joined += len(held) - len(anew)
    done.left += len(unread)


def _kept(found: QuerySet[Call]) -> list[_Kept]:
    return [_Kept(*row) for row in found.order_by("pk").values_list(*_Kept._fields)]


def _targets(account: LinkedAccount, rows: Iterable[_Kept]) -> tuple[dict[str, _Target], list[_Kept]]:
    """What rows become, by their keys to be; and those of which nothing is kept that could be read."""
    targets: dict[str, _Target] = defaultdict(_Target)
    unread = []
    for row in rows:
        parts = stored_parts(account, row.raw)
        if not parts:
            unread.append(row)
            continue
        # All records of a row go where the first one says: a mapping that parts them is followed when they come again.
        target = targets[next(iter(parts.values())).row_key]
        target.parts |= parts
        target.rows.append(row)
    return dict(targets), unread


def _with_rows_under_the_new_keys(account: LinkedAccount, targets: dict[str, _Target], taken: set[int]) -> None:
    """A row that is there already under the key that another gets is one of those that it is made of."""
    for row in _kept(Call.objects.filter(account=account, key__in=list(targets)).exclude(pk__in=taken)):
        target = targets[row.key]
        target.parts = stored_parts(account, row.raw) | target.parts
        target.rows.append(row)


def _row(target: _Target) -> Row:
    record = in_one(list(target.parts.values()))
    row = prepared(record, digest(record))
    tombstone = None if record.deleted else target.tombstone
    return row | {"deleted_at": tombstone} if tombstone else row


def _make_room(anew: dict[str, Row], targets: dict[str, _Target]) -> list[str]:
    """Give one stored row of each call its key to be, so that its page keeps its address, and take the others away; gives the old keys."""
    gone: list[str] = []
    for key in anew:
        rows = sorted(targets[key].rows, key=lambda row: (row.key != key, row.pk))
        stays, others = rows[0], rows[1:]
        if others:
            Call.objects.filter(pk__in=[row.pk for row in others]).delete()
        if stays.key != key:
            Call.objects.filter(pk=stays.pk).update(key=key)
        gone += [row.key for row in rows if row.key != key]
    return gone


def _recount(account: LinkedAccount, held: Iterable[_Kept], flags: list[tuple[bool, bool]]) -> None:
    """Let the logs' own counts follow where rows were put together."""
    held = list(held)
    for place, scope in enumerate((LogScope.OWN, LogScope.COMPANY)):
        fewer = sum(getattr(row, FLAG_OF[scope]) for row in held) - sum(logs[place] for logs in flags)
        if fewer:
            left = Greatest(F("calls") - fewer, Value(0), output_field=models.IntegerField())
            SyncState.objects.filter(account=account, scope=scope.value).update(calls=left)
