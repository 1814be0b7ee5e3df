"""Writing a text: the form, and sending it once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.kept_forms import KeptForm
from accounts.models import User
from accounts.views import signed_in
from telephony import selectors
from telephony.core.segments import Segments, segments_of
from telephony.core.types import Direction
from telephony.models import LinkedAccount, LinkState, Message, PhoneBookEntry, ReceivedText
from telephony.services import texting
from telephony.services.acts import new_key
from telephony.services.regions import home_region
from telephony.services.texting import Draft, TooManyTexts
from telephony.text_forms import Senders, TextForm, choice_of
from telephony.views.addresses import relink_url

KEPT = KeptForm("unsent_text", ("sender", "recipient", "body", "send_at", "key"))
MOST_NAMES = 500  # of the phone book that the field offers
BODY_IN_ADDRESS = 1000


@dataclass(frozen=True, slots=True)
class Hurdle:
    """Why an account cannot send, or may not now, and what can be done."""

    account: LinkedAccount
    tone: str
    what_happened: str
    what_to_do: str = ""
    url: str = ""
    button: str = ""


@dataclass(slots=True)
class Desk:
    """What one can send from, and what is in the way."""

    senders: list[tuple[LinkedAccount, Any]] = field(default_factory=list)
    hurdles: list[Hurdle] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
def new_message(request: HttpRequest) -> HttpResponse:
    """The form. Whoever is signed out meanwhile signs in again and finds what was typed."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            KEPT.stash(request)
        return redirect_to_login(reverse("telephony:new_message"))
    person = signed_in(request)
    desk = _desk(person)
    if request.method == "POST":
        return _posted(request, person, desk)
    kept = KEPT.restored(request, person)
    form = _form(person, desk.senders, initial=kept or _initial(request, person, desk.senders))
    return _page(request, form, desk, restored=bool(kept))


def _posted(request: HttpRequest, person: User, desk: Desk) -> HttpResponse:
    form = _form(person, desk.senders, data=request.POST)
    earlier = Message.objects.filter(user=person, idempotency_key=request.POST.get("key", "")[:64]).first()
    if earlier is not None and _is_same(form, earlier):
        return redirect(earlier.get_absolute_url())
    if earlier is not None:
        unused = _form(person, desk.senders, initial=request.POST.dict() | {"key": new_key()})
        return _page(request, unused, desk, used=True, status=409)
    if "count" in request.POST or not form.is_valid() or form.chosen is None:
        if "count" in request.POST:
            form = _form(person, desk.senders, initial=request.POST.dict())
        return _page(request, form, desk, status=200 if "count" in request.POST else 400)
    account, sender = form.chosen
    values = form.cleaned_data
    draft = Draft(account, sender, values["recipient"], values["body"], values["key"], values.get("send_at"))
    try:
        sent, _is_new = texting.send_message(person, draft)
    except TooManyTexts:
        form.add_error(
            None,
            _(
                "That were %(most)d texts in ten minutes. So that a mistake cannot run up a bill, the next one has to wait a little. "
                "Your text is still here and was not sent."
            )
            % {"most": texting.MOST_TEXTS},
        )
        return _page(request, form, desk, status=429)
    return redirect(sent.get_absolute_url())


def _is_same(form: TextForm, earlier: Message) -> bool:
    """Whether a form that was sent before says the same again. With the back button, somebody may have written another text in it."""
    form.is_valid()
    body, recipient = form.cleaned_data.get("body"), form.cleaned_data.get("recipient", earlier.recipient)
    return body == earlier.body and recipient == earlier.recipient


def _form(person: User, senders: Senders, **kwargs: Any) -> TextForm:
    if "initial" in kwargs:
        kwargs["initial"] = {"key": new_key()} | kwargs["initial"] | {"owner": KEPT.owner_mark(person)}
    return TextForm(senders=senders, names=_names(person), region=home_region(person), **kwargs)


def _names(person: User) -> dict[str, str]:
    """Numbers by what the field may say instead: the name, and name with number as the list offers it."""
    entries = PhoneBookEntry.objects.filter(user=person).order_by("name", "pk")[:MOST_NAMES]
    found: dict[str, str] = {}
    for entry in entries:
        found.setdefault(entry.name.casefold(), entry.number)
        found[f"{entry.name} ({entry.shown_number})".casefold()] = entry.number
    return found


