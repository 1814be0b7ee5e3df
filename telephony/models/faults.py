"""What goes wrong between us and providers: hosts that do not answer, and requests that failed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.models.accounts import LinkedAccount


class ProviderHost(models.Model):
    """The circuit breaker of one provider's host, shared by all processes. There is a row only for hosts that have failed at some time.

    It is open while `opened_at` is set; then one request in a while, from `probe_at` on, may find out whether the host is back.
    `recent` are the last outcomes as [Unix time, 1 for a fault]. `version` guards each change.
    """

    origin = models.CharField(_("server"), max_length=300)
    provider = models.SlugField(_("provider"), max_length=40)
    in_a_row = models.PositiveIntegerField(_("faults in a row"), default=0)
    recent = models.JSONField(default=list)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    opened_at = models.DateTimeField(_("left alone since"), null=True, blank=True)
    probe_at = models.DateTimeField(_("asked again at"), null=True, blank=True)
    probes = models.PositiveIntegerField(_("attempts meanwhile"), default=0)
    last_fault_at = models.DateTimeField(_("last fault"), null=True, blank=True)
    closed_at = models.DateTimeField(_("answers again since"), null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("provider host")
        verbose_name_plural = _("provider hosts")
        ordering = ["provider", "origin"]
        constraints = [models.UniqueConstraint(fields=["provider", "origin"], name="unique_provider_host")]

    def __str__(self) -> str:
        return self.origin


class FailedRequest(models.Model):
    """One request of an account that failed, redacted: `path` is without numbers, secrets and values of the query.

    `code` is the member of the error family, `sentence` and `next_step` are in English.
    """

    account = models.ForeignKey(
        LinkedAccount, models.CASCADE, related_name="failed_requests", verbose_name=_("account")
    )
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    operation = models.CharField(_("doing what"), max_length=100, blank=True)
    method = models.CharField(_("method"), max_length=10)
    host = models.CharField(_("server"), max_length=200, blank=True)
    path = models.CharField(_("path"), max_length=300, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    code = models.CharField(_("cause"), max_length=40)
    request_id = models.CharField(_("request id"), max_length=100, blank=True)
    milliseconds = models.PositiveIntegerField(_("duration"), default=0)
    sentence = models.CharField(_("what happened"), max_length=400)
    next_step = models.CharField(_("what to do"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("failed request")
        verbose_name_plural = _("failed requests")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["account", "-at"], name="failures_of_account")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status or self.code}"
