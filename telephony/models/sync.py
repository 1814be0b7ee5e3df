"""Keeping a call log complete: where each log stands, what was done, and which stretches are missing."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.types import LogScope
from telephony.models.accounts import LinkedAccount


class PassKind(LabelledEnum):
    """What one pass over a stretch of a log is for."""

    BACKFILL = "backfill", _("Fetching older calls")
    INCREMENTAL = "incremental", _("Looking for new calls")
    GAP = "gap", _("Filling a gap")
    DEEP = "deep", _("Looking for late changes")
    CHANGES = "changes", _("Asking what has changed")


class SyncState(models.Model):
    """One call log of one account.

    [covered_since, covered_until) is complete, apart from gaps. A pass reads [pass_since, pass_until), newest first; `cursor` is the
    client's place in it, `boundary` the start of the oldest row read so far, and `boundary_keys` the rows that start exactly then.
    Rows and position are committed together, so the pass resumes wherever it was stopped. `floor` is how far back is wanted.
    `change_token` is from where the provider tells what changed, "" for nowhere; `changes_refused_at` is when it would not.
    """

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="sync_states")
    scope = models.CharField(max_length=10, choices=LogScope.choices())
    floor = models.DateTimeField()
    covered_since = models.DateTimeField(null=True, blank=True)
    covered_until = models.DateTimeField(null=True, blank=True)

    pass_kind = models.CharField(max_length=12, choices=PassKind.choices(), blank=True)
    pass_since = models.DateTimeField(null=True, blank=True)
    pass_until = models.DateTimeField(null=True, blank=True)
    cursor = models.TextField(blank=True)
    boundary = models.DateTimeField(null=True, blank=True)
    boundary_keys = models.JSONField(default=list, blank=True)
    pages = models.PositiveIntegerField(default=0)
    change_token = models.TextField(blank=True)
    changes_refused_at = models.DateTimeField(null=True, blank=True)

    calls = models.PositiveIntegerField(default=0)
    finished_backfill_at = models.DateTimeField(null=True, blank=True)
    last_pass_at = models.DateTimeField(null=True, blank=True)
    last_deep_at = models.DateTimeField(null=True, blank=True)
    next_pass_at = models.DateTimeField(default=timezone.now, db_index=True)
    failures = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=400, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    lease_owner = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("call log sync")
        verbose_name_plural = _("call log syncs")
        constraints = [models.UniqueConstraint(fields=["account", "scope"], name="unique_sync_state")]

    def __str__(self) -> str:
        return f"{self.account} ({self.scope})"


class SyncGap(models.Model):
    """A stretch inside the covered range that is not complete, with the reason in words."""

    state = models.ForeignKey(SyncState, models.CASCADE, related_name="gaps")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=400)
    wanted = models.BooleanField(default=False)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("gap")
        verbose_name_plural = _("gaps")
        ordering = ["-until"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} - {self.until:%Y-%m-%d %H:%M}"


class SyncRun(models.Model):
    """One pass, or one stretch of it between two stops: what it did, and in words how it ended.

    `remarks` counts what was odd although it went well, by the codes of `services.sync_remarks`.
    """

    state = models.ForeignKey(SyncState, models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=12, choices=PassKind.choices())
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=400, blank=True)
    remarks = models.JSONField(default=dict, blank=True)
    failed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["state", "-started_at"], name="runs_of_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"
