"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_GET, require_safe

from accounts.views import KEPT_PROFILE
from telephony.views import message_new, phone_book

KEPT = {
    "telephony:new_message": message_new.KEPT,
    "telephony:phone_book": phone_book.KEPT,
    "accounts:profile": KEPT_PROFILE,
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Switchboard is, for visitors; signed-in people go on to their dashboard."""
    if request.user.is_authenticated:
        return redirect("telephony:dashboard")
    return render(request, "home.html")


def not_from_you(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the session's token is never obeyed. What somebody typed at length is kept for her to send again."""
    kept = next((form for name, form in KEPT.items() if request.path == reverse(name)), None)
    if request.method == "POST" and kept:
        kept.stash(request)
        return render(request, "403_csrf.html", {"kept_url": request.path}, status=403)
    return csrf_failure(request, reason)


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: this process answers. It asks neither the database nor anybody else."""
    return HttpResponse("ok", content_type="text/plain")
