"""Tokens at the support desk: everything about them but the tokens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from telephony.admin import words
from telephony.admin.desk import ReadOnlyAdmin
from telephony.models import Token


def health_of(token: Token) -> SafeString:
    """Whether renewing works."""
    if not token.failures:
        return words.pill("ok", gettext("No failures"))
    return words.pill("warn", gettext("Failed %(times)d times in a row") % {"times": token.failures})


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    """Read-only. The sealed columns are not even read from the database."""

    list_display = ("account", "fingerprint", "age", "link_ends", "key", "health")
    list_filter = ("kind", ("account__state", admin.ChoicesFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("fingerprint", "account__label", "account__remote_id", "account__user__email")
    search_help_text = _("Search by fingerprint, account, id at the provider, or the person's e-mail address.")
    ordering = ("-pk",)
    fields = (
        "account", "kind", "fingerprint", "age", "access_ends", "refresh_age", "link_ends", "countdown", "permissions", "key",
        "generation", "health", "pause",
    )  # fmt: skip
    hidden_columns: ClassVar = ("access_token", "refresh_token")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Token]:
        """All tokens, without the sealed columns."""
        found: QuerySet[Token] = super().get_queryset(request)
        return found.select_related("account").defer(*self.hidden_columns)

    @admin.display(description=_("obtained"), ordering="obtained_at")
    def age(self, token: Token) -> str:
        """How old the access token is."""
        return words.moment(token.obtained_at)

    @admin.display(description=_("access"), ordering="expires_at")
    def access_ends(self, token: Token) -> str:
        """When the access token ends."""
        return words.expiry(token.expires_at)

    @admin.display(description=_("refresh token obtained"))
    def refresh_age(self, token: Token) -> str:
        """How old the refresh token is."""
        return words.moment(token.refresh_obtained_at, gettext("there is none"))

    @admin.display(description=_("link, unless renewed"), ordering="refresh_expires_at")
    def link_ends(self, token: Token) -> str:
        """When the link ends if nothing renews it."""
        return words.expiry(token.refresh_expires_at)

    @admin.display(description=_("link ends"))
    def countdown(self, token: Token) -> str:
        """When the link ends as things stand, and why."""
        return words.link_end(token.account, token)

    @admin.display(description=_("permissions"))
    def permissions(self, token: Token) -> str:
        """The granted scopes."""
        return words.word_list(token.scopes, gettext("not known for a personal access token"))

    @admin.display(description=_("encryption key"), ordering="key_id")
    def key(self, token: Token) -> str:
        """Which key sealed it, and whether that key is configured."""
        return words.key_pill(token.key_id)

    @admin.display(description=_("renewing"), ordering="failures")
    def health(self, token: Token) -> SafeString:
        """Failures in a row."""
        return health_of(token)

    @admin.display(description=_("no attempt before"))
    def pause(self, token: Token) -> str:
        """The end of the pause after a failure."""
        return words.moment(token.cooldown_until, gettext("no pause"))
