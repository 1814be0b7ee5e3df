"""How allauth treats people here: e-mail and password sign-up. Linking is the telephony app's matter."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """E-mail and password sign-up, open to everyone."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Answers too many wrong passwords with a 429 page, where allauth would only add an error to the form."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            request.limit_key = self._get_login_attempts_cache_key(request, **credentials)  # type: ignore[attr-defined]  # ours
            raise ImmediateHttpResponse(respond_429(request)) from error


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors. allauth has one sentence for every refused factor, and it does not say what to do."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "Not accepted. A code from an app works for half a minute: type the one it shows now, and check that device's clock. A "
            "recovery code works once. A passkey can be tried again."
        ),
    }


def remember_the_chosen_password(request: HttpRequest, user: User, **_named: object) -> None:
    """Who has just chosen a password in this browser need not type it again for the first link. Receives `user_signed_up`.

    Confirming the address signs her in only in the browser that signed up, so the proof stays where it was given.
    """
    if user.has_usable_password():
        record_authentication(request, user, method="password")
