"""Account events at the support desk."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from telephony.admin import words
from telephony.admin.desk import ReadOnlyAdmin
from telephony.models import AccountEvent
from telephony.services.retelling import retold


@admin.register(AccountEvent)
class AccountEventAdmin(ReadOnlyAdmin):
    """Read-only: what happened stays what happened."""

    list_display = ("when", "kind", "label", "user", "told", "actor")
    list_display_links = ("when", "kind")
    list_filter = ("kind", "at")
    list_select_related = ("user", "actor")
    search_fields = ("label", "user__email", "actor__email")
    search_help_text = _("Search by account, or by the e-mail address of the person or of the staff member.")
    ordering = ("-at", "-pk")
    fields = ("at", "kind", "label", "account", "user", "told", "actor")

    @admin.display(description=_("time"), ordering="-at")
    def when(self, event: AccountEvent) -> str:
        """How long ago."""
        return words.moment(event.at)

    @admin.display(description=_("what happened"), ordering="sentence")
    def told(self, event: AccountEvent) -> str:
        """The sentence."""
        return retold(event.sentence) or "–"
