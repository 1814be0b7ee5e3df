"""All linked accounts at a glance."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """One card per account from what is stored; each card loads its live parts by itself."""
    accounts = list(selectors.linked_accounts(signed_in(request)))
    return render(request, "telephony/dashboard.html", {"accounts": accounts})
