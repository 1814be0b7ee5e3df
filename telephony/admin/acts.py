"""What people asked providers to do, at the support desk: what became of it, without words and without whole numbers."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from telephony.admin import words
from telephony.admin.desk import ReadOnlyAdmin
from telephony.models import Message, PlacedCall


class ActAdmin(ReadOnlyAdmin):
    """Read-only. Words and numbers are the person's; staff see the end of a number, to tell entries apart."""

    list_display: tuple[str, ...] = ("when", "user", "account", "masked_number", "state", "error_code", "request_id")
    list_display_links = ("when",)
    list_filter = ("state", "asked_at")
    list_select_related = ("user", "account", "account__client")
    search_fields = ("user__email", "request_id", "remote_id")
    search_help_text = _("Search by the person's e-mail address, or by an id of the provider.")
    ordering = ("-asked_at", "-pk")

    @admin.display(description=_("asked for"), ordering="-asked_at")
    def when(self, act: Message | PlacedCall) -> str:
        """How long ago."""
        return words.moment(act.asked_at)

    @admin.display(description=_("number"))
    def masked_number(self, act: Message | PlacedCall) -> str:
        """The last three digits of the other end."""
        return f"…{act.digits[-3:]}" if act.digits else "–"

    @admin.display(description=_("what happened"))
    def told(self, act: Message | PlacedCall) -> str:
        """The sentence that the person sees."""
        return f"{act.error_sentence} {act.error_next_step}".strip() or "–"


@admin.register(Message)
class MessageAdmin(ActAdmin):
    """Sent texts."""

    fields = (
        "asked_at",
        "user",
        "account",
        "masked_number",
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


@admin.register(PlacedCall)
class PlacedCallAdmin(ActAdmin):
    """Calls that were started from the site."""

    list_display = (*ActAdmin.list_display[:5], "stage", *ActAdmin.list_display[5:])
    fields = (
        "asked_at",
        "user",
        "account",
        "masked_number",
        "state",
        "stage",
        "failure",
        "vendor_word",
        "told",
        "error_code",
        "error_status",
        "request_id",
        "remote_id",
        "claimed_at",
        "settled_at",
        "next_check_at",
    )
