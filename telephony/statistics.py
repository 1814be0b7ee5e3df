"""Reading statistics: from the roll-up wherever it knows the filter, else by counting the calls; the figures are the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.tallies import HOURS, REPEATS_OF, Grain, start_of_day
from telephony.core.types import Outcome
from telephony.models import Call, CallTally, LinkedAccount, TallyBook
from telephony.models.statistics import HOUR_COLUMNS
from telephony.services import same_calls

WEEKDAYS = range(7)
ROLLED_UP = frozenset({"since", "until", "scope", "directions", "outcomes", "kinds", "accounts", "extensions"})
"""The fields of a filter that the roll-up knows; a filter that sets any other is counted from the calls."""


@dataclass(slots=True)
class Figures:
    """Counts that add up. `timed` are answered calls whose talk time is known, `seconds` the talk time of answered calls."""

    calls: int = 0
    answered: int = 0
    timed: int = 0
    seconds: int = 0

    def add(self, other: Figures) -> None:
        """Add the counts of others."""
        self.calls += other.calls
        self.answered += other.answered
        self.timed += other.timed
        self.seconds += other.seconds

    @property
    def unanswered(self) -> int:
        """Calls that ended otherwise."""
        return self.calls - self.answered

    @property
    def share(self) -> float | None:
        """Answered calls in 100; None where there are no calls."""
        return 100 * self.answered / self.calls if self.calls else None

    @property
    def average(self) -> int | None:
        """Talk time of an answered call in seconds; None where it is not known of any."""
        return round(self.seconds / self.timed) if self.timed else None


@dataclass(frozen=True, slots=True)
class Hour:
    """Calls of one weekday and hour over the range."""

    calls: int = 0
    answered: int = 0

    @property
    def share(self) -> float | None:
        """Answered calls in 100; None where there are no calls."""
        return 100 * self.answered / self.calls if self.calls else None


@dataclass(slots=True)
class Statistics:
    """The figures of a filter. `hours` has an entry for (weekday, hour) where there are calls; Monday is 0."""

    days: dict[date, Figures] = field(default_factory=lambda: defaultdict(Figures))
    hours: dict[tuple[int, int], Hour] = field(default_factory=lambda: defaultdict(Hour))
    accounts: dict[int, Figures] = field(default_factory=lambda: defaultdict(Figures))
    extensions: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    from_roll_up: bool = False

    @property
    def total(self) -> Figures:
        """Everything together."""
        total = Figures()
        for figures in self.days.values():
            total.add(figures)
        return total


def statistics(accounts: list[LinkedAccount], call_filter: CallFilter, zone: ZoneInfo) -> Statistics:
    """The figures of these accounts (all of one person) in the days and hours of a zone."""
    wanted = selectors.chosen_accounts(accounts, call_filter)
    books = (
        books_of(wanted, zone)
        if knows(call_filter, zone, ROLLED_UP) and same_calls.marks_suffice(accounts, wanted)
        else None
    )
    if books is None:
        return _recounted(selectors.calls(accounts, call_filter), zone)
    return _rolled_up(books, call_filter, zone, same_calls.families(wanted))


def extension_names(accounts: list[LinkedAccount], extensions: list[str]) -> dict[str, str]:
    """What the newest calls call these extensions; one query, of which the database answers each part from its index."""
    newest = (
        Call.objects.filter(account__in=accounts, extension__in=extensions)
        .exclude(extension_name="")
        .order_by("-started_at")
        .values_list("extension", "extension_name")[:2000]
    )
    return dict(reversed(list(newest)))


def knows(call_filter: CallFilter, zone: ZoneInfo, known: frozenset[str]) -> bool:
    """Whether the filter sets only fields that are `known`, over whole days of the zone."""
    others = (entry for entry in fields(call_filter) if entry.name not in known)
    return all(getattr(call_filter, entry.name) == entry.default for entry in others) and all(
        moment is None or moment == start_of_day(moment.astimezone(zone).date(), zone)
        for moment in (call_filter.since, call_filter.until)
    )


def books_of(accounts: list[LinkedAccount], zone: ZoneInfo) -> list[TallyBook] | None:
    """The complete books of the accounts in this zone, None where one is lacking."""
    found = list(TallyBook.objects.filter(account__in=accounts, zone=zone.key, counted_since=None))
    return found if len(found) == len(accounts) else None


def _rolled_up(
    books: list[TallyBook], call_filter: CallFilter, zone: ZoneInfo, families: list[list[int]]
) -> Statistics:
    """`families` are accounts of one company: of their books, what another one counts already is taken away."""
    result = Statistics(from_roll_up=True)
    one_company = [book.pk for book in books if any(book.account_id in family for family in families)]
    span = days_of(call_filter, zone)
    by_extension = bool(call_filter.extensions)
    days = _tallies(books, one_company, call_filter, Grain.EXTENSION_DAY if by_extension else Grain.DAY)
    account_of = {book.pk: book.account_id for book in books}
    for book, day, figures in _figures(_in_range(days, *span), "book_id", "start"):
        result.days[day].add(figures)
        result.accounts[account_of[book]].add(figures)
    months = _tallies(books, one_company, call_filter, Grain.WEEKDAY_MONTH)
    for part in [_in_range(days, *span)] if by_extension else _month_by_month(days, months, *span):
        _add_hours(result, part)
    days, months = (
        _tallies(books, one_company, call_filter, grain) for grain in (Grain.EXTENSION_DAY, Grain.EXTENSION_MONTH)
    )
    for part in _month_by_month(days, months, *span):
        for extension, figures in _figures(part, "extension"):
            result.extensions[extension].add(figures)
    return result


def _tallies(
    books: list[TallyBook], one_company: list[int], call_filter: CallFilter, grain: Grain
) -> QuerySet[CallTally]:
    wanted: dict[str, Any] = {
        "direction": call_filter.directions,
        "outcome": call_filter.outcomes,
        "kind": call_filter.kinds,
        "extension": call_filter.extensions,
    }
    chosen = {f"{column}__in": sorted(map(str, members)) for column, members in wanted.items() if members}
    tallies = CallTally.objects.filter(book__in=books, grain=grain.value, **chosen)
    scope = Q(scope=call_filter.scope.value)
    if one_company:
        scope |= Q(scope=REPEATS_OF[call_filter.scope], book__in=one_company)
    return tallies.filter(scope).order_by()


def _figures(tallies: QuerySet[CallTally], *columns: str) -> list[tuple[Any, ...]]:
    """The grouping columns' values followed by Figures."""
    answered = Q(outcome=Outcome.ANSWERED.value)
    rows = tallies.values_list(*columns).annotate(
        all_calls=Sum("calls"),
        answered_calls=Sum("calls", filter=answered, default=0),
        timed_calls=Sum("timed", filter=answered, default=0),
        all_seconds=Sum("seconds", filter=answered, default=0),
    )
    width = len(columns)
    return [(*row[:width], Figures(*(int(count) for count in row[width:]))) for row in rows if row[width]]


