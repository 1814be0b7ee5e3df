"""Adding counts to the rows of the roll-up by number, a thousand numbers at a time: a page of calls has nearly as many numbers as calls."""

from __future__ import annotations

from typing import Any

from django.db import connection

from telephony.core.number_tallies import CALLS, NumberKey, NumberTallies
from telephony.models.statistics import NumberTally, TallyBook
from telephony.services.tally_table import TAKEN_AWAY

TABLE = NumberTally._meta.db_table
COUNTS = ("calls", "answered", "timed", "seconds")
KEY = ("book_id", *NumberKey._fields)
COLUMNS = (*KEY, *COUNTS)


def add(book: TallyBook, tallies: NumberTallies) -> None:
    """Add the counts to the book, and drop rows that count nothing any more. The caller holds the transaction and the book's lock."""
    if not tallies:
        return
    rows = [(*_key_values(book, key), *tallies[key]) for key in sorted(tallies)]
    fewer = [_key_values(book, key) for key in sorted(tallies) if tallies[key][CALLS] <= 0 or key.scope in TAKEN_AWAY]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_UPSERT_ARRAYS, [list(column) for column in zip(*rows, strict=True)])
        else:
            cursor.executemany(_UPSERT, rows)
        if fewer:
            cursor.executemany(_DELETE_EMPTY, fewer)


def _key_values(book: TallyBook, key: NumberKey) -> tuple[Any, ...]:
    return book.pk, key.scope, connection.ops.adapt_datefield_value(key.month), key.digits


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


_INSERT = f'INSERT INTO "{TABLE}" ({_named(COLUMNS)}) '  # our own names
_ON_CONFLICT = f" ON CONFLICT ({_named(KEY)}) DO UPDATE SET " + ", ".join(
    f'"{name}" = "{TABLE}"."{name}" + excluded."{name}"' for name in COUNTS
)
_UPSERT = f"{_INSERT} VALUES ({', '.join(['%s'] * len(COLUMNS))}){_ON_CONFLICT}"
_TYPES = ("bigint", "text", "date", "text", "integer", "integer", "integer", "bigint")
_UPSERT_ARRAYS = f"{_INSERT} SELECT * FROM unnest({', '.join(f'%s::{one}[]' for one in _TYPES)}){_ON_CONFLICT}"  # noqa: S608
_DELETE_EMPTY = f'DELETE FROM "{TABLE}" WHERE "calls" = 0 AND ' + " AND ".join(  # noqa: S608  # our own names
    f'"{name}" = %s' for name in KEY
)
