"""Every page in the person's own language and time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation


class PersonalLocaleMiddleware(LocaleMiddleware):
    """Language from the cookie or the browser; PersonalSettingsMiddleware puts a signed-in person's choice over it."""


class PersonalSettingsMiddleware:
    """Activates the language and the time zone of the signed-in person for the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Runs after authentication; signed-out visitors see UTC and their browser's language."""
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or request.user.language
            timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()
