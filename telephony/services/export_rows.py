"""Reading the calls of an export: first which ones, as one list of ids, then their columns, some thousands at a time.

The list takes eight bytes a call and is read by one statement. So the set is settled and its number known before the first row is written,
nothing is skipped or doubled while the sync stores more, no cursor stays open for minutes, and any filter over any accounts is alike.
Rows come as the database driver gives them, column by column: that is where the speed is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.models import Call, LinkedAccount
from telephony.services.export_columns import ExportColumn

CHUNK = 2000
Columns = Sequence[Sequence[Any]]


def matching_ids(accounts: list[LinkedAccount], call_filter: CallFilter) -> array[int]:
    """The ids of the calls that match, newest first."""
    found = selectors.calls(accounts, call_filter).values_list("pk", flat=True)
    return array("q", found.iterator(10_000))


def count_up_to(accounts: list[LinkedAccount], call_filter: CallFilter, most: int) -> int:
    """How many calls match, counted to `most` + 1 and no further."""
    return selectors.calls(accounts, call_filter).order_by()[: most + 1].count()


def read(ids: array[int], columns: Sequence[ExportColumn]) -> Iterator[Columns]:
    """The values of each column, for CHUNK calls at a time, in the order of the ids; calls that are gone meanwhile are left out."""
    sources = {f"c{place}": column.source for place, column in enumerate(columns)}
    select, parameters = Call.objects.order_by().annotate(**sources).values_list("pk", *sources).query.sql_with_params()
    key = f'"{Call._meta.db_table}"."{Call._meta.pk.column}"'
    for start in range(0, len(ids), CHUNK):
        wanted = ids[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute(
                f"{select} WHERE {key} IN ({','.join(map(str, wanted))})", parameters
            )  # numbers that we read ourselves
            by_id = {row[0]: row for row in cursor.fetchall()}
        rows = [by_id[pk] for pk in wanted if pk in by_id]
        if rows:
            yield list(zip(*rows, strict=True))[1:]
