"""The Django admin, with the site's own sign-in in front of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class SwitchboardAdminSite(admin.AdminSite):
    """The support desk. Its login goes through allauth, so that rate limits and the second factor hold here too."""

    site_title = _("Switchboard administration")
    site_header = _("Switchboard administration")
    index_title = _("Support desk")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # Django's stubs have a kind of their own for both
        """Every page of the admin, for staff who have a second factor where STAFF_SECOND_FACTOR asks for one."""
        inner: Callable[..., HttpResponse] = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if settings.STAFF_SECOND_FACTOR and self.has_permission(request) and not has_second_factor(request):
                messages.warning(
                    request,
                    _(
                        "The support desk opens for a password alone to nobody. Add a passkey or an authenticator app, then go back there."
                    ),
                )
                return redirect("mfa_index")
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, view)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send people to the site's own sign-in page; signed-in people without staff rights get a 403."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(  # type: ignore[override]  # a redirect is a response, though no TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The site's own page, which asks for no less and tells the person by mail."""
        return redirect("account_change_password")


def has_second_factor(request: HttpRequest) -> bool:
    """Whether a stolen password alone does not open this person's account; recovery codes by themselves do not count."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user_id=request.user.pk, type__in=kinds).exists())
