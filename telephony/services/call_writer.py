"""Writing rows of calls: prepared once as the database takes them, then one statement a page.

The cost of `bulk_create` is in Python, not in SQL: model instances, and a field that prepares each value. Here a row becomes plain values
before any lock is taken, the same for both databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone

from telephony.core.storable import encoded, harmless
from telephony.core.types import CallRecord
from telephony.models import Call, LinkedAccount
from telephony.services.call_columns import call_columns
from telephony.services.call_digest import Digest

# Rows a statement: the search index is flushed with each, so that row by row took twice as long. SQLite takes 32,766 parameters.
BATCH = 400
Row = dict[str, Any]
FINGERPRINT = "fingerprint"
STATE = ("in_own_log", "in_company_log", "missing_since", "caller_removed_at", "callee_removed_at")
"""Columns that the store decides about, after the record was prepared."""


class JsonText(str):
    """JSON that is ready to be written."""

    __slots__ = ()


def _stamp(moment: datetime | None) -> str | None:
    """In UTC without saying so: SQLite keeps it that way, and the connection to PostgreSQL is in UTC."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _json(value: Any) -> str | None:
    return value if value is None or isinstance(value, JsonText) else encoded(value)


def _adapter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return _json
    return _stamp if isinstance(field, models.DateTimeField) else None


VERSION = "mapping_version"
MARKS = ("repeats_own", "repeats_company")
"""Columns that are marked after a row was written, where there is something to mark."""

_LEFT_OUT = {"id", "account", "first_seen_at", FINGERPRINT, VERSION, *STATE, *MARKS}
_ADAPTED = [(one.name, _adapter(one)) for one in Call._meta.concrete_fields if one.name not in _LEFT_OUT]
COLUMNS = (*(name for name, _adapt in _ADAPTED), FINGERPRINT, *STATE, VERSION)


class PreparedRow(Row):
    """Columns with their values as the database takes them. A row made from it by ``|`` is a plain one, to be prepared anew."""

    __slots__ = ("values_to_write",)
    values_to_write: tuple[Any, ...]


def prepared(record: CallRecord, digest: Digest) -> PreparedRow:
    """The record's columns with its fingerprint, ready to be written."""
    if digest.raw is not None and harmless(digest.raw + digest.legs):
        columns = call_columns(record, digest.plain_legs, JsonText(digest.raw))
        adapted = _adapted(columns | {"legs": JsonText(digest.legs)})
    else:
        columns = call_columns(record)
        adapted = _adapted(columns)
    row = PreparedRow(columns)
    row[FINGERPRINT] = digest.fingerprint
    row.values_to_write = (*adapted, digest.fingerprint)
    return row


def _adapted(columns: Row) -> tuple[Any, ...]:
    return tuple([columns[name] if adapt is None else adapt(columns[name]) for name, adapt in _ADAPTED])


def _values(row: Row, state: tuple[bool, bool]) -> tuple[Any, ...]:
    """A row that a keeper has changed is no prepared one any more. What a keeper has removed says when; nothing is missing now."""
    if isinstance(row, PreparedRow):
        return (*row.values_to_write, *state, None, None, None)
    removed = (_stamp(row.get("caller_removed_at")), _stamp(row.get("callee_removed_at")))
    return (*_adapted(row), row[FINGERPRINT], *state, None, *removed)


def upsert(account: LinkedAccount, rows: Iterable[tuple[Row, tuple[bool, bool]]]) -> None:
    """Insert or overwrite rows, each with whether the own and the company's log have it. The caller holds the transaction."""
    version = account.spec.mapping_version
    values = [(*_values(row, state), version) for row, state in rows]
    now = _stamp(timezone.now())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, values, account.pk, now)
        else:
            for start in range(0, len(values), BATCH):
                batch = values[start : start + BATCH]
                _insert(cursor, len(batch), [value for row in batch for value in (account.pk, now, *row)])


def _insert(cursor: Any, rows: int, values: list[Any]) -> None:
    """Past Django's cursor, which turns each of some 17,000 placeholders into SQLite's while the page holds the one write lock."""
    with connection.wrap_database_errors:
        sqlite3.Cursor.execute(
            cursor.cursor, f"{_INTO} VALUES {', '.join([_ONE_SQLITE_ROW] * rows)}{_ON_CONFLICT}", values
        )


def _copy(cursor: Any, values: Iterable[tuple[Any, ...]], account_id: int, now: str | None) -> None:
    """By way of a table of texts that only this transaction sees, since COPY itself knows no conflicts."""
    cursor.execute(_PAGE_TABLE)
    with cursor.copy(f"COPY {_PAGE} FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)
    cursor.execute(_FROM_PAGE, [account_id, now])
    cursor.execute(f"TRUNCATE {_PAGE}")


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


_TYPES = {
    models.JSONField: "jsonb",
    models.DateTimeField: "timestamptz",
    models.BooleanField: "boolean",
    models.PositiveIntegerField: "integer",
    models.PositiveSmallIntegerField: "smallint",
}


_PAGE = "telephony_call_page"
_PLACES = [f"c{at}" for at in range(len(COLUMNS))]
_PAGE_TABLE = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {_PAGE} ({', '.join(f'{place} text' for place in _PLACES)}) ON COMMIT DROP"
)
_CAST = [
    f"{place}::{_TYPES.get(type(Call._meta.get_field(name)), 'text')}"
    for place, name in zip(_PLACES, COLUMNS, strict=True)
]
_INTO = f'INSERT INTO "{Call._meta.db_table}" ("account_id", "first_seen_at", {", ".join(_quoted(COLUMNS))})'
_ON_CONFLICT = ' ON CONFLICT ("account_id", "key") DO UPDATE SET ' + ", ".join(
    f"{name} = excluded.{name}" for name in _quoted(COLUMNS) if name != '"key"'
)
_ONE_SQLITE_ROW = f"({', '.join(['?'] * (len(COLUMNS) + 2))})"
_FROM_PAGE = f"{_INTO} SELECT %s, %s::timestamptz, {', '.join(_CAST)} FROM {_PAGE}{_ON_CONFLICT}"  # noqa: S608  # our own names
