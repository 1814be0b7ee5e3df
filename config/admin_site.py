"""The Django admin, with the site's own sign-in in front of it."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
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
