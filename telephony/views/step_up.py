"""Step-up re-authentication: what changes a link asks for the password or the second factor again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.kept_forms import KeptForm

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
APP = "allauth.socialaccount"


def step_up(request: HttpRequest) -> HttpResponse | None:
    """The way to re-authentication, None where it has been done, or the person has signed in, a moment ago.

    A plain redirect for every method. allauth's own decorator keeps a POST in the session to resume it, which would store a personal
    access token unencrypted, and a POST resumed behind its form could not go on to a provider (form-action of the CSP).
    """
    if not is_reauthentication_required(request, app=APP) or _signed_in_just_now(request):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': request.get_full_path()})}")


def _signed_in_just_now(request: HttpRequest) -> bool:
    """Whether the session began with credentials, as recently as a re-authentication counts; allauth looks at these alone.

    A session that merely goes on keeps the time at which it began. A link in a mail opens one too, but proves the mailbox only. Who has
    a second factor must have shown it.
    """
    proofs = {"mfa"} if is_mfa_enabled(request.user) else {"mfa", "password"}
    records = get_authentication_records(request, request.user)
    shown_at = max((record["at"] for record in records if record.get("method") in proofs), default=0.0)
    return bool(0 <= time.time() - shown_at < app_settings.REAUTHENTICATION_TIMEOUT)


def step_up_for(kept: KeptForm | None) -> Callable[[View[P]], View[P]]:
    """As `step_up_required`; what was posted waits meanwhile where the form is one that is kept."""

    def required(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            away = step_up(request)
            if away is None:
                return view(request, *args, **kwargs)
            if kept and request.method == "POST":
                kept.stash(request)
            return away

        return guarded

    return required


def step_up_required(view: View[P]) -> View[P]:
    """For views that change a link; put it below `login_required`."""
    return step_up_for(None)(view)