def _add_hours(result: Statistics, tallies: QuerySet[CallTally]) -> None:
    rows = tallies.values_list("weekday", "outcome").annotate(*(Sum(column) for column in HOUR_COLUMNS))
    for weekday, outcome, *counts in rows:
        for hour in HOURS:
            if calls := int(counts[hour]):
                before = result.hours[weekday, hour]
                answered = calls if outcome == Outcome.ANSWERED.value else 0
                result.hours[weekday, hour] = Hour(before.calls + calls, before.answered + answered)


def days_of(call_filter: CallFilter, zone: ZoneInfo) -> tuple[date | None, date | None]:
    """First and last local day of the filter; None where it is open."""
    first = call_filter.since.astimezone(zone).date() if call_filter.since else None
    last = call_filter.until.astimezone(zone).date() - timedelta(days=1) if call_filter.until else None
    return first, last


def _in_range(tallies: QuerySet[CallTally], first: date | None, last: date | None) -> QuerySet[CallTally]:
    if first:
        tallies = tallies.filter(start__gte=first)
    return tallies.filter(start__lte=last) if last else tallies


def _month_by_month(
    days: QuerySet[CallTally], months: QuerySet[CallTally], first: date | None, last: date | None
) -> list[QuerySet[CallTally]]:
    """The range as whole months and the days before and after them, so that years cost few rows."""
    full_from = _next_month(first - timedelta(days=1)) if first else None
    full_until = _next_month(last + timedelta(days=1), 0) if last else None  # exclusive
    if full_from and full_until and full_from >= full_until:
        return [_in_range(days, first, last)]
    parts = [_in_range(months, full_from, full_until - timedelta(days=1) if full_until else None)]
    if first and full_from and first < full_from:
        parts.append(_in_range(days, first, full_from - timedelta(days=1)))
    if last and full_until and last >= full_until:
        parts.append(_in_range(days, full_until, last))
    return parts


def _next_month(day: date, months: int = 1) -> date:
    """The first day of the month `months` after the one of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _recounted(calls: QuerySet[Call], zone: ZoneInfo) -> Statistics:
    result = Statistics()
    columns = ("account_id", "started_at", "outcome", "duration", "extension")
    for account, started_at, outcome, duration, extension in calls.order_by().values_list(*columns).iterator(2000):
        local = started_at.astimezone(zone)
        answered = outcome == Outcome.ANSWERED.value
        known = answered and duration is not None
        one = Figures(1, int(answered), int(known), duration if known else 0)
        result.days[local.date()].add(one)
        result.accounts[account].add(one)
        result.extensions[extension].add(one)
        before = result.hours[local.weekday(), local.hour]
        result.hours[local.weekday(), local.hour] = Hour(before.calls + 1, before.answered + answered)
    return result
