"""CSV, JSON Lines and workbooks, written from columns in constant memory."""

from __future__ import annotations

import csv
import json
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from typing import Any, BinaryIO, Protocol
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext as _

from telephony.core.collector import collector_paused
from telephony.models import ExportFormat, LinkedAccount
from telephony.services import export_values
from telephony.services.export_columns import ColumnType, ExportColumn
from telephony.services.export_copy import can_copy, copied
from telephony.services.export_rows import Columns, read, small_cache

SHEET_ROWS = 1_000_000  # below the 1,048,576 that a worksheet holds, heading included
SHEET_WIDTHS = {ColumnType.TIME: 19, ColumnType.COUNT: 12, ColumnType.FLAG: 10, ColumnType.WORD: 14}
CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/x-ndjson; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.ZIP: "application/zip",
}


Piece = tuple[bytes, int]
"""A part of a file, and how many calls are in it."""


class TextFormat(Protocol):
    """A format that can be sent as it is written."""

    def head(self) -> str:
        """What comes before the first row."""

    def pieces(self, ids: array[int]) -> Iterator[Piece]:
        """The rows of these calls, some thousand at a time."""


class CsvFormat:
    """RFC 4180 in UTF-8. The headings of times name the zone."""

    def __init__(self, columns: Sequence[ExportColumn], accounts: list[LinkedAccount], zone: ZoneInfo) -> None:
        self.columns, self.accounts, self.zone = columns, accounts, zone
        self.headings = headings(columns, zone)
        self.converters = [export_values.for_csv(column, accounts, zone) for column in columns]

    def head(self) -> str:
        """The headings."""
        return _csv([self.headings])

    def pieces(self, ids: array[int]) -> Iterator[Piece]:
        """One line a call: by the database where it can, else row by row."""
        if not can_copy(self.columns, self.accounts, self.zone):
            yield from self._row_by_row(ids)
            return
        for wanted, lines in copied(ids, self.columns, self.accounts, self.zone):
            if lines is None:
                yield from self._row_by_row(wanted)
            else:
                yield lines, lines.count(b"\n")

    def _row_by_row(self, ids: array[int]) -> Iterator[Piece]:
        return _pieces(read(ids, self.columns, times_as_text=True), self._lines)

    def _lines(self, columns: Columns) -> bytes:
        values = [convert(column) for convert, column in zip(self.converters, columns, strict=True)]
        return _csv(zip(*values, strict=True)).encode()


class JsonLinesFormat:
    """One object a line, with the keys of the columns; times carry their offset."""

    def __init__(self, columns: Sequence[ExportColumn], accounts: list[LinkedAccount], zone: ZoneInfo) -> None:
        self.columns = columns
        self.keys = [column.key for column in columns]
        self.converters = [export_values.for_json(column, accounts, zone) for column in columns]
        self.encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def head(self) -> str:
        """Nothing."""
        return ""

    def pieces(self, ids: array[int]) -> Iterator[Piece]:
        """One line a call."""
        return _pieces(read(ids, self.columns), self._lines)

    def _lines(self, columns: Columns) -> bytes:
        values = [convert(column) for convert, column in zip(self.converters, columns, strict=True)]
        lines = [self.encode(dict(zip(self.keys, row, strict=True))) for row in zip(*values, strict=True)]
        return ("\n".join(lines) + "\n").encode()


TEXT_FORMATS: dict[ExportFormat, type[CsvFormat | JsonLinesFormat]] = {
    ExportFormat.CSV: CsvFormat,
    ExportFormat.JSONL: JsonLinesFormat,
}


class Workbook:
    """An Excel workbook: sheets of calls, and one that says what they are. Rows go to a temporary file as they come."""

    def __init__(
        self, out: BinaryIO, columns: Sequence[ExportColumn], accounts: list[LinkedAccount], zone: ZoneInfo
    ) -> None:
        options = {"constant_memory": True, "tmpdir": tempfile.gettempdir(), "strings_to_formulas": False}
        self.book = xlsxwriter.Workbook(out, options)
        self.bold = self.book.add_format({"bold": True})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.columns = columns
        self.headings = headings(columns, zone)
        self.converters = [export_values.for_sheet(column, accounts, zone) for column in columns]
        self.row = SHEET_ROWS
        self.sheets = 0

    def rows(self, columns: Columns) -> None:
        """Write one chunk."""
        values = [convert(column) for convert, column in zip(self.converters, columns, strict=True)]
        for row in zip(*values, strict=True):
            if self.row >= SHEET_ROWS:
                self._begin_sheet()
            self.row += 1
            self._write(row)

    def close(self, about: Sequence[tuple[str, str]]) -> None:
        """Describe the workbook and finish the file."""
        if not self.sheets:
            self._begin_sheet()
        sheet = self.book.add_worksheet(_("About this file"))
        sheet.set_column(0, 1, 40)
        for place, (label, value) in enumerate(about):
            sheet.write_string(place, 0, label, self.bold)
            sheet.write_string(place, 1, value)
        self.book.close()

    def _begin_sheet(self) -> None:
        self.sheets, self.row = self.sheets + 1, 0
        name = _("Calls") if self.sheets == 1 else f"{_('Calls')} {self.sheets}"
        self.sheet = self.book.add_worksheet(name)
        self.sheet.freeze_panes(1, 0)
        for place, column in enumerate(self.columns):
            self.sheet.set_column(place, place, SHEET_WIDTHS.get(column.type, 22))
            self.sheet.write_string(0, place, self.headings[place], self.bold)

    def _write(self, row: Iterable[Any]) -> None:
        """Texts are written as texts: a formula in a name stays letters."""
        for place, value in enumerate(row):
            if value is None or value == "":
                continue
            kind = self.columns[place].type
            if kind is ColumnType.TIME:
                self.sheet.write_datetime(self.row, place, value, self.moment)
            elif kind is ColumnType.COUNT:
                self.sheet.write_number(self.row, place, value)
            else:
                self.sheet.write_string(self.row, place, str(value)[:32_767])


def headings(columns: Sequence[ExportColumn], zone: ZoneInfo) -> list[str]:
    """The labels in the active language; those of times name the zone."""
    return [
        f"{column.label} ({zone.key})" if column.type is ColumnType.TIME else str(column.label) for column in columns
    ]


def encoded(text_format: TextFormat, ids: array[int]) -> Iterator[Piece]:
    """The whole file of a text format, piece by piece."""
    if head := text_format.head():
        yield head.encode(), 0
    yield from text_format.pieces(ids)


def _pieces(chunks: Iterator[Columns], lines: Callable[[Columns], bytes]) -> Iterator[Piece]:
    """Each chunk written. What it needs of the process is given back before anybody waits for the next."""
    while (piece := _next_piece(chunks, lines)) is not None:
        yield piece


def _next_piece(chunks: Iterator[Columns], lines: Callable[[Columns], bytes]) -> Piece | None:
    with collector_paused(), small_cache():
        columns = next(chunks, None)
        piece = None if columns is None else (lines(columns), len(columns[0]))
        del columns
    return piece


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    target = StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()
