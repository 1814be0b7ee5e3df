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
    months = {month: connection.ops.adapt_datefield_value(month) for month in {key.month for key in tallies}}
    rows: list[tuple[Any, ...]] = sorted(
        (book.pk, key.scope, months[key.month], key.digits, *counts) for key, counts in tallies.items()
    )
    fewer = [row[: len(KEY)] for row in rows if row[len(KEY) + CALLS] <= 0 or row[1] in TAKEN_AWAY]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_UPSERT_ARRAYS, [list(column) for column in zip(*rows, strict=True)])
        else:
            cursor.executemany(_UPSERT, rows)
        if fewer:
            cursor.executemany(_DELETE_EMPTY, fewer)


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
