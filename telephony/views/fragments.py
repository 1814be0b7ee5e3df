"""Fragments: parts of a page that htmx loads when the page is already there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from telephony.models import LinkedAccount

P = ParamSpec("P")
Fragment = Callable[Concatenate[HttpRequest, P], HttpResponse]


def asks_for_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, which django-htmx tells."""
    return bool(getattr(request, "htmx", False))


def fragment(whole: str) -> Callable[[Fragment[P]], Fragment[P]]:
    """For views that render a part of the page named `whole`: whoever comes without htmx gets that page, with the same query.

    A person who is signed out meanwhile gets the page reloaded, not the sign-in form in the middle of it.
    """

    def decorate(view: Fragment[P]) -> Fragment[P]:
        @require_safe
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            by_htmx = asks_for_fragment(request)
            if not request.user.is_authenticated:
                return HttpResponseClientRefresh() if by_htmx else redirect_to_login(request.get_full_path())
            try:
                response = view(request, *args, **kwargs) if by_htmx else _whole_page(request, whole, kwargs)
            except DatabaseError as error:
                # Unlinked while its provider was being asked: there is nothing left to store the answer with.
                if "pk" in kwargs and not LinkedAccount.objects.filter(pk=str(kwargs["pk"])).exists():
                    raise Http404 from error
                raise
            patch_vary_headers(response, ["HX-Request"])
            return response

        vars(guarded)["part_of"] = whole  # for the tests that ask every address, parts as htmx does
        return guarded

    return decorate


def _whole_page(request: HttpRequest, whole: str, arguments: dict[str, object]) -> HttpResponse:
    address = reverse(whole, kwargs=arguments)
    query = request.META.get("QUERY_STRING")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
