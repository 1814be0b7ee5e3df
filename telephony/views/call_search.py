"""One search of the call logs: the form, the place in the list, and the addresses of its parts. The URL is the search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from telephony import call_pages
from telephony.core.call_filter import CallFilter
from telephony.core.registry import find_spec
from telephony.core.types import LogScope
from telephony.forms import EARLIEST, LATEST, CallFilterForm
from telephony.models import LinkedAccount
from telephony.selectors import CallPage, Position
from telephony.services.names import names_of
from telephony.views.call_lines import CallLine, call_lines

FILTER_FIELDS = (
    "q",
    "number",
    "period",
    "since",
    "until",
    "direction",
    "outcome",
    "kind",
    "extension",
    "shortest",
    "longest",
    "recorded",
    "account",
)
BESIDE_FILTERS = frozenset({"scope", "at", "jump", "further", "live", "view"})  # what else an address may hold
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter and the address without it; what the component `filter_bar` shows."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the call logs; what the component `tabs` shows."""

    label: str
    url: str
    current: bool
    icon: str
    count: None = None


class CallSearch:
    """What the query string of a call list asks for, over `accounts` of one person."""

    def __init__(self, request: HttpRequest, accounts: list[LinkedAccount], *, choose_account: bool) -> None:
        self.path = request.path
        self.begins_with_view = choose_account  # without any search, that list shows the person's default view
        self.query = request.GET
        self.offered_accounts = accounts
        # An address may name an account that is not there any more: the form has to refuse it, however few are left.
        self.chooses_account = choose_account and (len(accounts) > 1 or bool(self.query.get("account")))
        # The form takes as long to be made as a query does, and most visits ask for nothing.
        asked = any(self.query.get(name) for name in CallFilterForm.base_fields)
        self.filter = self.form.call_filter() if asked else CallFilter()
        self.accounts = self.form.chosen_accounts() if asked else accounts
        self.position, self.position_refusal = _position(request.GET.get("at", ""), request.GET.get("jump", ""))

    @cached_property
    def form(self) -> CallFilterForm:
        """The search as a form, with what is wrong about it."""
        form = CallFilterForm(self.offered_accounts, self.query, choose_account=self.chooses_account)
        form.full_clean()
        return form

    @cached_property
    def page(self) -> CallPage:
        """The stored rows at this place."""
        return call_pages.page_of(self.accounts, self.filter, self.position)

    @cached_property
    def lines(self) -> list[CallLine]:
        """The same, ready to be shown."""
        return call_lines(self.page.rows, self.accounts, names_of(self.accounts, self.page.rows))

    @property
    def older_url(self) -> str:
        """The page after this one, "" where there is none stored."""
        return self.with_query(at=str(self.page.older)) if self.page.older else ""

    @property
    def newer_url(self) -> str:
        """The page before this one."""
        return self.with_query(at=str(self.page.newer)) if self.page.newer else ""

    @property
    def before(self) -> datetime | None:
        """Where a live reading begins: rows that start in the same second as the last one shown are read again."""
        return self.position.started_at + timedelta(seconds=1) if self.position else None

    @property
    def goes_back(self) -> bool:
        """Whether the list is shown from its top or from somewhere further back; only then is there something to read."""
        return self.position is None or self.position.older

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(self.query.get(name) for name in FILTER_FIELDS)

    @property
    def refusals(self) -> list[str]:
        """What of the address was left out, beside what the form says of its fields."""
        strange = [name for name in self.query if name not in FILTER_FIELDS and name not in BESIDE_FILTERS]
        told = [
            _("“%(text)s” in the address means nothing to this list and was left out.")
            % {"text": f"{name}={self.query[name]}"[:60]}
            for name in strange[:MOST_NAMED]
        ]
        return [self.position_refusal, *told] if self.position_refusal else told

    @property
    def query_string(self) -> str:
        """The query of this search, for its fragments."""
        return self.query.urlencode()

    def with_query(self, *, path: str = "", without: tuple[str, ...] = (), **changes: str) -> str:
        """The address of this search with other parameters; `live` and the place in the list are left out."""
        left_out = {"live", "at", "jump", "further", "view", *without, *changes}
        kept = [(name, value) for name, values in self.query.lists() for value in values if name not in left_out]
        query = urlencode([*kept, *changes.items()])
        if not query and not path and self.begins_with_view:
            query = "view=all"
        return f"{path or self.path}?{query}" if query else path or self.path

    @property
    def chips(self) -> list[Chip]:
        """One per filter that is set and right."""
        return [
            Chip(self._chip_label(name), self.with_query(without=(name,)))
            for name in FILTER_FIELDS
            if name in self.form.fields and self._is_set(name)
        ]

    def _is_set(self, name: str) -> bool:
        value = self.form.cleaned_data.get(name)
        return value is not None and value is not False and value != ""

    def _chip_label(self, name: str) -> str:
        label = str(self.form.fields[name].label)
        return label if self.form.cleaned_data[name] is True else f"{label}: {self._shown(name)}"

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """(name, value) of the search, for forms beside it."""
        return [(name, value) for name in (*FILTER_FIELDS, "scope") if (value := self.query.get(name))]

    def _shown(self, name: str) -> str:
        field = self.form.fields[name]
        value = self.form.cleaned_data[name]
        if isinstance(value, date):
            return date_format(value, "SHORT_DATE_FORMAT")
        choices = dict(getattr(field, "choices", ()))
        return str(choices.get(value, self.query.get(name, "")))

    @property
    def clear_url(self) -> str:
        """The address without any filter."""
        return self.with_query(without=FILTER_FIELDS)

    @property
    def tabs(self) -> list[Tab]:
        """Own calls and the company's, where any of the accounts has both."""
        offered = {scope for account in self.offered_accounts for scope in log_scopes(account)}
        if LogScope.COMPANY not in offered:
            return []
        icons = {LogScope.OWN: "user", LogScope.COMPANY: "building"}
        return [
            Tab(scope.label, self.with_query(scope=scope.value), scope is self.filter.scope, icons[scope])
            for scope in LogScope
        ]


def log_scopes(account: LinkedAccount) -> tuple[LogScope, ...]:
    """The call logs that the account's provider has."""
    spec = find_spec(account.provider)
    return spec.log_scopes if spec else ()


def moment_from(text: str) -> datetime | None:
    """A date and time from a query string; None for anything that is not one within the years that can be searched."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and EARLIEST <= found.date() <= LATEST else None


def _position(text: str, day: str) -> tuple[Position | None, str]:
    """The place in the list, or the end of a day to jump to; and what is wrong with it."""
    if not text and not day:
        return None, ""
    try:
        position = Position.parse(text) if text else _end_of(day)
    except (ValueError, OverflowError):
        position = None
    if position is None or not EARLIEST <= position.started_at.date() <= LATEST:
        return None, _("“%(text)s” is not a place in this list; you see its beginning.") % {"text": (text or day)[:60]}
    return position, ""


def _end_of(day: str) -> Position:
    """Before the first call of the following day. Raises ValueError for what is no day."""
    following = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min)
    return Position(timezone.make_aware(following), 0)
