"""How long calls are kept, and which numbers are not kept at all."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.models.accounts import LinkedAccount

LONGEST_RULE = 36_500  # days


class RetentionAction(LabelledEnum):
    """What happens to a call when its time is over."""

    DELETE = "delete", _("Delete the calls")
    ANONYMISE = "anonymise", _("Remove numbers and names, keep the statistics")


class RetentionRule(models.Model):
    """What a person has decided for one account, beside the site's own rule: both are applied, so hers can only shorten."""

    account = models.OneToOneField(LinkedAccount, models.CASCADE, related_name="retention")
    days = models.PositiveIntegerField(_("days"), validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RULE)])
    action = models.CharField(_("then"), max_length=10, choices=RetentionAction.choices())
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")

    def __str__(self) -> str:
        return f"{self.account}: {self.days} {self.action}"


class PurgeRun(models.Model):
    """One purge. `day` is unique for those of the schedule, so that several workers make one; null for those started by hand."""

    day = models.DateField(null=True, blank=True, unique=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    deleted = models.PositiveIntegerField(_("calls deleted"), default=0)
    anonymised = models.PositiveIntegerField(_("calls anonymised"), default=0)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class ForgottenNumber(models.Model):
    """A number that is kept out of a person's calls. `digest` is keyed: the number cannot be read from it, only recognised."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="forgotten_numbers")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("forgotten number")
        verbose_name_plural = _("forgotten numbers")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="unique_forgotten_number")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
