"""Sent texts at the support desk: what became of them, without what they say and without whom they went to."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from telephony.admin import words
from telephony.admin.desk import ReadOnlyAdmin
from telephony.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Read-only. Words and numbers are the person's; staff see the end of the number, to tell texts apart."""

    list_display = ("when", "user", "account", "masked_recipient", "state", "error_code", "request_id")
    list_display_links = ("when",)
    list_filter = ("state", "asked_at")
    list_select_related = ("user", "account", "account__client")
    search_fields = ("user__email", "request_id", "remote_id")
    search_help_text = _("Search by the person's e-mail address, or by an id of the provider.")
    ordering = ("-asked_at", "-pk")
    fields = (
        "asked_at",
        "user",
        "account",
        "masked_recipient",
        "segments",
        "state",
        "delivery",
        "vendor_status",
        "told",
        "error_code",
        "error_status",
        "request_id",
        "remote_id",
        "claimed_at",
        "settled_at",
        "send_at",
        "next_check_at",
        "checks",
    )

    @admin.display(description=_("asked for"), ordering="-asked_at")
    def when(self, message: Message) -> str:
        """How long ago."""
        return words.moment(message.asked_at)

    @admin.display(description=_("recipient"))
    def masked_recipient(self, message: Message) -> str:
        """The last three digits."""
        return f"…{message.digits[-3:]}" if message.digits else "–"

    @admin.display(description=_("what happened"))
    def told(self, message: Message) -> str:
        """The sentence that the person sees."""
        return f"{message.error_sentence} {message.error_next_step}".strip() or "–"
