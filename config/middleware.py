"""What holds for every page of the site: headers, and a limit to waiting."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from telephony.core.deadlines import page_budget

# What a browser drops when somebody signs out: kept pages, also those behind the back button, and whatever scripts have stored.
CLEARED_ON_LEAVING = '"cache", "storage"'
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"


class PrivatePagesMiddleware:
    """Keeps personal pages out of every cache and switches off browser features that the site never uses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers, unless a view has set its own Cache-Control."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "signed_out", False):
            response.headers["Clear-Site-Data"] = CLEARED_ON_LEAVING
        return response


def remember_signing_out(*, request: HttpRequest | None, **_rest: object) -> None:
    """Receives Django's signal, whichever page somebody signs out by, for the middleware above."""
    if request is not None:
        request.signed_out = True  # type: ignore[attr-defined]  # ours


class WrongMethodMiddleware:
    """A page instead of an empty answer for whoever opens an address that only takes forms. It comes last, so that it knows the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer as it is, but for one without a word."""
        response = self.get_response(request)
        if response.status_code != 405 or response.content or not request.accepts("text/html"):
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page


class PageBudgetMiddleware:
    """Lets one page wait for providers so long and no longer, however many requests it takes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the budget. Sound that is handed on piece by piece comes after, and has no end."""
        with page_budget():
            return self.get_response(request)
