"""Texts: those that were sent from here, with what became of them, and those that were received."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.phone import for_display
from telephony.core.texts import TextSender, TextStatus
from telephony.models.accounts import LinkedAccount
from telephony.models.acts import Act, ActState


class Message(Act):
    """A text that a person sends. `sender` is the provider's key of what it is sent from, `recipient` an E.164 number.

    `digits` are those of the recipient, for finding a conversation; `send_at` is set where the provider was asked to wait until then.
    `delivery` is what became of it as the provider tells, `vendor_status` its own word or code; `checks` counts how often it was asked.
    """

    sender = models.CharField(_("sender"), max_length=80)
    sender_name = models.CharField(_("sender as it is shown"), max_length=120, blank=True)
    recipient = models.CharField(_("recipient"), max_length=40)
    digits = models.CharField(max_length=40)
    body = models.TextField(_("text"))
    segments = models.PositiveSmallIntegerField(_("parts"), default=1)
    send_at = models.DateTimeField(_("to be sent at"), null=True, blank=True)
    delivery = models.CharField(_("delivery"), max_length=10, choices=TextStatus.choices(), blank=True)
    vendor_status = models.CharField(_("the provider's word"), max_length=60, blank=True)
    checks = models.PositiveSmallIntegerField(default=0)

    class Meta(Act.Meta):
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar = [
            *Act.Meta.indexes,
            models.Index(fields=["account", "digits", "-asked_at"], name="message_conversation"),
        ]

    def __str__(self) -> str:
        """Staff read this, who are not to know the number."""
        return f"…{self.digits[-3:]} {self.asked_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        """The message's page."""
        return reverse("telephony:message", args=[self.pk])

    @property
    def shown_recipient(self) -> str:
        """The recipient's number in groups."""
        return for_display(self.recipient)

    @property
    def is_scheduled(self) -> bool:
        """Whether the provider holds it until a time that has not come."""
        return bool(self.send_at and self.send_at > timezone.now() and self.act_state is ActState.ACCEPTED)


class TextBox(models.Model):
    """What is known about an account's texts: the senders, and how far the received texts were read.

    `senders` are [key, name, number]; `error_code` and `error_missing` tell what the last reading of the senders ran into, and
    `inbox_error_code` that of the received texts.
    """

    account = models.OneToOneField(LinkedAccount, models.CASCADE, related_name="text_box")
    senders = models.JSONField(default=list, blank=True)
    senders_read_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_missing = models.JSONField(default=list, blank=True)
    inbox_read_at = models.DateTimeField(null=True, blank=True)
    inbox_error_code = models.CharField(max_length=40, blank=True)
    next_read_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("text box")
        verbose_name_plural = _("text boxes")

    def __str__(self) -> str:
        return str(self.account)

    @property
    def known_senders(self) -> tuple[TextSender, ...]:
        """What was read last."""
        return tuple(TextSender(*map(str, entry)) for entry in self.senders)


class ReceivedText(models.Model):
    """A text that came in. (account, key) is unique: `key` is the provider's id. `sender` is as the provider gave it."""

    account = models.ForeignKey(
        LinkedAccount, models.CASCADE, related_name="received_texts", verbose_name=_("linked account")
    )
    key = models.CharField(max_length=191)
    sender = models.CharField(_("from"), max_length=80)
    digits = models.CharField(max_length=40)
    own_number = models.CharField(_("to"), max_length=80, blank=True)
    body = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("received text")
        verbose_name_plural = _("received texts")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "key"], name="unique_received_text")]
        indexes: ClassVar = [
            models.Index(fields=["account", "-at"], name="received_by_account"),
            models.Index(fields=["account", "digits", "-at"], name="received_conversation"),
        ]

    def __str__(self) -> str:
        return f"…{self.digits[-3:]} {self.at:%Y-%m-%d %H:%M}"

    @property
    def shown_sender(self) -> str:
        """The sender's number in groups."""
        return for_display(self.sender)
