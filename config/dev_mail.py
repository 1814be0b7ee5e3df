"""The development mailbox: shows the mails that Django's file-based backend has written, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
_SEPARATOR = re.compile(rb"^-{79}\n", re.MULTILINE)  # written by django.core.mail.backends.console after each mail
MOST_MAILS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class DevMail:
    """One mail as the page shows it."""

    subject: str
    sender: str
    recipients: str
    written_at: datetime
    text: str


def is_file_based() -> bool:
    """Whether mails become files here, so that there is something to show."""
    return bool(settings.EMAIL_BACKEND == FILE_BACKEND and settings.EMAIL_FILE_PATH)


def count_mails() -> int:
    """How many mails wait in the mailbox."""
    return sum(len(_SEPARATOR.findall(path.read_bytes())) for path in _files())


def _files() -> list[Path]:
    """The mailbox's files, newest first. Django names them by date and time."""
    directory = Path(settings.EMAIL_FILE_PATH)
    if not directory.is_dir():
        return []
    return sorted((path for path in directory.iterdir() if path.suffix in {".log", ".eml"}), reverse=True)


def read_mails() -> list[DevMail]:
    """The newest mails, decoded."""
    mails = [mail for path in _files()[:MOST_MAILS_SHOWN] for mail in _read(path)]
    return sorted(mails, key=lambda mail: mail.written_at, reverse=True)


def _read(path: Path) -> list[DevMail]:
    written_at = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
    chunks = [chunk for chunk in _SEPARATOR.split(path.read_bytes()) if chunk.strip()]
    return [_decode(message_from_bytes(chunk, policy=policy.default), written_at) for chunk in reversed(chunks)]


def _decode(message: EmailMessage, written_at: datetime) -> DevMail:
    body = message.get_body(preferencelist=("plain", "html"))
    return DevMail(
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        recipients=str(message["To"] or ""),
        written_at=written_at,
        text=str(body.get_content()).strip() if body else "",
    )


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails on one page, with their links to click."""
    return render(request, "dev/mail.html", {"mails": read_mails()})


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Delete every mail in the mailbox."""
    for path in _files():
        path.unlink(missing_ok=True)
    return redirect("dev:mail")
