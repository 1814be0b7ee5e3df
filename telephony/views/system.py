"""Choosing which of several telephone systems a linked account reads."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.views import signed_in
from telephony.forms import SystemForm
from telephony.models import LinkedAccount
from telephony.services.systems import choose_system, systems_of
from telephony.views.account import own_account


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the systems and what choosing another does, then do it. Not found for an account that reaches one only."""
    account = own_account(request, pk)
    systems = systems_of(account)
    if len(systems) < 2:  # one is no choice
        raise Http404
    form = SystemForm(systems, request.POST if request.method == "POST" else None)
    if form.is_valid():
        name = choose_system(account, form.cleaned_data["system"], actor=signed_in(request)).name
        messages.success(request, _("“%(system)s” is read from now on.") % {"system": name})
        return redirect(account)
    context = {"account": account, "form": form, "consequences": _consequences(account)}
    return render(request, "telephony/system.html", context)


def _consequences(account: LinkedAccount) -> list[str]:
    values = {"provider": account.provider_name}
    return [
        _("This account then shows the calls, extensions and details of the system that you choose."),
        _("What is stored here of the one before is deleted. Nothing is deleted at %(provider)s.") % values,
        _("You can change back; its calls are then read again, as far back as %(provider)s keeps them.") % values,
    ]
