"""The site in the process that answers the bare view, twice: behind the site's middleware, and behind Django's least.

``/bench/bare/`` passes every middleware of the site; ``/bench/least/bench/bare/`` only those that a session and a user need.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings

from bench.wsgi_paths import COST_HEADER, LEAST
from config.wsgi import application as site

LEAST_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

with override_settings(MIDDLEWARE=LEAST_MIDDLEWARE):
    least = WSGIHandler()  # loads its middleware once, here


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Send a request to one of the two, and say with the answer what it has cost: milliseconds of processor time."""
    started = time.thread_time()

    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
        return start_response(
            status, [*headers, (COST_HEADER, f"{(time.thread_time() - started) * 1000:.3f}")], *exc_info
        )

    path = environ.get("PATH_INFO", "")
    if path.startswith(f"{LEAST}/"):
        environ["PATH_INFO"] = path.removeprefix(LEAST)
        return least(environ, start)
    return site(environ, start)
