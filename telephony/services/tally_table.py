"""Adding counts to the rows of a roll-up, in the database's own words: Django's upsert can overwrite, but not add."""

from __future__ import annotations

from typing import Any

from django.db import connection

from telephony.core.tallies import CALLS, REPEATS_OF, Tallies, TallyKey
from telephony.models.statistics import HOUR_COLUMNS, CallTally, TallyBook

BATCH = 200  # rows a statement
TABLE = CallTally._meta.db_table
TAKEN_AWAY = frozenset(REPEATS_OF.values())
COUNTS = ("calls", "timed", "seconds", *HOUR_COLUMNS)
KEY = ("book_id", *TallyKey._fields)
COLUMNS = (*KEY, *COUNTS)


def add(book: TallyBook, tallies: Tallies) -> None:
    """Add the counts to the book, and drop rows that count nothing any more. The caller holds the transaction and the book's lock.

    Rows are written in the order of their keys, so that two writers could only ever wait for each other, not block each other.
    """
    keys = sorted(tallies)
    with connection.cursor() as cursor:
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            values = [value for key in batch for value in _values(book, key, tallies[key])]
            cursor.execute(_UPSERT + ", ".join([_ONE_ROW] * len(batch)) + _ON_CONFLICT, values)
        fewer = [_key_values(book, key) for key in keys if tallies[key][CALLS] < 0 or key.scope in TAKEN_AWAY]
        if fewer:
            cursor.executemany(_DELETE_EMPTY, fewer)


def _key_values(book: TallyBook, key: TallyKey) -> list[Any]:
    grain, scope, start, *rest = key
    return [book.pk, grain, scope, connection.ops.adapt_datefield_value(start), *rest]


def _values(book: TallyBook, key: TallyKey, counts: list[int]) -> list[Any]:
    return [*_key_values(book, key), *counts]


def _quoted(names: tuple[str, ...]) -> list[str]:
    return [f'"{name}"' for name in names]


_ONE_ROW = f"({', '.join(['%s'] * len(COLUMNS))})"
_UPSERT = f'INSERT INTO "{TABLE}" ({", ".join(_quoted(COLUMNS))}) VALUES '  # noqa: S608  # our own names
_ON_CONFLICT = f" ON CONFLICT ({', '.join(_quoted(KEY))}) DO UPDATE SET " + ", ".join(
    f'{name} = "{TABLE}".{name} + excluded.{name}' for name in _quoted(COUNTS)
)
_DELETE_EMPTY = f'DELETE FROM "{TABLE}" WHERE "calls" = 0 AND ' + " AND ".join(  # noqa: S608  # our own names
    f"{name} = %s" for name in _quoted(KEY)
)
