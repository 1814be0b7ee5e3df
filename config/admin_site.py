"""The Django admin, with the site's own sign-in in front of it."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class SwitchboardAdminSite(admin.AdminSite):
    """The support desk. Its login goes through allauth, so that rate limits and the second factor hold here too."""

    site_title = _("Switchboard administration")
    site_header = _("Switchboard administration")
    index_title = _("Support desk")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send people to the site's own sign-in page; signed-in people without staff rights get a 403."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(  # type: ignore[override]  # a redirect is a response, though no TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The site's own page, which asks for no less and tells the person by mail."""
        return redirect("account_change_password")
