"""What a person keeps beside the call log: saved views, a phone book, and missed calls that are dealt with."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.phone import for_display
from telephony.models.accounts import LinkedAccount


def new_share_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_urlsafe(16)


class SavedView(models.Model):
    """A search of the call logs under a name: `query` is the query string of its address. At most one is the person's default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("search"), blank=True)
    is_default = models.BooleanField(_("my default view"), default=False)
    share_key = models.CharField(max_length=32, null=True, blank=True, unique=True)  # null means *not shared*
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="unique_view_name"),
            models.UniqueConstraint(fields=["user"], condition=models.Q(is_default=True), name="one_default_view"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list with this search."""
        page = reverse("telephony:calls")
        return f"{page}?{self.query}" if self.query else f"{page}?view=all"


class EntrySource(LabelledEnum):
    """Where an entry of the phone book comes from."""

    HAND = "hand", _("Entered by hand")
    FILE = "file", _("From a file")
    ACCOUNT = "account", _("From a linked account")


class PhoneBookEntry(models.Model):
    """One number and whose it is. (user, digits) is unique: `digits` are those of the E.164 form where the number has one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="phone_book")
    name = models.CharField(_("name"), max_length=200)
    number = models.CharField(_("number"), max_length=80)
    digits = models.CharField(max_length=40)
    source = models.CharField(_("source"), max_length=10, choices=EntrySource.choices(), default=EntrySource.HAND)
    account = models.ForeignKey(
        LinkedAccount, models.SET_NULL, null=True, blank=True, related_name="phone_book", verbose_name=_("account")
    )
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("phone book entry")
        verbose_name_plural = _("phone book entries")
        ordering = ["name", "digits", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "digits"], name="unique_entry")]
        indexes = [models.Index(fields=["user", "name", "id"], name="phone_book_list")]

    def __str__(self) -> str:
        return f"{self.name}: {self.shown_number}"

    @property
    def shown_number(self) -> str:
        """The number in groups."""
        return for_display(self.number)


class MissedCallMark(models.Model):
    """Missed calls of a number are dealt with, up to and including `until`; a later one shows again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="missed_call_marks")
    digits = models.CharField(max_length=40)
    until = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("missed call dealt with")
        verbose_name_plural = _("missed calls dealt with")
        constraints = [models.UniqueConstraint(fields=["user", "digits"], name="unique_missed_mark")]

    def __str__(self) -> str:
        return f"{self.digits} {self.until:%Y-%m-%d %H:%M}"
