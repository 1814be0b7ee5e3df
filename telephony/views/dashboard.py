"""All linked accounts at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors
from telephony.views.banners import Banner, banner_of
from telephony.views.glance import Glance
from telephony.views.overviews import Overview, overviews


@dataclass(frozen=True, slots=True)
class Card:
    """One account on the dashboard."""

    overview: Overview
    banner: Banner | None


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """One card per account from what is stored; each card loads its live parts by itself, so none waits for another.

    The four answers above them come when the page is there; `?glance=1` puts them in at once, for who has no JavaScript.
    """
    accounts = list(selectors.linked_accounts(signed_in(request)))
    cards = [Card(overview, banner_of(overview)) for overview in overviews(accounts)]
    context: dict[str, object] = {"cards": cards, "live": False}
    if cards and request.GET.get("glance") == "1":
        context["glance"] = Glance(signed_in(request))
    if not cards:
        context["can_link"] = selectors.enabled_clients().exists()
    return render(request, "telephony/dashboard.html", context)
