"""What an export of calls is: whose calls, which, which columns, how written. The same plan always makes the same file."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.filter_json import filter_from_json, filter_to_json
from telephony.models import Export, ExportFormat, ExportState, LinkedAccount
from telephony.services.export_columns import ExportColumn, columns_of
from telephony.services.export_formats import TEXT_FORMATS, Workbook, encoded
from telephony.services.export_rows import Columns, matching_ids, read

if TYPE_CHECKING:
    from accounts.models import User

MOST_AT_ONCE = 50_000  # rows that are sent straight to the browser; more are prepared in the background
PIECE = 1 << 16  # bytes of a finished file that are sent at a time
Progress = Callable[[int, int], None]
"""Called with the rows written and the rows to write."""


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """Everything that decides what is in the file. `source` is the address of the list that shows the same calls."""

    user: User
    accounts: list[LinkedAccount]
    call_filter: CallFilter
    format: ExportFormat
    columns: tuple[ExportColumn, ...]
    zone: ZoneInfo
    language: str
    source: str = ""

    @classmethod
    def of(cls, export: Export) -> ExportPlan:
        """The plan of a stored export. Accounts that are not the person's any more are left out."""
        hers = selectors.linked_accounts(export.user).filter(pk__in=export.account_ids)
        return cls(
            user=export.user,
            accounts=list(hers),
            call_filter=filter_from_json(export.filter),
            format=ExportFormat(export.format),
            columns=columns_of(export.columns),
            zone=ZoneInfo(export.zone),
            language=export.language,
            source=export.source,
        )

    def stored(self, state: ExportState) -> Export:
        """A new row that remembers the plan; the caller saves it."""
        return Export(
            user=self.user,
            format=self.format.value,
            source=self.source,
            account_ids=[account.pk for account in self.accounts],
            filter=filter_to_json(self.call_filter),
            columns=[column.key for column in self.columns],
            zone=self.zone.key,
            language=self.language,
            state=state,
        )


def stream(plan: ExportPlan, ids: array[int]) -> Iterator[bytes]:
    """The file as it is being made. What depends on the language is settled before this returns."""
    with translation.override(plan.language):
        if text_format := TEXT_FORMATS.get(plan.format):
            written = encoded(text_format(plan.columns, plan.accounts, plan.zone), ids)
            return (piece for piece, _rows in written)
    return _pieces_of_file(plan, ids)


def write(plan: ExportPlan, out: BinaryIO, progress: Progress) -> int:
    """Write the whole file; gives the rows in it."""
    ids = matching_ids(plan.accounts, plan.call_filter)
    progress(0, len(ids))
    with translation.override(plan.language):
        if plan.format is ExportFormat.XLSX:
            return write_workbook(plan, ids, out, progress)
        text_format = TEXT_FORMATS[plan.format](plan.columns, plan.accounts, plan.zone)
        done = 0
        for piece, rows in encoded(text_format, ids):
            out.write(piece)
            done += rows
            progress(done, len(ids))
    return done


def write_workbook(plan: ExportPlan, ids: array[int], out: BinaryIO, progress: Progress) -> int:
    """The same for a workbook, whose sheet about itself is written last and so tells the true number."""
    book = Workbook(out, plan.columns, plan.accounts, plan.zone)
    counted = Counted(read(ids, plan.columns), len(ids), progress)
    for columns in counted:
        book.rows(columns)
    book.close(about(plan, counted.rows))
    return counted.rows


@dataclass(slots=True)
class Counted:
    """Chunks that pass through, counted and reported."""

    chunks: Iterator[Columns]
    total: int
    progress: Progress
    rows: int = 0

    def __iter__(self) -> Iterator[Columns]:
        for columns in self.chunks:
            yield columns
            self.rows += len(columns[0])
            self.progress(self.rows, self.total)


def about(plan: ExportPlan, rows: int) -> list[tuple[str, str]]:
    """What the file is, in the active language: number of calls, time zone, time of making, whose calls, which."""
    since, until = (
        date_format(moment.astimezone(plan.zone), "DATETIME_FORMAT") if moment else "–"
        for moment in (plan.call_filter.since, plan.call_filter.until)
    )
    return [
        (_("Number of calls"), str(rows)),
        (_("Time zone"), plan.zone.key),
        (_("Made"), date_format(timezone.now().astimezone(plan.zone), "DATETIME_FORMAT")),
        (_("From"), since),
        (_("Until (not included)"), until),
        (_("Call log"), plan.call_filter.scope.label),
        (_("Accounts"), ", ".join(str(account) for account in plan.accounts)),
        (_("Columns"), ", ".join(str(column.label) for column in plan.columns)),
        (_("The same list"), plan.source),
    ]


def file_name(plan: ExportPlan, rows: int) -> str:
    """Such as ``calls_2026-03-01_2026-03-31_Europe-Berlin_1234-rows.csv``."""
    since = plan.call_filter.since and plan.call_filter.since.astimezone(plan.zone)
    end = plan.call_filter.until - timedelta(seconds=1) if plan.call_filter.until else timezone.now()
    until = end.astimezone(plan.zone)
    parts = ["calls", f"{since:%Y-%m-%d}" if since else "all", f"{until:%Y-%m-%d}", plan.zone.key, f"{rows}-rows"]
    return f"{re.sub(r'[^0-9A-Za-z_-]', '-', '_'.join(parts))}.{plan.format.value}"


def _pieces_of_file(plan: ExportPlan, ids: array[int]) -> Iterator[bytes]:
    """A workbook is a ZIP file, whose beginning is only known at its end: it is made on the disk, then sent."""
    with tempfile.TemporaryFile() as target:
        with translation.override(plan.language):
            write_workbook(plan, ids, target, lambda done, total: None)
        target.seek(0)
        while piece := target.read(PIECE):
            yield piece
