"""Every page in the person's own language and time zone; and when each session was used last."""

from __future__ import annotations

import threading
import time
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
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


class SessionActivityMiddleware:
    """Notes when and from where a session was used: once a minute, and at once from another address or browser.

    allauth's own middleware writes with every request, which costs more than most pages and makes SQLite's writers queue. What was noted
    is remembered in the process and not in the session: saving that from a slow request would undo what a faster one has put there.
    """

    NOTE_EVERY = 60.0  # seconds
    REMEMBERED = 10_000  # sessions

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._noted: OrderedDict[str, tuple[float, str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Runs after authentication and allauth's account middleware."""
        key = request.session.session_key
        if key and request.user.is_authenticated and self._is_news(key, request):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _is_news(self, key: str, request: HttpRequest) -> bool:
        now = time.monotonic()
        seen = (now, str(get_adapter().get_client_ip(request)), request.META.get("HTTP_USER_AGENT", ""))
        with self._lock:
            noted = self._noted.get(key)
            if noted and noted[1:] == seen[1:] and now - noted[0] < self.NOTE_EVERY:
                return False
            self._noted[key] = seen
            self._noted.move_to_end(key)
            if len(self._noted) > self.REMEMBERED:
                self._noted.popitem(last=False)
        return True
