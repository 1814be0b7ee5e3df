"""One linked account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors


@login_required
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Who and what the account is, and what it can do."""
    found = get_object_or_404(selectors.linked_accounts(signed_in(request)), pk=pk)
    return render(request, "telephony/account.html", {"account": found})
