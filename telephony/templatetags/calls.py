"""Calls as lists show them: {% load calls %}."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from config.row_template import RowTemplate
from telephony.forms import CallFilterForm
from telephony.views.call_lines import CallLine
from telephony.views.call_reading import ReadStatus
from telephony.views.call_rows import PartyView, drawn_call_link, drawn_party
from telephony.views.call_search import CallSearch

register = template.Library()

MOST_EMPTY_FORMS = 500
_empty_forms: dict[Hashable, SafeString] = {}


@register.simple_tag
def call_lines(lines: list[CallLine], show_account: bool) -> SafeString:
    """The rows of a call list."""
    return _row(get_language(), show_account).fill(lines)


@lru_cache(maxsize=64)
def _row(_language: str | None, show_account: bool) -> RowTemplate:
    return RowTemplate("telephony/parts/call_line.html", CallLine._fields, {"show_account": show_account})


@register.simple_tag
def call_filters(search: CallSearch) -> SafeString:
    """The search form. Empty, as on most visits, it is the same each time, and drawn once: nothing else on the page costs as much."""
    if any(search.query.get(name) for name in CallFilterForm.base_fields):
        return _drawn_filters(search)
    accounts = tuple((account.pk, str(account)) for account in search.offered_accounts if search.chooses_account)
    key = (get_language(), get_current_timezone_name(), search.path, accounts)
    drawn = _empty_forms.get(key)
    if drawn is None:
        if len(_empty_forms) >= MOST_EMPTY_FORMS:
            _empty_forms.clear()
        drawn = _empty_forms[key] = _drawn_filters(search)
    return drawn


def _drawn_filters(search: CallSearch) -> SafeString:
    return render_to_string("telephony/parts/call_filters.html", {"search": search})


@register.simple_tag
def read_statuses(statuses: list[ReadStatus]) -> SafeString:
    """A line per account: about to be read by the page itself, or how the last reading went."""
    return format_html_join("", "{}", ((_drawn_status(status),) for status in statuses))


@register.simple_tag
def read_fold(statuses: list[ReadStatus]) -> SafeString:
    """On a phone, the one line for several accounts; what it folds follows it."""
    return _fold(get_language(), len(statuses)) if len(statuses) > 1 else SafeString("")


@lru_cache(maxsize=256)
def _fold(_language: str | None, count: int) -> SafeString:
    return render_to_string("telephony/parts/read_fold.html", {"count": count})


def _drawn_status(status: ReadStatus) -> SafeString:
    if not status.waiting:
        return render_to_string("telephony/parts/read_status.html", {"status": status})
    line = (str(status.account.pk), status.read_url, status.read_now_url, str(status.account))
    return _waiting(get_language()).fill([line])


@lru_cache(maxsize=16)
def _waiting(_language: str | None) -> RowTemplate:
    return RowTemplate("telephony/parts/read_waiting.html", ("pk", "read_url", "read_now_url", "account"), {})


@register.simple_tag
def party(view: PartyView, number: str = "") -> SafeString:
    """One end of a call; with a link that calls `number`, where there is one to call."""
    return drawn_party(view, drawn_call_link(get_language(), number) if number else "")


@register.simple_tag
def call_link(number: str, account: int | None = None) -> SafeString:
    """The small *call* link beside a number, with the account to call with where that matters."""
    return drawn_call_link(get_language(), number or "", account)
