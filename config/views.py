"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Switchboard is, for visitors; signed-in people go on to their dashboard."""
    if request.user.is_authenticated:
        return redirect("telephony:dashboard")
    return render(request, "home.html")


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: this process answers. It asks neither the database nor anybody else."""
    return HttpResponse("ok", content_type="text/plain")
