"""What a person asks a provider to do – send a text, start a call – and what became of it.

A write is done at most once. Its idempotency key comes with the form, so a second click, a second tab or a form that is posted again
finds the row of the first. What we did not learn is a state of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.errors import ProviderError, error_from_code
from telephony.core.write_errors import after_write
from telephony.models.accounts import LinkedAccount

LOST_AFTER = timedelta(minutes=2)
"""A request to a provider is over after 30 seconds at the latest; who has not told its end by then never will."""


class ActState(LabelledEnum):
    """Where it stands. ACCEPTED is the provider's yes; SUCCEEDED, that it came about: delivered, or connected."""

    QUEUED = "queued", _("Queued")
    ASKING = "asking", _("Being sent")
    ACCEPTED = "accepted", _("Accepted")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNKNOWN = "unknown", _("Unknown: check before you repeat it")


UNSETTLED = (ActState.QUEUED, ActState.ASKING)


class Act(models.Model):
    """One write at a provider. (user, idempotency_key) is unique; `remote_id` is the provider's id of what it made.

    `error_code`, `error_status`, `error_missing`, `error_seconds` and `request_id` are enough to say what went wrong in any language.
    `asked_at` is when the person asked, `claimed_at` when the provider was about to be asked, `settled_at` when its answer was known.
    `next_check_at` is when the provider is asked next what became of it; null when there is nothing more to learn.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="%(class)ss", verbose_name=_("person")
    )
    account = models.ForeignKey(
        LinkedAccount, models.CASCADE, related_name="%(class)ss", verbose_name=_("linked account")
    )
    idempotency_key = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=ActState.choices(), default=ActState.QUEUED)
    remote_id = models.CharField(_("id at the provider"), max_length=191, blank=True)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error_missing = models.JSONField(_("what was missing"), default=list, blank=True)
    error_seconds = models.PositiveIntegerField(_("seconds to wait"), null=True, blank=True)
    request_id = models.CharField(_("request id of the provider"), max_length=100, blank=True)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    claimed_at = models.DateTimeField(_("provider asked"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("looked at next"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="%(class)s_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-asked_at"], name="%(class)s_of_person"),
            models.Index(fields=["next_check_at"], name="%(class)s_to_check"),
        ]

    @property
    def act_state(self) -> ActState:
        """The state with its label. One whose worker fell silent is unknown at once, before the clock has noted it."""
        state = ActState(self.state)
        return ActState.UNKNOWN if state is ActState.ASKING and self._is_lost else state

    @property
    def _is_lost(self) -> bool:
        return self.claimed_at is not None and self.claimed_at < timezone.now() - LOST_AFTER

    @property
    def error(self) -> ProviderError | None:
        """What went wrong, ready to be said in the active language."""
        if not self.error_code:
            return None
        error = error_from_code(
            self.error_code,
            self.account.provider_name,
            retry_after=self.error_seconds,
            request_id=self.request_id,
            missing=self.error_missing,
        )
        error.status = self.error_status
        return error

    @property
    def error_sentence(self) -> str:
        """What went wrong, "" where nothing did."""
        return self.error.sentence if self.error else ""

    @property
    def error_next_step(self) -> str:
        """Whether anything was sent, and what to do now."""
        return after_write(self.error) if self.error else ""
