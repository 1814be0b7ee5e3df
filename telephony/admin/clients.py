"""OAuth clients at the support desk."""

from __future__ import annotations

from math import ceil
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, ProtectedError, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.limits import wait_for
from telephony.admin import client_test, words
from telephony.admin.client_form import MODEL_FIELDS, PARAMETER, form_for
from telephony.admin.desk import DeskAdmin
from telephony.admin.filters import ProviderFilter
from telephony.core.environment import CUSTOM
from telephony.core.flow import redirect_uri
from telephony.core.registry import all_specs, find_spec
from telephony.core.spec import ProviderSpec
from telephony.models import OAuthClient
from telephony.services.clients import try_again
from telephony.services.environments import authority_of

MOST_TESTS = 5  # at once; each may wait for its provider for half a minute


@admin.register(OAuthClient)
class OAuthClientAdmin(DeskAdmin):
    """Add in two steps (provider, then form), edit, test, disable. Deleting is for clients that nobody is linked with."""

    list_display = ("name", "provider_label", "place", "status", "linked", "secret")
    list_filter = (ProviderFilter, "enabled")
    search_fields = ("name", "client_id")
    ordering = ("provider", "name", "pk")
    actions = ("test", "enable", "disable")
    object_actions = ("test",)
    change_form_template = "admin/telephony/oauthclient/change_form.html"
    add_form_template = "admin/telephony/oauthclient/change_form.html"
    view_only_fields: ClassVar = (
        "provider_label", "name", "client_id", "secret", "place", "permissions", "extras", "enabled",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[OAuthClient]:
        """Clients with the number of their linked accounts."""
        found: QuerySet[OAuthClient] = super().get_queryset(request)
        return found.annotate(linked_count=Count("linked_accounts"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without Django's own deletion of many: each client is deleted on its page."""
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    # --- the form -------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First the provider is chosen, then its form comes; both are plain links and forms."""
        if self.has_add_permission(request) and self._spec(request, None) is None:
            return self._choose_provider(request)
        return super().add_view(request, form_url, extra_context)

    def _choose_provider(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Add an OAuth client"),
            "specs": all_specs(),
        }
        return TemplateResponse(request, "admin/telephony/oauthclient/choose_provider.html", context)

    def _spec(self, request: HttpRequest, client: OAuthClient | None) -> ProviderSpec | None:
        return find_spec(client.provider if client else request.GET.get("provider", ""))

    def has_change_permission(self, request: HttpRequest, obj: OAuthClient | None = None) -> bool:
        """As usual, but a client of a provider that is not installed any more can only be looked at."""
        if obj is not None and find_spec(obj.provider) is None:
            return False
        return bool(super().has_change_permission(request, obj))

    def get_form(
        self, request: HttpRequest, obj: OAuthClient | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[OAuthClient]]:
        """The provider's own form."""
        spec = self._spec(request, obj)
        if spec is not None and (obj is None or self.has_change_permission(request, obj)):
            kwargs |= {"form": form_for(spec), "fields": MODEL_FIELDS}
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: OAuthClient | None = None) -> Any:
        """The form in the order of the provider's portal; read-only words for people who may only look."""
        spec = self._spec(request, obj)
        if spec is None or (obj is not None and not self.has_change_permission(request, obj)):
            return [(None, {"fields": self.view_only_fields})]
        extras = [PARAMETER + parameter.name for parameter in spec.authorize_parameters]
        return [
            (None, {"fields": ["provider", "name", "enabled"]}),
            (_("Credentials"), {"fields": ["client_id", "client_secret"]}),
            (_("Where it lives"), {"fields": ["environment", "auth_url", "api_url"]}),
            (_("What people are asked for"), {"fields": ["scopes", *extras]}),
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add what staff need beside the form: the redirect URI, the steps, the number of linked accounts."""
        spec = self._spec(request, obj)
        context |= {
            "spec": spec,
            "redirect_uri": redirect_uri(spec.slug) if spec else "",
            "linked_count": obj.linked_count if obj else 0,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: OAuthClient, form: Any, change: bool) -> None:
        """Save; a new secret may have mended what accounts wait for."""
        super().save_model(request, obj, form, change)
        if change and "client_secret" in form.changed_data:
            try_again(obj)

    # --- deleting -------------------------------------------------------------------------------------------------

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refused in one sentence while accounts are linked, instead of listing them all."""
        client = self.get_object(request, object_id)
        try:
            if client is None or not client.linked_count:
                return super().delete_view(request, object_id, extra_context)
        except ProtectedError:  # somebody has linked an account while the question was shown
            client = self.get_object(request, object_id)
        assert client is not None  # noqa: S101  # both ways here have a client
        if not self.has_delete_permission(request, client):
            return super().delete_view(request, object_id, extra_context)
        self.message_user(request, self._refusal(client), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:telephony_oauthclient_change", args=[client.pk]))

    def _refusal(self, client: OAuthClient) -> str:
        count: int = client.linked_count  # type: ignore[attr-defined]  # annotated by get_queryset
        return ngettext(
            "%(client)s cannot be deleted: %(count)d account is linked with it. Disable it instead.",
            "%(client)s cannot be deleted: %(count)d accounts are linked with it. Disable it instead.",
            count,
        ) % {"client": client, "count": count}

    # --- columns --------------------------------------------------------------------------------------------------

    @admin.display(description=_("provider"), ordering="provider")
    def provider_label(self, client: OAuthClient) -> str:
        """The provider's name."""
        return client.provider_name

    @admin.display(description=_("environment"))
    def place(self, client: OAuthClient) -> SafeString:
        """The environment and the API's host."""
        try:
            environment = client.resolved_environment()
        except LookupError:
            return words.pill("danger", gettext("Not available here"))
        label = gettext("Other hosts") if environment.key == CUSTOM else environment.label
        return format_html('{} <span class="desk-aside">{}</span>', label, authority_of(environment))

    @admin.display(description=_("state"), ordering="enabled")
    def status(self, client: OAuthClient) -> SafeString:
        """Enabled or disabled."""
        return words.pill("ok", gettext("Enabled")) if client.enabled else words.pill("neutral", gettext("Disabled"))

    @admin.display(description=_("linked accounts"), ordering="linked_count")
    def linked(self, client: OAuthClient) -> SafeString:
        """How many accounts are linked with it, as a link to them."""
        url = f"{reverse('admin:telephony_linkedaccount_changelist')}?client__id__exact={client.pk}"
        return format_html('<a href="{}">{}</a>', url, client.linked_count)  # type: ignore[attr-defined]  # annotated

    @admin.display(description=_("client secret"))
    def secret(self, client: OAuthClient) -> SafeString | str:
        """Whether one is stored and its key is at hand."""
        return words.secret_pill(client.client_secret)

    @admin.display(description=_("permissions to ask for"))
    def permissions(self, client: OAuthClient) -> SafeString | str:
        """The scopes."""
        return words.word_list(client.scopes, "–")

    @admin.display(description=_("extra authorize parameters"))
    def extras(self, client: OAuthClient) -> SafeString | str:
        """Name and value of each."""
        return words.pairs(list(client.parameters.items()))

    # --- actions --------------------------------------------------------------------------------------------------

    @admin.action(description=_("Test this client"), permissions=["change"])
    def test(self, request: HttpRequest, clients: QuerySet[OAuthClient]) -> None:
        """Ask each provider about its client."""
        if wait := wait_for(request, "client_test"):
            text = gettext("Nothing was tested: too many tests in a short time. Try again in %(seconds)d seconds.")
            self.message_user(request, text % {"seconds": ceil(wait)}, messages.WARNING)
            return
        for client in clients[:MOST_TESTS]:
            if find_spec(client.provider) is None:
                self.message_user(request, _("The provider of %s is not installed any more.") % client, messages.ERROR)
                continue
            level, text, health = client_test.run(client)
            self.message_user(request, text, level)
            self.log_change(request, client, f"Tested: {health.value}.")
        if clients.count() > MOST_TESTS:
            self.message_user(request, _("Only the first %d were tested.") % MOST_TESTS, messages.WARNING)

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, clients: QuerySet[OAuthClient]) -> None:
        """People can link with them again."""
        self._switch(request, clients, enabled=True)
        self.message_user(request, _("People can link accounts with the selected clients."), messages.SUCCESS)

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, clients: QuerySet[OAuthClient]) -> None:
        """Nobody can link with them; what is linked keeps working."""
        self._switch(request, clients, enabled=False)
        self.message_user(
            request,
            _("Nobody can link with the selected clients any more. Linked accounts keep working."),
            messages.SUCCESS,
        )

    def _switch(self, request: HttpRequest, clients: QuerySet[OAuthClient], *, enabled: bool) -> None:
        for client in clients.exclude(enabled=enabled):
            client.enabled = enabled
            client.save(update_fields=["enabled", "updated_at"])
            self.log_change(request, client, "Enabled." if enabled else "Disabled.")
