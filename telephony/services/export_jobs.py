"""Exports that are prepared in the background: one worker each, progress, a mail at the end, and a file that expires.

A worker that dies leaves a row whose last sign of life grows old; the clock then gives the export to another, three times at most. The
number of the attempt tells workers apart, so that a slow one that was given up cannot finish over its successor.
"""

from __future__ import annotations

import logging
import secrets
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, cast

from django.core.files import File
from django.core.files.storage import storages
from django.db import DatabaseError, models
from django.db.models import F, Q
from django.utils import timezone
from xlsxwriter.exceptions import XlsxWriterException

from telephony.models import UNFINISHED, Export, ExportKind, ExportState
from telephony.services import export_mail, own_data
from telephony.services.exports import ExportPlan, Progress, write

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)  # how long a file can be fetched
REMEMBERED = timedelta(days=180)  # how long the row without its file is kept
SILENCE = timedelta(minutes=5)  # after which a worker counts as dead; finishing a big workbook is one long step
MOST_ATTEMPTS = 3
MOST_UNFINISHED = 3  # exports that one person may have under way
REPORT_EVERY = 0.7  # seconds between two notes of the progress


class TooManyExports(Exception):
    """The person has MOST_UNFINISHED exports under way already."""


class Stopped(Exception):
    """The export was cancelled, or given to another worker."""


def ask(export: Export) -> Export:
    """Store a new export, or give the one under way that is the same. Raises TooManyExports."""
    under_way = list(Export.objects.filter(user=export.user, state__in=UNFINISHED))
    for other in under_way:
        if _same(other, export):
            return other
    if len(under_way) >= MOST_UNFINISHED:
        raise TooManyExports
    export.save()
    return export


def _same(one: Export, other: Export) -> bool:
    names = ("kind", "format", "filter", "account_ids", "columns", "zone", "language")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def make(export_id: int) -> None:
    """Make the file and tell the person. Does only what is left: nothing where another worker is at it, or all is done."""
    export = _claim(export_id)
    if export is not None:
        _make(export)
    tell(export_id)


def _make(export: Export) -> None:
    try:
        with tempfile.TemporaryFile() as target:
            rows = _writer(export)(cast(BinaryIO, target), _reporter(export))
            _finish(export, cast(BinaryIO, target), rows)
    except Stopped:
        log.info("Export %s was stopped", export.pk)
    except (OSError, DatabaseError, ValueError, XlsxWriterException):
        log.exception("Export %s failed", export.pk)
        _mine(export).update(state=ExportState.FAILED, finished_at=timezone.now())


def tell(export_id: int) -> None:
    """Send the mail that says the file is there, unless it was sent. A mail server that is away gets it from the clock, later."""
    export = Export.objects.select_related("user").filter(pk=export_id, state=ExportState.READY, mailed_at=None).first()
    if export is None:
        return
    try:
        export_mail.send_ready(export)
    except OSError:  # SMTP errors among them
        log.exception("The mail about export %s did not go out", export.pk)
    else:
        Export.objects.filter(pk=export_id).update(mailed_at=timezone.now())


def cancel(export: Export) -> bool:
    """Stop it; False where it had ended before. The worker notices with its next note of progress."""
    waiting = Export.objects.filter(pk=export.pk, state__in=UNFINISHED)
    return bool(waiting.update(state=ExportState.CANCELLED, finished_at=timezone.now()))


def due_exports() -> list[int]:
    """Ids of exports that wait for a worker for too long, whose worker fell silent, or whose mail did not go out."""
    old = timezone.now() - SILENCE
    lost = Export.objects.filter(state__in=UNFINISHED, beat_at__lt=old)
    lost.filter(attempts__gte=MOST_ATTEMPTS).update(state=ExportState.FAILED, finished_at=timezone.now())
    lost.update(state=ExportState.WAITING)
    untold = Q(state=ExportState.READY, mailed_at=None)
    due = list(
        Export.objects.filter(Q(state=ExportState.WAITING) | untold, beat_at__lt=old).values_list("pk", flat=True)
    )
    return [pk for pk in due if Export.objects.filter(pk=pk, beat_at__lt=old).update(beat_at=timezone.now())]


