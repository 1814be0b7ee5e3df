"""Texts: conversations and outbox, and one text with everything that was said with its number."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.views import signed_in
from telephony.core.phone import for_display
from telephony.models import LinkedAccount, Message, ReceivedText
from telephony.services import conversations as service
from telephony.services.conversations import Line
from telephony.services.text_status import follow_if_due, read_stale_inboxes
from telephony.services.texting import lacking_reading_scopes, texting_accounts
from telephony.views.addresses import call_url, relink_url
from telephony.views.call_search import moment_from
from telephony.views.deeds import deed
from telephony.views.fragments import fragment
from telephony.views.message_words import MessageState, state_of

OUTBOX_PAGE = 50


@dataclass(frozen=True, slots=True)
class TextRow:
    """A line of a list or a conversation, ready to be drawn."""

    line: Line
    state: MessageState | None
    url: str

    @property
    def who(self) -> str:
        """The name of the other end, else its number."""
        return self.line.name or for_display(self.line.number)


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the page."""

    label: str
    url: str
    current: bool


@login_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Conversations, or with ``?box=sent`` the outbox. Nobody is asked: the parts that are read come later."""
    person, page = signed_in(request), reverse("telephony:messages")
    is_outbox = request.GET.get("box") == "sent"
    before = request.GET.get("before", "")
    rows, older = _outbox(request, before) if is_outbox else _conversations(request, before)
    accounts = texting_accounts(person)
    context = {
        "tabs": [
            Tab(_("Conversations"), page, not is_outbox),
            Tab(_("Outbox"), f"{page}?box=sent", is_outbox),
        ],
        "rows": rows,
        "older_url": older,
        "newest_url": (f"{page}?box=sent" if is_outbox else page) if before else "",
        "is_newest": not before,
        "is_outbox": is_outbox,
        "accounts": accounts,
        "show_account": len(accounts) > 1,
        "unreadable": [
            (account, ", ".join(missing), relink_url(account, missing))
            for account in accounts
            if account.usable and (missing := lacking_reading_scopes(account))
        ],
    }
    return render(request, "telephony/messages.html", context)


def _conversations(request: HttpRequest, before: str) -> tuple[list[TextRow], str]:
    """One page of conversations, by the time of their last text, and the address of the next one."""
    lines, older = service.conversations(signed_in(request), moment_from(before))
    url = f"{reverse('telephony:messages')}?{urlencode({'before': older.isoformat()})}" if older else ""
    return [_row(line) for line in lines], url


def _outbox(request: HttpRequest, before: str) -> tuple[list[TextRow], str]:
    """One page of what was sent, by key, and the address of the next one."""
    person = signed_in(request)
    found = Message.objects.filter(user=person).select_related("account__client").order_by("-pk")
    if before.isascii() and before.isdigit() and len(before) <= 18:
        found = found.filter(pk__lt=int(before))
    page = list(found[: OUTBOX_PAGE + 1])
    lines = [Line(one.asked_at, one.body, one.account, one.recipient, message=one) for one in page[:OUTBOX_PAGE]]
    rows = [_row(line) for line in service.named(person, lines)]
    more = len(page) > OUTBOX_PAGE
    return rows, f"{reverse('telephony:messages')}?box=sent&before={page[OUTBOX_PAGE - 1].pk}" if more else ""


def _row(line: Line) -> TextRow:
    if line.message:
        return TextRow(line, state_of(line.message), line.message.get_absolute_url())
    return TextRow(line, None, reverse("telephony:received_text", args=[line.received.pk]) if line.received else "")


@fragment("telephony:messages")
def conversation_list(request: HttpRequest) -> HttpResponse:
    """The conversations with what has come in meanwhile; whoever was asked a moment ago is not asked again."""
    person = signed_in(request)
    accounts = texting_accounts(person)
    read_stale_inboxes(accounts)
    rows, older = _conversations(request, "")
    context = {"rows": rows, "older_url": older, "show_account": len(accounts) > 1}
    return render(request, "telephony/parts/conversations.html", context)


@deed("telephony:messages")
@limited("read_texts")
def read_messages(request: HttpRequest) -> HttpResponse:
    """Ask the providers for texts that came in, and say how many there were."""
    new = read_stale_inboxes(texting_accounts(signed_in(request)))
    text = ngettext("%(count)d new text came in.", "%(count)d new texts came in.", new) if new else _("No new texts.")
    notes.success(request, text % {"count": new} if new else text)
    return redirect("telephony:messages")


@login_required
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One sent text: where it stands, and the conversation around it."""
    found = _own_message(request, pk)
    return _conversation(request, found.account, found.digits, found.recipient, message=found)


@login_required
@require_safe
def received_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The conversation around a text that came in."""
    texts = ReceivedText.objects.select_related("account__client").filter(account__user=signed_in(request))
    found = get_object_or_404(texts, pk=pk)
    return _conversation(request, found.account, found.digits, found.sender, received=found)


@fragment("telephony:message")
def message_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Only where it stands; the provider is asked where it is time to."""
    found = follow_if_due(_own_message(request, pk))
    return render(request, "telephony/parts/message_state.html", _state_context(found))


def _own_message(request: HttpRequest, pk: int) -> Message:
    hers = Message.objects.filter(user=signed_in(request)).select_related("account__client", "account__user")
    return get_object_or_404(hers, pk=pk)


def _state_context(message: Message) -> dict[str, object]:
    return {"message": message, "state": state_of(message)}


def _conversation(
    request: HttpRequest,
    account: LinkedAccount,
    digits: str,
    number: str,
    *,
    message: Message | None = None,
    received: ReceivedText | None = None,
) -> HttpResponse:
    person = signed_in(request)
    lines = service.conversation(account, digits) if digits else []
    names = service.book_names(person, [digits])
    context: dict[str, object] = {
        "rows": [_row(line) for line in lines],
        "account": account,
        "who": names.book.get(digits, "") or for_display(number),
        "number": for_display(number),
        "call_url": call_url(number, account) if digits else "",
        "opened": message or received,
        "reply_url": f"{reverse('telephony:new_message')}?{'message' if message else 'received'}={(message or received).pk}"  # type: ignore[union-attr]  # one is there
        if digits
        else "",
    }
    if message:
        context |= _state_context(message)
    return render(request, "telephony/message.html", context)
