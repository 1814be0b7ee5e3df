"""Storing call records: one transaction a page, only what is new or changed is written, and what disappeared is noticed.

Records are compared by fingerprint before they become rows, so reading the same page again costs one SELECT and no lock. Writing goes
through `call_writer`, past model instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from telephony.core.collector import collector_paused
from telephony.core.sessions import in_one
from telephony.core.types import CallRecord, LogScope
from telephony.models import Call, LinkedAccount
from telephony.services import same_calls, search_index
from telephony.services.call_digest import digest
from telephony.services.call_facts import FLAG_OF, PREPARED, CallFacts, StoreChange, facts_columns, facts_from
from telephony.services.call_merge import Merged, Parts, parts_by_row, with_stored
from telephony.services.call_writer import Row, prepared, upsert

LOOKED_UP = 900  # keys a statement


@dataclass(slots=True)
class StoreCounts:
    """What storing a page did, in rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    deleted: int = 0
    renamed: int = 0

    @property
    def seen(self) -> int:
        """Rows of the page, whatever became of them."""
        return self.added + self.changed + self.unchanged

    def __iadd__(self, other: StoreCounts) -> StoreCounts:
        for name in ("added", "changed", "unchanged", "missing", "deleted", "renamed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


AFTER_STORE: list[Callable[[LinkedAccount, StoreChange], None]] = []
"""Called inside the transaction that stored a page, so that what they keep can never disagree with the calls."""

BEFORE_STORE: list[Callable[[LinkedAccount, dict[str, dict[str, Any]]], dict[str, dict[str, Any]]]] = []
"""Called with a page's rows by key before anything is compared; gives the rows that may be stored, as they may be stored."""


class _Known(NamedTuple):
    """What is compared of a stored row."""

    key: str
    fingerprint: str
    in_own_log: bool
    in_company_log: bool
    missing_since: datetime | None


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A page before any lock is taken: the rows that may have to be written, and how many were found stored as they are.

    `parts` are the records of those calls that may be told in several, and `made_with` the fingerprints of what was stored of these when
    their rows were made.
    """

    scope: LogScope
    rows: dict[str, Row]
    unchanged: int
    parts: dict[str, Parts] = field(default_factory=dict)
    made_with: dict[str, str] = field(default_factory=dict)


@collector_paused()
def prepare(account: LinkedAccount, records: Iterable[CallRecord], scope: LogScope) -> PreparedPage:
    """Leave out what is stored as it is, and make rows of the rest: one a call, however many records tell of it.

    What another writer does meanwhile to a row that is left out here would have been done after us, too, had we been faster.
    """
    found = parts_by_row(records)
    known = _known(account, list(found))
    rows: dict[str, Row] = {}
    incomplete: dict[str, Parts] = {}
    for key, parts in found.items():
        record = in_one(list(parts.values())) if len(parts) > 1 else next(iter(parts.values()))
        told = digest(record)
        old = known.get(key)
        if old is not None and _stored_as_it_is(old, told.fingerprint, scope):
            continue
        if record.group and old is not None:
            incomplete[key] = parts
        else:
            rows[key] = prepared(record, told)
    several = {key: parts for key, parts in found.items() if key in rows and next(iter(parts.values())).group}
    merged = with_stored(account, incomplete, scope) if incomplete else Merged()
    rows |= _rows_of(known, merged, scope)
    return PreparedPage(scope, rows, len(found) - len(rows), several | incomplete, merged.made_with)


def _rows_of(known: dict[str, _Known], merged: Merged, scope: LogScope) -> dict[str, Row]:
    """Rows of calls that were put together with what is stored, without those that are stored as they are."""
    rows: dict[str, Row] = {}
    for key, record in merged.calls.items():
        told = digest(record)
        old = known.get(key)
        if old is None or not _stored_as_it_is(old, told.fingerprint, scope):
            rows[key] = prepared(record, told)
    return rows


@collector_paused()
def store_prepared(account: LinkedAccount, page: PreparedPage) -> StoreCounts:
    """Write what is new or changed. The caller holds the transaction."""
    counts, rows = StoreCounts(unchanged=page.unchanged), page.rows
    if not rows:
        return counts
    own, company = page.scope is LogScope.OWN, page.scope is LogScope.COMPANY
    # Two pages with the same new call, stored at once, would both see that it is not there, and a roll-up would count it twice.
    family = same_calls.locked_family(account)
    known, todo = _known(account, list(rows)), []
    rows = _made_anew(account, page, known)
    rows = permitted(account, rows)
    for key, columns in rows.items():
        old = known.get(key)
        if old is None or not _in_log(old, page.scope):
            counts.added += 1  # new to this log, if not to the account
        elif _stored_as_it_is(old, columns["fingerprint"], page.scope):
            counts.unchanged += 1
            continue
        else:
            counts.changed += 1
        todo.append((columns, (own or bool(old and old.in_own_log), company or bool(old and old.in_company_log))))
    if todo:
        before = facts_of(account, [columns["key"] for columns, _flags in todo if columns["key"] in known])
        rewrite(family, account, before, todo)
    return counts


def permitted(account: LinkedAccount, rows: dict[str, Row]) -> dict[str, Row]:
    """The rows that may be stored, as they may be stored."""
    for keeper in BEFORE_STORE:
        rows = keeper(account, rows)
    return rows


def rewrite(
    family: list[LinkedAccount],
    account: LinkedAccount,
    before: dict[str, CallFacts],
    rows: list[tuple[Row, tuple[bool, bool]]],
) -> None:
    """Write rows, each with whether the own and the company's log have it, and tell everybody. The caller holds the transaction."""
    upsert(account, rows)
    _tell(family, account, before, [_facts(columns, flags) for columns, flags in rows])


def _made_anew(account: LinkedAccount, page: PreparedPage, known: dict[str, _Known]) -> dict[str, Row]:
    """The page's rows; those of calls of which another writer has stored a record meanwhile are made anew, now that nobody else can."""
    late = {
        key: parts
        for key, parts in page.parts.items()
        if key in page.rows and key in known and known[key].fingerprint != page.made_with.get(key)
    }
    if not late:
        return page.rows
    merged = with_stored(account, late, page.scope)
    return {key: row for key, row in page.rows.items() if key not in late} | _rows_of(known, merged, page.scope)


def _in_log(old: _Known, scope: LogScope) -> bool:
    return old.in_own_log if scope is LogScope.OWN else old.in_company_log


def _stored_as_it_is(old: _Known, fingerprint: str, scope: LogScope) -> bool:
    return _in_log(old, scope) and not old.missing_since and _same(old, fingerprint, scope)


def _same(old: _Known, fingerprint: str, scope: LogScope) -> bool:
    """Where both logs have a row, the company's wording counts: each tells it from its own side, and none may undo the other's."""
    return old.fingerprint == fingerprint or (scope is LogScope.OWN and old.in_company_log)


def store_page(account: LinkedAccount, records: Iterable[CallRecord], scope: LogScope) -> StoreCounts:
    """Prepare and write in a transaction of its own, for pages that are read live."""
    page = prepare(account, records, scope)
    with transaction.atomic():
        counts = store_prepared(account, page)
    search_index.keep_up()
    return counts


def note_missing(
    account: LinkedAccount,
    scope: LogScope,
    stretch: tuple[datetime, datetime],
    seen: set[str],
    last_pass_at: datetime | None = None,
) -> StoreCounts:
    """Compare a completely read stretch (after, up to and including) with what is stored; the caller holds the transaction.

    A row that the provider no longer has is noted as missing the first time and becomes a tombstone the second time: pages can shift
    while they are read, and a row must not vanish because of that. Coming back, it is a row again. Between the two, the pass that noted it
    must have come to its end (`last_pass_at`): a log that is read in rounds, each newest first, may have the row in a later round.
    """
    counts, now = StoreCounts(), timezone.now()
    lacking = Call.objects.filter(
        account=account,
        started_at__gt=stretch[0],
        started_at__lte=stretch[1],
        deleted_at=None,
        **{FLAG_OF[scope]: True},
    ).exclude(key__in=seen)
    rows = list(lacking.values_list("pk", "key", "missing_since"))
    first = [pk for pk, _key, since in rows if since is None]
    again = [(pk, key) for pk, key, since in rows if since and (last_pass_at is None or since <= last_pass_at)]
    if first:
        counts.missing = Call.objects.filter(pk__in=first).update(missing_since=now)
    if again:
        family = same_calls.locked_family(account)
        before = facts_of(account, [key for _pk, key in again])
        counts.deleted = Call.objects.filter(pk__in=[pk for pk, _key in again]).update(deleted_at=now)
        counts.renamed = _renamed(account, before)
        _tell(family, account, before, [replace(facts, deleted=True) for facts in before.values()])
    return counts


def _renamed(account: LinkedAccount, gone: dict[str, CallFacts]) -> int:
    """How many of these calls are there under another key: the same start, direction and extension."""
    starts = {facts.started_at for facts in gone.values()}
    there = Call.objects.filter(account=account, deleted_at=None, started_at__in=starts).order_by()
    known = set(there.values_list("started_at", "direction", "extension"))
    return sum((facts.started_at, facts.direction, facts.extension) in known for facts in gone.values())


def _known(account: LinkedAccount, keys: list[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    for start in range(0, len(keys), LOOKED_UP):
        batch = Call.objects.filter(account=account, key__in=keys[start : start + LOOKED_UP]).order_by()
        found |= {row[0]: _Known(*row) for row in batch.values_list(*_Known._fields)}
    return found


def facts_of(account: LinkedAccount, keys: list[str]) -> dict[str, CallFacts]:
    """The rows as they are stored now."""
    found: dict[str, CallFacts] = {}
    for start in range(0, len(keys), LOOKED_UP):
        batch = Call.objects.filter(account=account, key__in=keys[start : start + LOOKED_UP]).order_by()
        found |= {row[0]: facts_from(row) for row in batch.values_list(*facts_columns())}
    return found


def _facts(columns: Row, flags: tuple[bool, bool]) -> CallFacts:
    """A row as it has just been written."""
    return CallFacts(*[*(columns[name] for name in PREPARED), *flags, columns["deleted_at"] is not None])


def tell(account: LinkedAccount, change: StoreChange) -> None:
    """Let everybody know who keeps something in step with the calls; inside the transaction that changed them."""
    for listener in AFTER_STORE:
        listener(account, change)


def settle_account(account: LinkedAccount) -> None:
    """Mark anew which calls of an account another one of the same company stands for; some hundred a transaction."""
    for changes in same_calls.settle_all(account):
        for changed, change in changes:
            tell(changed, change)


def _tell(
    family: list[LinkedAccount], account: LinkedAccount, before: dict[str, CallFacts], after: Iterable[CallFacts]
) -> None:
    change = StoreChange(account.pk, before, {facts.key: facts for facts in after})
    for told in same_calls.settled(family, account, change):
        tell(*told)
