"""What a person does with a linked account: refresh it, unlink it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.limits import limited
from accounts.views import signed_in
from telephony.core.registry import find_spec
from telephony.models import LinkedAccount
from telephony.services.support import refresh_now, waiting_readings
from telephony.services.unlinking import UnlinkReport, prospect, unlink
from telephony.views.account import own_account
from telephony.views.deeds import deed
from telephony.views.fragments import asks_for_fragment
from telephony.views.step_up import step_up_required
from telephony.views.troubles import trouble_of


@deed("telephony:account", "pk")
@limited("refresh")
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Read facts, balance and extensions now, and return to where the person was."""
    account = own_account(request, pk)
    level, text = _refreshed(account)
    messages.add_message(request, level, text)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = account.get_absolute_url()
    return HttpResponseClientRedirect(target) if asks_for_fragment(request) else redirect(target)


def _refreshed(account: LinkedAccount) -> tuple[int, str]:
    """A message's level and text."""
    values = {"provider": account.provider_name}
    if not account.usable or find_spec(account.provider) is None:
        return messages.WARNING, _("Nothing was read: the account is not connected.")
    waiting = waiting_readings(account)
    readings = refresh_now(account)
    troubles = [trouble for reading in [*readings, *waiting] if (trouble := trouble_of(account, reading))]
    if not troubles:
        return messages.SUCCESS, _("Everything has been read from %(provider)s just now.") % values
    sentences = dict.fromkeys(f"{trouble.what_happened} {trouble.what_to_do}" for trouble in troubles)
    nothing = [] if any(not reading.failed for reading in readings) else [_("Nothing was read.")]
    return messages.WARNING, " ".join([*nothing, *sentences])


@login_required
@step_up_required
@limited("unlink")
@require_http_methods(["GET", "HEAD", "POST"])
def unlink_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what will be deleted and revoked, then do it and say what could not be."""
    account = own_account(request, pk)
    if request.method == "POST":
        report = unlink(account, actor=signed_in(request))
        messages.add_message(request, *_unlinked(report, account.provider_name))
        return redirect("telephony:dashboard")
    context = {"account": account, "consequences": _consequences(account)}
    return render(request, "telephony/unlink.html", context)


def _consequences(account: LinkedAccount) -> list[str]:
    return [
        _("The tokens that are stored here are deleted."),
        prospect(account),
        _("Its calls, texts, extensions and balance readings are deleted here. Nothing is deleted at %(provider)s.")
        % {"provider": account.provider_name},
        _(
            "You can link it again later; what was deleted here is then read again, as far back as the provider keeps it."
        ),
    ]


def _unlinked(report: UnlinkReport, provider: str) -> tuple[int, str]:
    values = {"account": report.label, "provider": provider}
    if report.revoked:
        text = _("%(account)s is unlinked, and our access at %(provider)s is revoked.")
        return messages.SUCCESS, text % values
    return messages.WARNING, " ".join([_("%(account)s is unlinked.") % values, report.remark])