def expired() -> list[int]:
    """Ids of exports whose file has to go."""
    over = Export.objects.filter(state=ExportState.READY, expires_at__lte=timezone.now())
    return list(over.values_list("pk", flat=True)[:100])


def expire(export_id: int) -> None:
    """Remove the file, if its time is over."""
    over = Export.objects.filter(pk=export_id, state=ExportState.READY, expires_at__lte=timezone.now())
    for export in over:
        discard_file(export, ExportState.EXPIRED)


def drop_old_rows() -> None:
    """Forget exports that were asked for long ago."""
    Export.objects.filter(asked_at__lt=timezone.now() - REMEMBERED).exclude(state__in=UNFINISHED).delete()


def sweep_orphans() -> int:
    """Remove files that no export knows, as after a crash between file and row; gives how many. Young ones may be about to be known."""
    storage, removed, young = storages["exports"], 0, timezone.now() - timedelta(days=1)
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    folders = storage.listdir("")[0] if storage.exists("") else []
    for name in [f"{folder}/{name}" for folder in folders for name in storage.listdir(folder)[1]]:
        if name not in known and storage.get_modified_time(name) < young:
            storage.delete(name)
            removed += 1
    return removed


def discard_file(export: Export, state: ExportState) -> None:
    """Remove the file and note why; the row first, so that nobody is offered a file that is not there."""
    name, export.file, export.size, export.state = export.file, "", None, state.value
    export.save(update_fields=["file", "size", "state"])
    remove_from_storage(name)


def discard_files_of(user: User, account_id: int | None = None) -> int:
    """Remove a person's prepared files, as when something in them must go; those with one account's calls, or all."""
    exports = [
        export
        for export in Export.objects.filter(user=user, state__in=[*UNFINISHED, ExportState.READY])
        if account_id is None or account_id in export.account_ids or export.kind == ExportKind.OWN_DATA
    ]
    for export in exports:
        discard_file(export, ExportState.EXPIRED if export.file else ExportState.CANCELLED)
    return len(exports)


def remove_from_storage(name: str) -> None:
    """Delete a file; one that is gone is fine."""
    if name:
        storages["exports"].delete(name)


def _claim(export_id: int) -> Export | None:
    """The export, if it is this worker's to make."""
    now = timezone.now()
    free = Q(state=ExportState.WAITING) | Q(state=ExportState.RUNNING, beat_at__lt=now - SILENCE)
    claimed = Export.objects.filter(free, pk=export_id, attempts__lt=MOST_ATTEMPTS).update(
        state=ExportState.RUNNING, beat_at=now, attempts=F("attempts") + 1, done=0
    )
    return Export.objects.select_related("user").get(pk=export_id) if claimed else None


def _mine(export: Export) -> models.QuerySet[Export]:
    return Export.objects.filter(pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts)


def _writer(export: Export) -> Callable[[BinaryIO, Progress], int]:
    if export.kind == ExportKind.OWN_DATA:
        return lambda out, progress: own_data.write(export.user, out, progress)
    plan = ExportPlan.of(export)
    return lambda out, progress: write(plan, out, progress)


def _reporter(export: Export) -> Progress:
    """Notes the progress now and then, which is the sign of life too. Raises Stopped when the export is not this worker's any more."""
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last < REPORT_EVERY:
            return
        last = time.monotonic()
        if not _mine(export).update(done=done, total=total, beat_at=timezone.now()):
            raise Stopped

    return report


def _finish(export: Export, target: BinaryIO, rows: int) -> None:
    """Put the file into the storage, then say that it is there; a file whose export was stopped meanwhile is taken away again."""
    size = target.tell()
    target.seek(0)
    name = storages["exports"].save(f"{export.user_id}/{secrets.token_urlsafe(24)}", File(target))
    now = timezone.now()
    finished = _mine(export).update(
        state=ExportState.READY,
        file=name,
        size=size,
        done=rows,
        total=rows,
        finished_at=now,
        expires_at=now + KEPT,
        beat_at=now,
    )
    if not finished:
        remove_from_storage(name)
        raise Stopped
