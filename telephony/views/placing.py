"""Click to call: the page that starts a call, and the page that follows it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.views import signed_in
from telephony import selectors
from telephony.calling_forms import CallForm
from telephony.core.errors import ProviderError
from telephony.models import LinkedAccount, PlacedCall
from telephony.services import placing
from telephony.services.acts import new_key
from telephony.services.placing import CallingAccount, TooManyCalls
from telephony.views.addresses import call_url
from telephony.views.deeds import deed
from telephony.views.fragments import fragment
from telephony.views.placed_rows import DeviceChoices, PlacedCallView, blocked_rows, device_choices, device_failure

SHOWN_CALLS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def start_call(request: HttpRequest) -> HttpResponse:
    """Choose number, account and device, then call. `?devices=1` asks for the devices before it answers, for browsers without scripts."""
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    person = signed_in(request)
    known = placing.calling_accounts(list(selectors.linked_accounts(person)))
    form = _form(request, person, known)
    if request.method == "POST" and form.is_valid():
        answer = _started(request, person, form)
        if answer is not None:
            return answer
    return _page(request, person, form, known)


@fragment("telephony:start_call")
def calling_devices(request: HttpRequest) -> HttpResponse:
    """The devices of the account that is chosen, asked for now."""
    person = signed_in(request)
    known = placing.calling_accounts(list(selectors.linked_accounts(person)))
    account = _chosen(known, request.GET.get("account", ""))
    choices = _devices_now(account, request.GET.get("device", ""), person) if account else DeviceChoices()
    return render(request, "telephony/parts/calling_devices.html", {"choices": choices, "account": account})


@login_required
@require_safe
def placed_calls(request: HttpRequest) -> HttpResponse:
    """The person's latest calls that were started here, with what became of them."""
    rows = [PlacedCallView(call) for call in _own(signed_in(request))[:SHOWN_CALLS]]
    return render(request, "telephony/placed_calls.html", {"rows": rows, "cut": len(rows) == SHOWN_CALLS})


@login_required
@require_safe
def placed_call(request: HttpRequest, pk: int) -> HttpResponse:
    """One started call: where it stands, and what can be done. Loading it again looks again."""
    call = placing.follow(_own_call(request, pk))
    return render(request, "telephony/placed_call.html", {"view": PlacedCallView(call), "call": call})


@fragment("telephony:placed_call")
def placed_call_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for the page itself; nothing where nothing has changed, so that a screen reader is not told twice."""
    view = PlacedCallView(placing.follow(_own_call(request, pk)))
    if request.GET.get("seen") == view.seen:
        return HttpResponse(status=204)
    return render(request, "telephony/parts/placed_call.html", {"view": view, "call": view.call})


@deed("telephony:placed_call", "pk")
def cancel_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Call it off."""
    call = _own_call(request, pk)
    messages.info(request, placing.cancel(call))
    return redirect(call)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a session that ended meanwhile loses nothing that was typed."""
    typed = request.POST if request.method == "POST" else request.GET
    kept = {name: typed[name] for name in ("number", "account") if typed.get(name)}
    return redirect_to_login(f"{request.path}?{urlencode(kept)}" if kept else request.path)


def _own(person: User) -> QuerySet[PlacedCall]:
    return PlacedCall.objects.filter(user=person).select_related("account", "account__client")


def _own_call(request: HttpRequest, pk: int) -> PlacedCall:
    return get_object_or_404(_own(signed_in(request)), pk=pk)


def _form(request: HttpRequest, person: User, known: list[CallingAccount]) -> CallForm:
    ready = [one.account for one in known if one.is_ready]
    if request.method == "POST":
        return CallForm(request.POST, person=person, accounts=ready)
    last = placing.last_choice(person)
    wanted = request.GET.get("account") or (str(last.account_id) if last else "")
    initial = {
        "number": request.GET.get("number", "")[:80].strip(),
        "account": wanted if any(str(account.pk) == wanted for account in ready) else "",
        "once": new_key(),
    }
    if not initial["account"] and ready:
        initial["account"] = str(ready[0].pk)
    return CallForm(initial=initial, person=person, accounts=ready)


def _started(request: HttpRequest, person: User, form: CallForm) -> HttpResponse | None:
    """Start the call and go to its page; None where the form has to be looked at again."""
    data, dialled = form.cleaned_data, form.dialled
    account = form.accounts[data["account"]]
    if dialled is None:
        return None
    earlier = PlacedCall.objects.filter(user=person, idempotency_key=form.key).first()
    if earlier is None and not data["again"] and (doubt := placing.doubtful_call(person, dialled.number)):
        form.doubtful = doubt
        form.add_error("again", _("Tick this box if you want to call once more."))
        return None
    try:
        call, is_new = placing.start(person, account, data["calling_device"], dialled, form.key)
    except TooManyCalls as error:
        form.add_error(None, error.sentence)
        return None
    if not is_new:
        messages.info(request, _("This call was started already; it was not started again."))
    return redirect(call)


def _page(request: HttpRequest, person: User, form: CallForm, known: list[CallingAccount]) -> HttpResponse:
    refused = "" if form.is_bound else form.look_at_number()
    account = form.chosen
    chosen_device = str(form["device"].value() or "") if form.is_bound else ""
    if account is None:
        choices = DeviceChoices()
    elif request.GET.get("devices") == "1":
        choices = _devices_now(account, chosen_device, person)
    else:
        choices = device_choices(account, None, chosen_device, placing.last_choice(person))
    context: dict[str, Any] = {
        "form": form,
        "refused": refused,
        "account": account,
        "choices": choices,
        "blocked": blocked_rows(known),
        "no_accounts": not known,
        "dialled": form.dialled,
        "not_ready": _not_ready(known, request.GET.get("account", "")),
        "reload_url": call_url(str(form["number"].value() or ""), account, devices=1) if account else "",
    }
    return render(request, "telephony/start_call.html", context)


def _chosen(known: list[CallingAccount], wanted: str) -> LinkedAccount | None:
    return next((one.account for one in known if one.is_ready and str(one.account.pk) == wanted), None)


def _not_ready(known: list[CallingAccount], wanted: str) -> LinkedAccount | None:
    """The account that the link named, where another one had to be chosen: an extension number means something else there."""
    return next((one.account for one in known if not one.is_ready and str(one.account.pk) == wanted), None)


def _devices_now(account: LinkedAccount, chosen: str, person: User) -> DeviceChoices:
    try:
        found = placing.devices(account)
    except ProviderError as error:
        return device_failure(account, error)
    return device_choices(account, found, chosen, placing.last_choice(person))
