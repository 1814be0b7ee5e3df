"""CSV by PostgreSQL's own COPY: the server writes the lines, several times as fast as rows that become Python values and text again.

What a line must not hold as it is, such as the start of a formula or the end of a line, the statement marks instead of writing it; a chunk
with a mark in it is written again, row by row, by the way that knows what to do. Both ways write the same bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from django.db import DataError, connection, transaction
from psycopg import sql

from telephony.core.spreadsheet import FORMULA_STARTS, defused
from telephony.models import LinkedAccount
from telephony.services.export_columns import ColumnType, ExportColumn
from telephony.services.export_rows import select_of
from telephony.services.export_values import words_of

CHUNK = 5000  # calls a statement
MARK = "\x1f"
# More than what `core.spreadsheet` defuses, and every character that would end a line.
_SUSPECT = rf"""(^|[;,| "])[{FORMULA_STARTS}]|[\t\r\n{MARK}]"""
_NUMBER = r"^\+?[0-9*#]{1,32}$"
# The patterns cost most of a statement, so what can be told without them is.
_PLAIN_TEXT = "(translate({cell}, {signs}, '') = {cell} OR {cell} !~ {suspect})"
_PLAIN_NUMBER = (
    "(length({cell}) BETWEEN 2 AND 32 AND strpos('+0123456789*#', left({cell}, 1)) > 0 "
    "AND translate(substr({cell}, 2), '0123456789*#', '') = '' OR {cell} ~ {number})"
)
_SIGNS = FORMULA_STARTS.replace("\\", "") + "\t\r\n" + MARK
_TIME = "YYYY-MM-DD HH24:MI:SSTZH:TZM"


def can_copy(columns: Sequence[ExportColumn], accounts: list[LinkedAccount], zone: ZoneInfo) -> bool:
    """Whether the database is PostgreSQL, knows the zone, and would write these columns as we do."""
    words = (word for column in columns for word in words_of(column, accounts).values())
    if connection.vendor != "postgresql" or len(columns) < 2 or any("\n" in word or "\r" in word for word in words):
        return False  # of a single column, empty cells are written otherwise
    try:
        with transaction.atomic():
            _use_zone(zone.key)
            _use_zone("UTC")
    except DataError:
        return False
    return True


def copied(
    ids: array[int], columns: Sequence[ExportColumn], accounts: list[LinkedAccount], zone: ZoneInfo
) -> Iterator[tuple[array[int], bytes | None]]:
    """The lines of CHUNK ids at a time, in their order; None where they have to be written row by row."""
    select, _parameters = select_of(columns)
    cells = sql.SQL(", ").join(_cell(place, column, accounts) for place, column in enumerate(columns))
    for start in range(0, len(ids), CHUNK):
        wanted = ids[start : start + CHUNK]
        ordered = sql.SQL(
            "COPY (SELECT {cells} FROM ({select} WHERE telephony_call.id IN ({ids})) AS found "
            "JOIN unnest(ARRAY[{ids}]::bigint[]) WITH ORDINALITY AS wanted(pk, place) ON wanted.pk = found.pk "
            "ORDER BY wanted.place) TO STDOUT (FORMAT csv)"
        ).format(cells=cells, select=sql.SQL(select), ids=sql.SQL(",".join(map(str, wanted))))
        yield wanted, _lines(ordered, zone)


def _lines(statement: sql.Composed, zone: ZoneInfo) -> bytes | None:
    with transaction.atomic(), connection.cursor() as cursor:
        _use_zone(zone.key)
        with cursor.copy(statement) as copy:
            lines = b"".join(copy)
        _use_zone("UTC")
    return None if MARK.encode() in lines else lines.replace(b"\n", b"\r\n")


def _use_zone(name: str) -> None:
    """Until the transaction ends; Django's is UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [name])


def _cell(place: int, column: ExportColumn, accounts: list[LinkedAccount]) -> sql.Composed:
    cell = sql.Identifier("found", f"c{place}")
    if column.type is ColumnType.TIME:
        return sql.SQL("to_char({}, {})").format(cell, sql.Literal(_TIME))
    if column.type in (ColumnType.TEXT, ColumnType.PHONE):
        plain = _PLAIN_NUMBER if column.type is ColumnType.PHONE else _PLAIN_TEXT
        template = "CASE WHEN {cell} = '' THEN NULL WHEN " + plain + " THEN {cell} ELSE {mark} END"
        return sql.SQL(template).format(
            cell=cell,
            number=sql.Literal(_NUMBER),
            suspect=sql.Literal(_SUSPECT),
            signs=sql.Literal(_SIGNS),
            mark=sql.Literal(MARK),
        )
    if words := words_of(column, accounts):
        whens = [
            sql.SQL("WHEN {} THEN {}").format(sql.Literal(str(value)), sql.Literal(defused(word)))
            for value, word in words.items()
        ]
        number = sql.SQL("{}::int::text" if column.type is ColumnType.FLAG else "{}::text").format(cell)
        return sql.SQL("CASE {0} {1} ELSE {0} END").format(number, sql.SQL(" ").join(whens))
    return sql.SQL("{}").format(cell)
