"""Missed calls that nobody has returned."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors
from telephony.services import missed as service
from telephony.services.names import names_of
from telephony.views.call_rows import CallRow
from telephony.views.deeds import deed


@login_required
@require_safe
def missed(request: HttpRequest) -> HttpResponse:
    """Who is owed a call, one line a number, the latest first."""
    person = signed_in(request)
    lines = service.unreturned(person)
    calls = [line.call for line in lines]
    names = names_of([call.account for call in calls], calls)
    rows = [(CallRow(line.call, line.call.account, names), line.count) for line in lines]
    days = service.LOOK_BACK.days
    return render(
        request, "telephony/missed.html", {"rows": rows, "days": days, "cut": len(lines) == service.MOST_LINES}
    )


@deed("telephony:missed")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a number off, up to this call, or take that back."""
    person = signed_in(request)
    call = get_object_or_404(selectors.call_of(person, pk).exclude(caller_digits=""))
    if request.POST.get("undo") == "1":
        service.take_back(person, call)
    else:
        service.tick_off(person, call)
        messages.success(request, _("Ticked off. The number shows again when it calls in vain once more."))
    return redirect("telephony:missed")
