"""Stored calls: the normal columns, and the vendor's record beside them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from telephony.core.types import Direction, Kind, Outcome
from telephony.models.accounts import LinkedAccount

LENGTH_BOUNDS = (2, 5, 10, 20, 40, 90, 180, 360, 600, 1200, 1800, 2700, 3600, 5400, 7200, 14400)
"""Talk times in seconds at which one class of them ends and the next begins; classes are numbered from 0."""


class LengthClass(models.Func):
    """The class of a talk time, in the very words of the index: SQLite compares them."""

    _cases = " ".join(f"WHEN %(expressions)s < {bound} THEN {place}" for place, bound in enumerate(LENGTH_BOUNDS))
    template = f"CASE {_cases} ELSE {len(LENGTH_BOUNDS)} END"
    output_field = models.SmallIntegerField()
    arity = 1


class Call(models.Model):
    """One row of a call log. (account, key) is unique; `key` is the provider's id.

    Parties keep the number as it came, its E.164 form or null, the digits for searching, name and extension. `duration` is talk time in
    seconds, null where the provider does not say. `fingerprint` tells whether a record has changed without comparing its columns;
    `missing_since` is when a complete reading first lacked the row, `deleted_at` when a second one confirmed it. `legs`, `recording`,
    `voicemail` are JSON of the dataclasses in core.types. `raw` is the vendor's record, or several of one call as core.sessions keeps them;
    `mapping_version` is which version of the provider's mapping made the columns of it.
    """

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="calls", verbose_name=_("account"))
    key = models.CharField(_("id at the provider"), max_length=191)
    in_own_log = models.BooleanField(default=False)
    in_company_log = models.BooleanField(default=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices())
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices())
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices())
    started_at = models.DateTimeField(_("start"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    ended_at = models.DateTimeField(_("end"), null=True, blank=True)
    duration = models.PositiveIntegerField(_("talk time in seconds"), null=True, blank=True)

    caller_number = models.CharField(max_length=80, blank=True)
    caller_e164 = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  # null means *not a number*
    caller_digits = models.CharField(max_length=40, blank=True)
    caller_name = models.CharField(max_length=200, blank=True)
    caller_extension = models.CharField(max_length=40, blank=True)
    caller_withheld = models.BooleanField(default=False)
    callee_number = models.CharField(max_length=80, blank=True)
    callee_e164 = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  # null means *not a number*
    callee_digits = models.CharField(max_length=40, blank=True)
    callee_name = models.CharField(max_length=200, blank=True)
    callee_extension = models.CharField(max_length=40, blank=True)

    extension = models.CharField(_("extension"), max_length=60, blank=True)
    extension_name = models.CharField(_("extension name"), max_length=200, blank=True)
    session = models.CharField(max_length=191, blank=True)
    legs = models.JSONField(default=list, blank=True)
    recording = models.JSONField(null=True, blank=True)
    voicemail = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True)
    unknown_values = models.JSONField(default=list, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(max_length=32, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at the provider"), null=True, blank=True)
    mapping_version = models.PositiveSmallIntegerField(db_default=0, default=0)
    first_seen_at = models.DateTimeField(db_default=Now())
    # When number, name and all else that tells who it was were removed from one end, by retention or because a number was forgotten.
    caller_removed_at = models.DateTimeField(null=True, blank=True)
    callee_removed_at = models.DateTimeField(null=True, blank=True)
    # Another account of the same company, linked before, has the same call in this log: over all accounts that row stands for it.
    repeats_own = models.BooleanField(db_default=False, default=False)
    repeats_company = models.BooleanField(db_default=False, default=False)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-started_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="unique_call")]
        # The list's index holds what a list is filtered by, so that a filter which leaves few of many rows walks the index alone. What
        # is asked for by itself has its own. None but the first begins with (account, started_at), which would lead SQLite astray.
        indexes = [
            models.Index(
                fields=[
                    "account",
                    "-started_at",
                    "-id",
                    "in_own_log",
                    "in_company_log",
                    "deleted_at",
                    "direction",
                    "outcome",
                    "kind",
                    "duration",
                ],
                name="call_list",
            ),
            models.Index(
                models.F("account"),
                LengthClass("duration"),
                models.F("started_at").desc(),
                models.F("id").desc(),
                models.F("duration"),
                models.F("in_own_log"),
                models.F("in_company_log"),
                models.F("deleted_at"),
                condition=models.Q(duration__isnull=False),
                name="call_by_length",
            ),
            models.Index(
                fields=["account", "outcome", "-started_at", "-id", "in_own_log", "in_company_log", "deleted_at"],
                condition=~models.Q(outcome=Outcome.ANSWERED.value),
                name="call_by_outcome",
            ),
            models.Index(fields=["account", "kind", "-started_at", "-id"], name="call_by_kind"),
            models.Index(fields=["account", "extension", "-started_at", "-id"], name="call_by_extension"),
            models.Index(fields=["caller_digits", "account", "-started_at"], name="call_by_caller"),
            models.Index(fields=["callee_digits", "account", "-started_at"], name="call_by_callee"),
            models.Index(
                fields=["account", "-started_at", "-id"],
                condition=models.Q(recording__isnull=False, deleted_at=None),
                name="call_recorded",
            ),
        ]

    # What a list row shows; the big JSON columns are only needed on the detail page.
    LIST_COLUMNS: ClassVar = ("legs", "raw", "note", "unknown_values")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.direction}"

    def get_absolute_url(self) -> str:
        """The call's page."""
        return reverse("telephony:call", args=[self.pk])
