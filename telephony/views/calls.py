"""Call logs: of one account, and of all together. Stored rows are shown at once; each account is then read by a part of its own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from accounts.limits import limited_searches, wait_for
from accounts.views import signed_in
from config.addresses import address
from telephony import selectors
from telephony.list_forms import SavedViewForm
from telephony.models import LinkedAccount
from telephony.services.call_log import SECTION_OF
from telephony.services.saved_views import default_view, kept_query, views_of
from telephony.views.account import own_account
from telephony.views.banners import banner_of
from telephony.views.call_reading import ReadStatus, read_now, state_of, status_before, status_instead
from telephony.views.call_search import CallSearch, log_scopes
from telephony.views.fragments import fragment
from telephony.views.overviews import overview_of
from telephony.views.saved_views import KEPT as KEPT_VIEW

SHOWN_VIEWS = 6


@login_required
@require_safe
@limited_searches
def account_calls(request: HttpRequest, pk: int) -> HttpResponse:
    """The call log of one account. `?live=1` reads before it answers, for browsers without JavaScript."""
    account = own_account(request, pk)
    search = CallSearch(request, [account], choose_account=False)
    live = _read(request, search, account) if request.GET.get("live") == "1" else None
    overview = overview_of(account)
    reading = overview.parts[SECTION_OF[search.filter.scope]].reading
    status = live or status_before(search, account, reading, state_of(search, account))
    context = _context(search, [status], address("telephony:account_call_list", pk))
    context |= {"account": account, "overview": overview, "banner": banner_of(overview)}
    return render(request, "telephony/calls.html", context)


@login_required
@require_safe
@limited_searches
def calls(request: HttpRequest) -> HttpResponse:
    """The call logs of all accounts as one list; every account is read by itself, so that none waits for another."""
    person = signed_in(request)
    views = views_of(person)
    if not request.GET and (view := default_view(views)) is not None and view.query:
        return redirect(view)
    accounts = list(selectors.linked_accounts(person).select_related(None))  # a list asks for no OAuth client
    search = CallSearch(request, accounts, choose_account=True)
    context = _context(search, _statuses(search), address("telephony:call_list"))
    context |= {
        "no_accounts": not accounts,
        "saved_views": views[:SHOWN_VIEWS],
        "current_view": kept_query(request.GET),
        "view_form": SavedViewForm(initial=KEPT_VIEW.initial(request, person)) if search.is_narrowed else None,
    }
    return render(request, "telephony/calls.html", context)


@limited_searches
@fragment("telephony:account_calls")
def account_call_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored rows again, when a reading has brought news."""
    page = address("telephony:account_calls", pk)
    return _list(request, [own_account(request, pk)], page, choose_account=False)


@limited_searches
@fragment("telephony:calls")
def call_list(request: HttpRequest) -> HttpResponse:
    """The same for all accounts."""
    accounts = list(selectors.linked_accounts(signed_in(request)))
    return _list(request, accounts, address("telephony:calls"), choose_account=True)


@fragment("telephony:account_calls")
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Read one account's log as far as the list shows it, and say how it went; the list fetches its rows again where there is news."""
    account = own_account(request, pk)
    search = CallSearch(request, [account], choose_account=False)
    status = _read(request, search, account)
    response = render(request, "telephony/parts/read_status.html", {"status": status})
    if status.result and status.result.changed:
        trigger_client_event(response, "calls-changed")
    return trigger_client_event(response, "calls-read") if status.result else response


def _read(request: HttpRequest, search: CallSearch, account: LinkedAccount) -> ReadStatus:
    return status_instead(search, account) if wait_for(request, "read_calls") else read_now(search, account)


def _list(request: HttpRequest, accounts: list[LinkedAccount], page: str, *, choose_account: bool) -> HttpResponse:
    search = CallSearch(request, accounts, choose_account=choose_account)
    search.path = page
    context = {"search": search, "show_account": search.chooses_account, "waiting": False}
    return render(request, "telephony/parts/call_list.html", context)


def _statuses(search: CallSearch) -> list[ReadStatus]:
    """One line per account that has such a log; accounts whose provider has none are left out of the list of all."""
    section = SECTION_OF[search.filter.scope]
    readings = selectors.readings(search.accounts, [section])
    states = selectors.sync_states_of(search.accounts, search.filter.scope) if search.position else {}
    return [
        status_before(search, account, readings.get((account.pk, section)), states.get(account.pk))
        for account in search.accounts
        if len(search.accounts) == 1 or search.filter.scope in log_scopes(account)
    ]


def _context(search: CallSearch, statuses: list[ReadStatus], list_url: str) -> dict[str, Any]:
    return {
        "search": search,
        "statuses": statuses,
        "list_url": f"{list_url}?{search.query_string}",
        "export_url": search.with_query(path=f"{search.path}export/"),
        "waiting": any(status.waiting for status in statuses),
        "show_account": search.chooses_account,
    }
