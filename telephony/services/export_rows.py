"""Reading the calls of an export: first which ones, as one list of ids, then their columns, some thousands at a time.

The list takes eight bytes a call and is read by one statement. So the set is settled and its number known before the first row is written,
nothing is skipped or doubled while the sync stores more, no cursor stays open for minutes, and any filter over any accounts is alike.
Rows come as the database driver gives them, column by column: that is where the speed is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import eq, itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Func, TextField

from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.models import Call, LinkedAccount
from telephony.services.export_columns import ColumnType, ExportColumn

CHUNK = 2000
IDS_AT_ONCE = 10_000
SMALL_CACHE = -16_000  # KiB, in the words of SQLite
Columns = Sequence[Sequence[Any]]
Row = tuple[Any, ...]


def matching_ids(accounts: list[LinkedAccount], call_filter: CallFilter) -> array[int]:
    """The ids of the calls that match, newest first."""
    ids: array[int] = array("q")
    try:
        statement, parameters = selectors.calls(accounts, call_filter).values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return ids
    with small_cache(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(IDS_AT_ONCE):
            ids.extend(map(itemgetter(0), rows))
    return ids


@contextmanager
def small_cache() -> Iterator[None]:
    """SQLite keeps each page that it reads once, as long as there is room, and sorts in as much memory again."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = {SMALL_CACHE:d}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {usual:d}")


def count_up_to(accounts: list[LinkedAccount], call_filter: CallFilter, most: int) -> int:
    """How many calls match, counted to `most` + 1 and no further."""
    return selectors.calls(accounts, call_filter).order_by()[: most + 1].count()


class _TimeAsText(Func):
    """A time in UTC as text, which costs less than an object made of it."""

    template = "(%(expressions)s || '')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Without fractions of a second; the session's zone does not matter."""
        pattern = "'YYYY-MM-DD HH24:MI:SS'"
        return self.as_sql(
            compiler, connection, template=f"to_char(%(expressions)s AT TIME ZONE 'UTC', {pattern})", **context
        )


def select_of(columns: Sequence[ExportColumn], *, times_as_text: bool = False) -> tuple[str, tuple[Any, ...]]:
    """The statement, without a condition, that gives pk and the columns as c0, c1 and so on."""
    sources = {
        f"c{place}": _TimeAsText(column.source) if times_as_text and column.type is ColumnType.TIME else column.source
        for place, column in enumerate(columns)
    }
    return Call.objects.order_by().annotate(**sources).values_list("pk", *sources).query.sql_with_params()


def read(ids: array[int], columns: Sequence[ExportColumn], *, times_as_text: bool = False) -> Iterator[Columns]:
    """The values of each column, for CHUNK calls at a time, in the order of the ids; calls that are gone meanwhile are left out."""
    statement, parameters = select_of(columns, times_as_text=times_as_text)
    select = f'{statement} WHERE "{Call._meta.db_table}"."{Call._meta.pk.column}" IN '

    def chunk(start: int) -> Columns:
        """None of it is kept here: whoever uses it decides how long."""
        wanted = ids[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute(f"{select}({','.join(map(str, wanted))})", parameters)  # numbers that we read ourselves
            return list(zip(*_in_order(cursor.fetchall(), wanted), strict=True))[1:]

    return filter(None, map(chunk, range(0, len(ids), CHUNK)))


def _in_order(found: list[Row], wanted: array[int]) -> list[Row]:
    """The rows in the order of the ids. Calls are mostly stored in the order of time or against it, which is soon seen."""
    if len(wanted) > 1 and wanted[0] > wanted[-1]:
        found.reverse()
    if len(found) == len(wanted) and all(map(eq, map(itemgetter(0), found), wanted)):
        return found
    by_id = {row[0]: row for row in found}
    return [by_id[pk] for pk in wanted if pk in by_id]
