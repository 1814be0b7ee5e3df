"""Addresses that only do something when a form posts: whoever comes there any other way gets the page that the form is on.

People do come: the browser is sent there after signing in again, by the choice of the language, by the back button or by a bookmark.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from telephony.views.fragments import asks_for_fragment

P = ParamSpec("P")
Deed = Callable[Concatenate[HttpRequest, P], HttpResponse]


def deed(page: str, *keys: str) -> Callable[[Deed[P]], Deed[P]]:
    """For views that act on a POST of a signed-in person. `page` names the page of the form, `keys` the arguments that both take.

    A POST of somebody who is signed out meanwhile does nothing, says so, and leads to that page by way of signing in.
    """

    def decorate(view: Deed[P]) -> Deed[P]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            target = reverse(page, kwargs={key: kwargs[key] for key in keys})
            posted = request.method == "POST"
            if posted and request.user.is_authenticated:
                return view(request, *args, **kwargs)
            if posted and asks_for_fragment(request):
                return HttpResponseClientRefresh()
            if posted:
                messages.warning(
                    request, _("You were signed out meanwhile, so nothing was done. Sign in, then do it again.")
                )
            return redirect(target) if request.user.is_authenticated else redirect_to_login(target)

        return guarded

    return decorate
