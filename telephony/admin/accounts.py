"""Linked accounts at the support desk."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from telephony.admin import words
from telephony.admin.account_actions import AccountActions
from telephony.admin.account_calls import CallsOfAnAccount
from telephony.admin.account_page import panels
from telephony.admin.account_search import search
from telephony.admin.desk import ReadOnlyAdmin
from telephony.admin.filters import ProviderFilter
from telephony.core.redaction import redact
from telephony.models import LinkedAccount, LinkState
from telephony.services.reasons import reason_of
from telephony.services.retelling import retold
from telephony.services.support import note_bundle, note_view
from telephony.views.why import as_file


@admin.register(LinkedAccount)
class LinkedAccountAdmin(AccountActions, CallsOfAnAccount, ReadOnlyAdmin):
    """Everything is read-only; what staff can do are the actions. Opening an account's page leaves an event."""

    list_display = ("health", "name_and_place", "user", "last_use", "error")
    list_display_links = ("name_and_place",)
    list_filter = ("state", ProviderFilter)
    list_select_related = ("user",)
    search_fields = ("label",)  # shows the search box; account_search does the work
    search_help_text = _("Search by e-mail address, name, company, phone number or the provider's id.")
    ordering = ("-pk",)
    actions = ("refresh_now", "test", "enable", "disable", "unlink_and_revoke")
    object_actions = actions
    change_form_template = "admin/telephony/linkedaccount/change_form.html"
    fieldsets = (
        (None, {"fields": ("health", "reason", "since", "user", "provider_label", "client", "authority")}),
        (_("At the provider"), {"fields": ("label", "company", "person", "email", "remote_id", "facts_told", "ids")}),
        (_("Use"), {"fields": ("linked_at", "last_use", "error", "retry_at", "next_refresh_at", "permissions")}),
    )

    # --- permissions ----------------------------------------------------------------------------------------------

    def has_support_permission(self, request: HttpRequest) -> bool:
        """Who may change linked accounts may refresh, test, enable and disable them."""
        return request.user.has_perm("telephony.change_linkedaccount")

    def has_unlink_permission(self, request: HttpRequest) -> bool:
        """Who may delete linked accounts may unlink them; Django's own deletion would revoke nothing and is closed."""
        return request.user.has_perm("telephony.delete_linkedaccount")

    def object_action_names(self, request: HttpRequest, obj: LinkedAccount) -> list[str]:
        """Without what the state rules out."""
        hidden = {"refresh_now", "test", "disable"} if obj.link_state is LinkState.DISABLED else {"enable"}
        return [name for name in self.object_actions if name not in hidden]

    # --- list and page --------------------------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LinkedAccount], search_term: str
    ) -> tuple[QuerySet[LinkedAccount], bool]:
        """See account_search; nothing is ever found twice."""
        return search(queryset, search_term), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one account. Staff who look at it leave an event, once an hour."""
        account = self.get_object(request, object_id)
        if account is not None and request.method == "GET" and self.has_view_permission(request, account):
            note_view(account, cast(User, request.user))
            extra_context = {**(extra_context or {}), "panels": panels(account)} | self.way_to_the_calls(
                request, account
            )
        return super().change_view(request, object_id, form_url, extra_context)

    def get_urls(self) -> list[URLPattern]:
        """Also the bundle for support."""
        view = self.admin_site.admin_view(self.bundle)
        return [path("<int:pk>/bundle/", view, name="telephony_linkedaccount_bundle"), *super().get_urls()]

    def bundle(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same file that the person can fetch; staff who do leave an event."""
        account = get_object_or_404(LinkedAccount.objects.select_related("user", "client"), pk=pk)
        if request.method != "GET" or not self.has_view_permission(request, account):
            raise PermissionDenied
        note_bundle(account, cast(User, request.user))
        return as_file(account, by_staff=True)

    # --- columns --------------------------------------------------------------------------------------------------

    @admin.display(description=_("health"), ordering="state")
    def health(self, account: LinkedAccount) -> SafeString:
        """The state as icon and word."""
        return words.state_pill(account)

    @admin.display(description=_("account"), ordering="label")
    def name_and_place(self, account: LinkedAccount) -> SafeString:
        """The label, the provider, and the company where the label does not say it."""
        company = "" if account.company in account.label else account.company
        place = ", ".join(filter(None, [account.provider_name, company]))
        return format_html('{} <span class="desk-aside">{}</span>', account.label or account.remote_id, place)

    @admin.display(description=_("provider"), ordering="provider")
    def provider_label(self, account: LinkedAccount) -> str:
        """The provider's name."""
        return account.provider_name

    @admin.display(description=_("reason"))
    def reason(self, account: LinkedAccount) -> str:
        """Why it is in its state."""
        return reason_of(account)

    @admin.display(description=_("since"))
    def since(self, account: LinkedAccount) -> str:
        """When the state began."""
        return words.moment(account.state_since)

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_use(self, account: LinkedAccount) -> str:
        """When a request last succeeded."""
        return words.moment(account.last_used_at, gettext("never"))

    @admin.display(description=_("last error"), ordering="last_error_at")
    def error(self, account: LinkedAccount) -> str:
        """The last error in words, and when."""
        if not account.last_error:
            return "–"
        sentence = Truncator(retold(account.last_error)).chars(90)
        return format_html('{} <span class="desk-aside">{}</span>', sentence, words.moment(account.last_error_at))

    @admin.display(description=_("permissions granted"))
    def permissions(self, account: LinkedAccount) -> str:
        """The granted scopes."""
        return words.word_list(account.granted_scopes, gettext("not known for a personal access token"))

    @admin.display(description=_("told by the provider"))
    def facts_told(self, account: LinkedAccount) -> str:
        """Plan and further facts, as the last reading told them."""
        return words.pairs([*account.described("facts"), *account.described("instead_of_balance")])

    @admin.display(description=_("ids for requests"))
    def ids(self, account: LinkedAccount) -> str:
        """Further ids of the provider, for questions to its support."""
        return words.pairs([(str(name), str(value)) for name, value in redact(account.keys).items()])