def _desk(person: User) -> Desk:
    desk = Desk()
    for account in texting.texting_accounts(person):
        if hurdle := _hurdle(account):
            desk.hurdles.append(hurdle)
        if account.usable and not texting.lacking_scopes(account):
            box = texting.text_box(account)
            desk.senders += [(account, sender) for sender in box.known_senders]
            if not box.known_senders:
                desk.hurdles.append(_no_sender(account, box))
    return desk


def _hurdle(account: LinkedAccount) -> Hurdle | None:
    values = {"account": account, "provider": account.provider_name}
    if missing := texting.lacking_scopes(account):
        return Hurdle(
            account,
            "info",
            _("%(account)s cannot send texts yet: the link lacks the permission %(scopes)s.")
            % (values | {"scopes": ", ".join(missing)}),
            _("Ask for it and agree to it at %(provider)s; the history is kept.") % values,
            relink_url(account, missing) if account.usable else "",
            _("Ask for the permission"),
        )
    if account.link_state is LinkState.NEEDS_RELINKING:
        happened = _("%(account)s has to be linked again before it can send texts.") % values
        return Hurdle(account, "warn", happened, "", relink_url(account), _("Link again"))
    if account.link_state is LinkState.DELAYED:
        return Hurdle(
            account,
            "warn",
            _("%(account)s is delayed at the moment: %(provider)s does not answer as it should.") % values,
            _("You can try to send. It is tried once; if it fails, your text is kept and nothing was sent."),
        )
    return None


def _no_sender(account: LinkedAccount, box: Any) -> Hurdle:
    error = texting.senders_error(account, box)
    values = {"account": account, "provider": account.provider_name}
    if error is not None:
        happened = _("The senders of %(account)s could not be read.") % values
        return Hurdle(account, "warn", f"{happened} {error.sentence}", error.next_step)
    return Hurdle(
        account,
        "info",
        _("%(account)s has no number that may send texts.") % values,
        _("The administrator of your telephone system can allow it at %(provider)s.") % values,
    )


def _initial(request: HttpRequest, person: User, senders: Senders) -> dict[str, str]:
    """What a link to the form says: by ids of the person's own rows, so that no number stands in an address."""
    number, account, body = _linked_to(request, person)
    initial = {"recipient": number, "body": body}
    choices = [choice_of(one, sender) for one, sender in senders if account is None or one.pk == account.pk]
    return initial | ({"sender": choices[0]} if choices else {})


def _linked_to(request: HttpRequest, person: User) -> tuple[str, LinkedAccount | None, str]:
    def key(name: str) -> int | None:
        value = request.GET.get(name, "")
        return int(value) if selectors.is_key(value) else None

    if (pk := key("call")) is not None and (call := selectors.call_of(person, pk).first()):
        outside = "caller" if call.direction == Direction.INBOUND else "callee"
        return getattr(call, f"{outside}_e164") or getattr(call, f"{outside}_number"), call.account, ""
    if (pk := key("entry")) is not None and (entry := PhoneBookEntry.objects.filter(user=person, pk=pk).first()):
        return entry.number, None, ""
    if (pk := key("received")) is not None and (
        text := ReceivedText.objects.filter(account__user=person, pk=pk).select_related("account").first()
    ):
        return text.sender, text.account, ""
    for name in ("message", "again"):
        if (pk := key(name)) is not None and (
            sent := Message.objects.filter(user=person, pk=pk).select_related("account").first()
        ):
            return sent.recipient, sent.account, sent.body if name == "again" else ""
    return "", None, ""


def _page(
    request: HttpRequest, form: TextForm, desk: Desk, *, restored: bool = False, used: bool = False, status: int = 200
) -> HttpResponse:
    person = signed_in(request)
    body = str(form["body"].value() or "").replace("\r\n", "\n")
    context = {
        "form": form,
        "desk": desk,
        "restored": restored,
        "used": used,
        "length": segments_of(body) if len(body) <= texting.LONGEST_BODY * 4 else Segments(False, len(body), 0, 0),
        "names": [
            f"{entry.name} ({entry.shown_number})"
            for entry in PhoneBookEntry.objects.filter(user=person).order_by("name", "pk")[:MOST_NAMES]
        ],
        "has_accounts": bool(desk.senders or desk.hurdles),
        "confirm": form.needs_confirmation if form.is_bound else "",
        "prices": [
            (account.provider_name, account.spec.texts.price)
            for account in {one.provider: one for one, _sender in desk.senders}.values()
            if account.spec.texts and account.spec.texts.price
        ],
    }
    return render(request, "telephony/message_new.html", context, status=status)
