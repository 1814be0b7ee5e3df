"""What happened to linked accounts, kept after they are gone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.models.accounts import LinkedAccount


class EventKind(LabelledEnum):
    """Kinds of account events."""

    LINKED = "linked", _("Linked")
    RELINKED = "relinked", _("Linked again")
    UNLINKING = "unlinking", _("Unlinking begun")
    UNLINKED = "unlinked", _("Unlinked")
    REFRESHED = "refreshed", _("Token refreshed")
    FAILED = "failed", _("Failed")
    RECOVERED = "recovered", _("Works again")
    NEEDS_RELINKING = "needs_relinking", _("Needs re-linking")
    DISABLED = "disabled", _("Disabled by staff")
    ENABLED = "enabled", _("Enabled by staff")
    REFUSED = "refused", _("Linking refused")
    TESTED = "tested", _("Tested by staff")
    SYSTEM_CHOSEN = "system_chosen", _("Another telephone system chosen")
    VIEWED = "viewed", _("Looked at by staff")
    CALLS_VIEWED = "calls_viewed", _("Calls looked at by staff")


class AccountEvent(models.Model):
    """One event. `label` repeats the account's name, so that the event still says something when the account is gone."""

    account = models.ForeignKey(
        LinkedAccount, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name=_("account")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices())
    label = models.CharField(_("account label"), max_length=250, blank=True)
    sentence = models.CharField(_("what happened"), max_length=400, blank=True)
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["account", "-at"], name="event_by_account")]

    def __str__(self) -> str:
        at = date_format(timezone.localtime(self.at), "SHORT_DATETIME_FORMAT")
        return f"{at} {EventKind(self.kind).label} {self.label}"
