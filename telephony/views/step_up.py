"""Step-up re-authentication: what changes a link asks for the password or the second factor again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
APP = "allauth.socialaccount"


def step_up(request: HttpRequest) -> HttpResponse | None:
    """The way to re-authentication, None where it has been done a moment ago.

    A plain redirect for every method. allauth's own decorator keeps a POST in the session to resume it, which would store a personal
    access token unencrypted, and a POST resumed behind its form could not go on to a provider (form-action of the CSP).
    """
    if not is_reauthentication_required(request, app=APP):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': request.get_full_path()})}")


def step_up_required(view: View[P]) -> View[P]:
    """For views that change a link; put it below `login_required`."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return step_up(request) or view(request, *args, **kwargs)

    return guarded
