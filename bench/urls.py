"""The site's addresses, and the bare view that its pages are compared with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from config.urls import urlpatterns as site_urlpatterns


def bare(request: HttpRequest) -> HttpResponse:
    """Read the session and the signed-in user, and nothing else."""
    name = request.user.get_username() if request.user.is_authenticated else "nobody"
    return HttpResponse(f"{name} {len(list(request.session.keys()))}", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [path("bench/bare/", bare), *site_urlpatterns]
