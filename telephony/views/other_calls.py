"""What else there was with the number of a call: the latest other calls, across all accounts of the person."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.views import signed_in
from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, digits
from telephony.core.types import Direction, LogScope
from telephony.models import Call
from telephony.services.names import names_of
from telephony.views.call_lines import call_lines
from telephony.views.fragments import fragment

SHOWN = 5


@fragment("telephony:call")
def other_calls(request: HttpRequest, pk: int) -> HttpResponse:
    """The latest other calls with the number of this one. Found as a search for the number finds them, so as fast among a million."""
    person = signed_in(request)
    call = get_object_or_404(selectors.call_of(person, pk))
    number = outside_number(call)
    accounts = list(selectors.linked_accounts(person).select_related(None))
    found = CallFilter(text=number, scope=_scope(call))
    # One is this call itself, and one tells that there are more than are shown.
    page = selectors.call_page(accounts, found, size=SHOWN + 2).rows if number else []
    others = [row for row in page if row.pk != call.pk]
    shown, owners = others[:SHOWN], {account.pk: account for account in accounts}
    lines = call_lines(shown, accounts, names_of(accounts, shown))
    context = {
        "rows": [(line, owners[row.account_id]) for line, row in zip(lines, shown, strict=True)],
        "more": len(others) > SHOWN,
        "all_url": all_url(call),
        "show_account": len(accounts) > 1,
    }
    return render(request, "telephony/parts/other_calls.html", context)


def outside_number(call: Call) -> str:
    """The number of the other end as it is searched for, "" where it is withheld or too short to be from outside."""
    caller, callee = call.caller_e164 or call.caller_number, call.callee_e164 or call.callee_number
    number = callee if call.direction == Direction.OUTBOUND else caller
    return number if len(digits(number)) >= SHORTEST_OUTSIDE_NUMBER else ""


def all_url(call: Call) -> str:
    """The list of all calls with that number, in the log in which this one is."""
    query = {"q": outside_number(call)} | (
        {"scope": LogScope.COMPANY.value} if _scope(call) is LogScope.COMPANY else {}
    )
    return f"{reverse('telephony:calls')}?{urlencode(query)}"


def _scope(call: Call) -> LogScope:
    return LogScope.OWN if call.in_own_log else LogScope.COMPANY
