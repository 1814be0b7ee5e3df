"""Exports: what was asked for, how far it has come, and until when the file can be fetched."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum


class ExportKind(LabelledEnum):
    """What is exported."""

    CALLS = "calls", _("Calls")
    OWN_DATA = "own_data", _("Everything about me")


class ExportFormat(LabelledEnum):
    """How a file is written."""

    CSV = "csv", _("CSV (text, for any program)")
    XLSX = "xlsx", _("Excel workbook")
    JSONL = "jsonl", _("JSON Lines (for programs)")
    ZIP = "zip", _("ZIP of JSON Lines files")


class ExportState(LabelledEnum):
    """Where an export stands. Only a ready one has a file; a sent one went straight to the browser and was never kept."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being prepared")
    READY = "ready", _("Ready")
    SENT = "sent", _("Downloaded at once")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Stopped")
    EXPIRED = "expired", _("Expired")


UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


class Export(models.Model):
    """One export of a person, kept after its file is gone, so that it can be made again and she can see what was taken out.

    `source` is the address of the call list that was exported, `filter` what it asked for (core.filter_json), settled when the person
    asked, so that the same export can be made again; `account_ids` whose calls. `columns` are keys of services.export_columns, `zone` and
    `language` the person's. `beat_at` is when its worker last gave a sign of life, `attempts` which worker that is. `file` is a name in the
    storage `exports`, "" where there is none.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports", verbose_name=_("person"))
    kind = models.CharField(_("what"), max_length=10, choices=ExportKind.choices(), default=ExportKind.CALLS)
    format = models.CharField(_("format"), max_length=6, choices=ExportFormat.choices())
    source = models.TextField(_("list"), blank=True)
    account_ids = models.JSONField(default=list, blank=True)
    filter = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    zone = models.CharField(_("time zone"), max_length=64)
    language = models.CharField(_("language"), max_length=8)

    state = models.CharField(_("state"), max_length=10, choices=ExportState.choices(), default=ExportState.WAITING)
    total = models.PositiveIntegerField(_("rows to write"), null=True, blank=True)
    done = models.PositiveIntegerField(_("rows written"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("to be fetched until"), null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(_("size in bytes"), null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="exports_of_person"),
            models.Index(fields=["state", "beat_at"], name="exports_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.format} {self.asked_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        """The export's page."""
        return reverse("telephony:export", args=[self.pk])

    @property
    def export_state(self) -> ExportState:
        """The state with its label."""
        return ExportState(self.state)

    @property
    def unfinished(self) -> bool:
        """Whether it is still to be made."""
        return self.export_state in UNFINISHED

    @property
    def percent(self) -> int:
        """How much is written, in whole percent; 0 while that cannot be told."""
        return min(100, 100 * self.done // self.total) if self.total else 0
