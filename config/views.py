"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_GET, require_safe

from accounts.kept_forms import KeptForm
from accounts.views import KEPT_PROFILE
from telephony.views import balance, keeping, message_new, notices, phone_book, saved_views

KEPT = {
    "telephony:new_message": message_new.KEPT,
    "telephony:phone_book": phone_book.KEPT,
    "telephony:save_view": saved_views.KEPT,
    "telephony:notice_settings": notices.KEPT,
    "telephony:balance": balance.KEPT,
    "telephony:retention": keeping.KEPT_RULE,
    "telephony:forget": keeping.KEPT_NUMBER,
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
    kept = _kept_form(request)
    if request.method == "POST" and kept:
        kept.stash(request)
        return render(request, "403_csrf.html", {"kept_url": kept.page(request)}, status=403)
    return csrf_failure(request, reason)


def _kept_form(request: HttpRequest) -> KeptForm | None:
    try:
        return KEPT.get(resolve(request.path_info).view_name)
    except Resolver404:
        return None


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: this process answers. It asks neither the database nor anybody else."""
    return HttpResponse("ok", content_type="text/plain")
