"""How often somebody may do what costs a provider, the machine or a guesser something; and the page that says when to go on.

allauth limits signing in and all around it (ACCOUNT_RATE_LIMITS); this adds the site's own deeds and words the answer for both. Counts live
in the cache, which all processes share; a start-up check says so where they do not.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
log = logging.getLogger(__name__)

APP = "switchboard"
# How often in how long, for each person.
RATES = {
    "link": "20/m/user,120/h/user",  # each asks a provider whether a token or a code is right
    "unlink": "30/m/user",
    "refresh": "30/m/user",
    "read_calls": "60/m/user",
    "read_texts": "30/m/user",
    "export": "30/m/user,300/h/user",
    "own_data": "10/h/user",
    "client_test": "10/m/user",
    "delete_account": "10/m/user",
}
# allauth's own limits that each of its pages may run into.
OF_ALLAUTH = {
    "account_login": ("login", "login_failed"),
    "account_signup": ("signup",),
    "account_reset_password": ("reset_password",),
    "account_reset_password_from_key": ("reset_password_from_key",),
    "account_reauthenticate": ("reauthenticate", "login_failed"),
    "account_change_password": ("change_password",),
    "account_email": ("manage_email",),
}
USUAL_WAIT = 300.0  # seconds, where it cannot be told
LONGEST_KEPT = 2000  # characters of one field
NEVER_KEPT = ("password", "token", "code", "credential", "secret")
SEARCHED_BY = ("q", "number", "query")
MINUTE = 60.0  # seconds
MOST_REMEMBERED = 5000  # people
_searches: defaultdict[int, list[float]] = defaultdict(list)  # when each person searched in this process, oldest first
SHARED_BY_NOBODY = ("locmem.LocMemCache", "dummy.DummyCache")


def wait_for(request: HttpRequest, action: str) -> float:
    """Count one more of `action` for the signed-in person; 0.0 where that is within the limit, else the seconds to wait."""
    if ratelimit.consume(request, app=APP, action=action, config=RATES, limit_get=True):
        return 0.0
    log.warning("Limit of %s reached by person %s", action, request.user.pk)
    return max(1.0, *_waits(request, APP, action, RATES))


def is_post(request: HttpRequest) -> bool:
    """Whether something is to be done."""
    return request.method == "POST"


def limited(action: str, *, when: Callable[[HttpRequest], bool] = is_post) -> Callable[[View], View]:
    """For views of signed-in people: too many requests for which `when` holds get the page that says when to go on."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and when(request) and (wait := wait_for(request, action)):
                return too_many(request, wait)
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def limited_searches(view: View) -> View:
    """For pages that search: SEARCHES_PER_MINUTE for each person, 0 for no limit.

    Counted by each process for itself: a count in the cache would cost a page more than the search, and every search is bounded besides.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        most = settings.SEARCHES_PER_MINUTE
        if most and request.user.is_authenticated and any(request.GET.get(name) for name in SEARCHED_BY):
            now, seen = time.monotonic(), _searches[request.user.pk]
            if len(seen) >= most and now - seen[-most] < MINUTE:
                return too_many(request, MINUTE - (now - seen[-most]))
            seen.append(now)
            del seen[:-most]
            if len(_searches) > MOST_REMEMBERED:
                _searches.pop(next(iter(_searches)))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def too_many(request: HttpRequest, wait: float) -> HttpResponse:
    """The page for too many requests: when to try again, with what was typed kept for then."""
    seconds = math.ceil(wait)
    context = {
        "again_at": timezone.now() + timedelta(seconds=seconds),
        "minutes": math.ceil(seconds / 60),
        "kept": list(_kept(request)),
        "entrance": not request.user.is_authenticated,
    }
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def too_many_at_the_door(request: HttpRequest) -> HttpResponse:
    """allauth's limits; config.urls names this as the handler for them."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    waits = [
        wait for action in OF_ALLAUTH.get(name or "", ()) for wait in _waits(request, "allauth.account", action, None)
    ]
    log.warning("Limit of %s reached from %s", name, ratelimit.get_ip(request))
    return too_many(request, max(waits, default=0.0) or USUAL_WAIT)


def _waits(request: HttpRequest, app: str, action: str, config: dict[str, str] | None) -> Iterator[float]:
    """Seconds until each exhausted rate of an action allows one more."""
    for rate in ratelimit.get_rates(app=app, action=action, config=config):
        if rate.per == "user" and not request.user.is_authenticated:
            continue
        key = _key_of(request, action)
        history = cache.get(ratelimit.get_cache_key(request, app=app, action=action, rate=rate, key=key), [])
        if len(history) >= rate.amount:
            yield max(1.0, history[-1] + rate.duration - time.time())


def _key_of(request: HttpRequest, action: str) -> str:
    told: str = getattr(request, "limit_key", "")  # by AccountAdapter, for wrong passwords
    return told or request.POST.get("email", "").strip().lower() or action


def _kept(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """What was typed, without secrets, for a form that sends it again."""
    for name, values in request.POST.lists():
        secret = name == "csrfmiddlewaretoken" or any(word in name.lower() for word in NEVER_KEPT)
        if not secret:
            yield from ((name, value) for value in values if len(value) <= LONGEST_KEPT)


def check_shared_cache(**_options: Any) -> list[checks.CheckMessage]:
    """Limits that every process counts for itself are no limits: five attempts with eight processes are forty."""
    backend = settings.CACHES["default"]["BACKEND"]
    if not backend.endswith(SHARED_BY_NOBODY):
        return []
    return [
        checks.Warning(
            f"The cache is one that every process has for itself ({backend}), so limits on signing in, linking and exports are "
            "counted per process and can be exceeded.",
            hint="Leave CACHES as it is (the database, or Redis with REDIS_URL).",
            id="accounts.W001",
        )
    ]
