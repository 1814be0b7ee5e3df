"""Storing call records: one transaction a page, only what is new or changed is written, and what disappeared is noticed.

Rows are compared by fingerprint before anything is written, so reading the same page again costs one SELECT. Writing goes through the
database's own upsert with plain rows instead of model instances, since the cost of `bulk_create` is in Python, not in SQL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from telephony.core.types import CallRecord, LogScope
from telephony.models import Call, LinkedAccount
from telephony.services.call_columns import call_columns

BATCH = 400  # rows a statement; SQLite takes 32,766 parameters


@dataclass(slots=True)
class StoreCounts:
    """What storing a page did, in rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    deleted: int = 0

    @property
    def seen(self) -> int:
        """Rows of the page, whatever became of them."""
        return self.added + self.changed + self.unchanged

    def __iadd__(self, other: StoreCounts) -> StoreCounts:
        for name in ("added", "changed", "unchanged", "missing", "deleted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What roll-ups and indexes need to know of a row, before or after a change."""

    pk: int
    key: str
    kind: str
    direction: str
    outcome: str
    started_at: datetime
    duration: int | None
    extension: str
    in_own_log: bool
    in_company_log: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class StoreChange:
    """One page's effect: the rows as they were, and as they are; `after` holds added and changed rows only."""

    account_id: int
    before: dict[str, CallFacts] = field(default_factory=dict)
    after: dict[str, CallFacts] = field(default_factory=dict)


AFTER_STORE: list[Callable[[LinkedAccount, StoreChange], None]] = []
"""Called inside the transaction that stored a page, so that what they keep can never disagree with the calls."""

BEFORE_STORE: list[Callable[[LinkedAccount, dict[str, dict[str, Any]]], dict[str, dict[str, Any]]]] = []
"""Called with a page's rows by key before anything is compared; gives the rows that may be stored, as they may be stored."""

_FACTS = (
    "pk",
    "key",
    "kind",
    "direction",
    "outcome",
    "started_at",
    "duration",
    "extension",
    "in_own_log",
    "in_company_log",
)
NOTHING_REMOVED: dict[str, Any] = {"caller_removed_at": None, "callee_removed_at": None}
FLAG_OF = {LogScope.OWN: "in_own_log", LogScope.COMPANY: "in_company_log"}


def prepare(records: Iterable[CallRecord]) -> dict[str, dict[str, Any]]:
    """Columns with fingerprint, by key, built before any lock is taken. A key that comes twice counts once, the later one."""
    return {columns["key"]: columns for record in records for columns in [_with_fingerprint(call_columns(record))]}


def store_prepared(account: LinkedAccount, rows: dict[str, dict[str, Any]], scope: LogScope) -> StoreCounts:
    """Write what is new or changed. The caller holds the transaction."""
    flag = FLAG_OF[scope]
    for keeper in BEFORE_STORE:
        rows = keeper(account, rows)
    known = _known(account, list(rows))
    counts, todo = StoreCounts(), []
    for key, columns in rows.items():
        old = known.get(key)
        if old is None or not old[flag]:
            counts.added += 1  # new to this log, if not to the account
        elif not old["missing_since"] and _same(old, columns, scope):
            counts.unchanged += 1
            continue
        else:
            counts.changed += 1
        flags = {name: bool(old and old[name]) for name in FLAG_OF.values()} | {flag: True}
        todo.append(NOTHING_REMOVED | columns | flags | {"missing_since": None})
    if todo:
        _upsert(account, todo)
        _tell(account, known, [columns["key"] for columns in todo])
    return counts


def _same(old: dict[str, Any], columns: dict[str, Any], scope: LogScope) -> bool:
    """Where both logs have a row, the company's wording counts: each tells it from its own side, and none may undo the other's."""
    return old["fingerprint"] == columns["fingerprint"] or (scope is LogScope.OWN and bool(old["in_company_log"]))


def store_page(account: LinkedAccount, records: Iterable[CallRecord], scope: LogScope) -> StoreCounts:
    """Prepare and write in a transaction of its own, for pages that are read live."""
    rows = prepare(records)
    with transaction.atomic():
        return store_prepared(account, rows, scope)


def note_missing(
    account: LinkedAccount, scope: LogScope, stretch: tuple[datetime, datetime], seen: set[str]
) -> StoreCounts:
    """Compare a completely read stretch (after, up to and including) with what is stored; the caller holds the transaction.

    A row that the provider no longer has is noted as missing the first time and becomes a tombstone the second time: pages can shift
    while they are read, and a row must not vanish because of that. Coming back, it is a row again.
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
    again = [(pk, key) for pk, key, since in rows if since is not None]
    if first:
        counts.missing = Call.objects.filter(pk__in=first).update(missing_since=now)
    if again:
        known = _known(account, [key for _pk, key in again])
        counts.deleted = Call.objects.filter(pk__in=[pk for pk, _key in again]).update(deleted_at=now)
        _tell(account, known, [key for _pk, key in again])
    return counts


def _with_fingerprint(columns: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(columns, sort_keys=True, default=str, separators=(",", ":"))
    return columns | {"fingerprint": hashlib.blake2b(content.encode(), digest_size=16).hexdigest()}


def _known(account: LinkedAccount, keys: list[str]) -> dict[str, dict[str, Any]]:
    columns = (*_FACTS, "fingerprint", "missing_since", "deleted_at")
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(keys), 500):
        batch = Call.objects.filter(account=account, key__in=keys[start : start + 500])
        found |= {row["key"]: row for row in batch.values(*columns)}
    return found


def _tell(account: LinkedAccount, before: dict[str, dict[str, Any]], keys: list[str]) -> None:
    if not AFTER_STORE:
        return
    wanted = set(keys)
    change = StoreChange(
        account.pk,
        before={key: _facts(row) for key, row in before.items() if key in wanted},
        after={key: _facts(row) for key, row in _known(account, keys).items()},
    )
    for listener in AFTER_STORE:
        listener(account, change)


def _facts(row: dict[str, Any]) -> CallFacts:
    return CallFacts(**{name: row[name] for name in _FACTS}, deleted=row["deleted_at"] is not None)


def _stored_fields() -> tuple[models.Field[Any, Any], ...]:
    left_out = {"id", "account", "first_seen_at"}
    return tuple(one for one in Call._meta.concrete_fields if one.name not in left_out)


_FIELDS = _stored_fields()


def _upsert(account: LinkedAccount, rows: list[dict[str, Any]]) -> None:
    """``INSERT ... ON CONFLICT DO UPDATE`` with values that the fields themselves have prepared."""
    names = [connection.ops.quote_name(str(one.column)) for one in _FIELDS]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != '"key"')
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    head = f'INSERT INTO "{Call._meta.db_table}" ("account_id", "first_seen_at", {", ".join(names)}) VALUES '  # noqa: S608  # our own column names
    tail = f' ON CONFLICT ("account_id", "key") DO UPDATE SET {updates}'
    one_row = "(" + ", ".join(["%s"] * (len(names) + 2)) + ")"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            values = [value for row in batch for value in (account.pk, now, *_values(row))]
            cursor.execute(head + ", ".join([one_row] * len(batch)) + tail, values)


def _values(row: dict[str, Any]) -> list[Any]:
    return [one.get_db_prep_save(row[one.name], connection) for one in _FIELDS]
