"""Statistics of the calls: the filter of the call list, a range of days, pictures and their tables. The URL is the question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.number_tallies import TELEPHONY
from telephony.core.phone import for_display
from telephony.core.tallies import start_of_day
from telephony.models import LinkedAccount
from telephony.number_statistics import top_numbers
from telephony.statistics import WEEKDAYS, Figures, Statistics, extension_names, statistics
from telephony.views.account import own_account
from telephony.views.call_search import CallSearch, Tab
from telephony.views.charts import BarChart
from telephony.views.fragments import fragment
from telephony.views.periods import USUAL_DAYS, DayRange, Per, presets
from telephony.views.statistics_rows import (
    PeriodRow,
    Row,
    WeekPicture,
    period_charts,
    period_rows,
    ranked,
    week_picture,
)

MOST_EXTENSIONS = 50
OWN_PARAMETERS = ("per", "numbers")
RANGE_PARAMETERS = ("period",)  # what else could name a range; every link says its days


class StatisticsPage:
    """What one address of the statistics asks for, and the answer."""

    def __init__(self, request: HttpRequest, accounts: list[LinkedAccount], *, choose_account: bool) -> None:
        self.search = CallSearch(request, accounts, choose_account=choose_account)
        self.zone = ZoneInfo(signed_in(request).time_zone)
        self.today = timezone.localdate(timezone=self.zone)
        self.asked_per = request.GET.get("per", "")
        self.with_numbers = request.GET.get("numbers") == "1"

    @cached_property
    def filter(self) -> CallFilter:
        """The filter of the search; without a range the last USUAL_DAYS days, without a kind what is telephony."""
        asked = self.search.filter
        if asked.since is None and asked.until is None:
            first = self.today - timedelta(days=USUAL_DAYS - 1)
            until = start_of_day(self.today + timedelta(days=1), self.zone)
            asked = replace(asked, since=start_of_day(first, self.zone), until=until)
        return asked if asked.kinds else replace(asked, kinds=TELEPHONY)

    @property
    def leaves_out_others(self) -> bool:
        """Whether faxes and texts are not counted since no kind was chosen."""
        return not self.search.filter.kinds

    @cached_property
    def found(self) -> Statistics:
        """The figures."""
        return statistics(self.search.accounts, self.filter, self.zone)

    @cached_property
    def total(self) -> Figures:
        """Everything together."""
        return self.found.total

    @cached_property
    def range(self) -> DayRange:
        """The days that are shown. An open end is where the calls end; a long range begins with the first call."""
        since, until = self.filter.since, self.filter.until
        first = since.astimezone(self.zone).date() if since else date.min
        last = until.astimezone(self.zone).date() - timedelta(days=1) if until else max(self.today, first)
        if self.found.days:
            first_call, last_call = min(self.found.days), max(self.found.days)
            last = last if until else max(last, last_call)
            return DayRange(max(first, min(first_call, last - timedelta(days=365))), last)
        return DayRange(max(first, last - timedelta(days=365)), last)

    @property
    def per(self) -> Per:
        """What a bar stands for."""
        return self.range.chosen(self.asked_per)

    @cached_property
    def period_rows(self) -> list[PeriodRow]:
        """A row for each bar, oldest first."""
        return period_rows(self.found, self.range.periods(self.per), self._calls_between)

    @cached_property
    def charts(self) -> list[BarChart]:
        """Calls, answered share, talk time."""
        return period_charts(self.period_rows)

    @cached_property
    def week(self) -> WeekPicture:
        """By weekday and hour."""
        return week_picture(self.found.hours)

    @property
    def weekday_names(self) -> list[str]:
        """Monday to Sunday, short."""
        return [str(WEEKDAYS_ABBR[weekday]) for weekday in WEEKDAYS]

    @property
    def account_rows(self) -> list[Row]:
        """By account, where there is more than one to compare."""
        if len(self.search.accounts) < 2:
            return []
        figures = self.found.accounts
        return ranked(
            Row(str(account), figures[account.pk], self.calls_url(account=str(account.pk)))
            for account in self.search.accounts
        )

    @cached_property
    def extension_rows(self) -> list[Row]:
        """By extension, the MOST_EXTENSIONS with the most calls."""
        most = sorted(self.found.extensions.items(), key=lambda entry: -entry[1].calls)[:MOST_EXTENSIONS]
        names = extension_names(self.search.accounts, [extension for extension, _figures in most if extension])
        rows = []
        for extension, figures in most:
            name = names.get(extension, "")
            url = self.calls_url(extension=extension) if extension and "extension" in self.search.form.fields else ""
            rows.append(Row(name or extension or _("No extension told"), figures, url, note=extension if name else ""))
        return ranked(rows)

    @property
    def more_extensions(self) -> int:
        """How many extensions are left out."""
        return max(0, len(self.found.extensions) - MOST_EXTENSIONS)

    @cached_property
    def number_rows(self) -> list[Row]:
        """By the number at the other end."""
        rows = []
        for entry in top_numbers(self.search.accounts, self.filter, self.zone):
            shown = for_display(entry.number) or _("Number withheld or not told")
            url = self.calls_url(number=entry.number) if entry.digits.strip("0") else ""
            rows.append(
                Row(entry.name or shown, entry.figures, url, note=shown if entry.name else "", dial=entry.number)
            )
        return ranked(rows)

    @property
    def range_tabs(self) -> list[Tab]:
        """The usual ranges."""
        return [
            Tab(preset.label, self._with_range(preset.range), preset.range == self._asked_range, "")
            for preset in presets(self.today)
        ]

    @property
    def per_tabs(self) -> list[Tab]:
        """The periods that a bar can stand for."""
        offered = self.range.offered
        return [Tab(per.label, self.search.with_query(per=per.value), per is self.per, "") for per in offered]

    @property
    def numbers_url(self) -> str:
        """The same page with the numbers, for browsers without JavaScript."""
        return self.search.with_query(numbers="1") + "#numbers"

    def calls_url(self, **changes: str) -> str:
        """The calls behind a figure, in the call list."""
        shown = {"since": self.range.first.isoformat(), "until": self.range.last.isoformat()}
        return self.search.with_query(
            path=reverse("telephony:calls"), without=(*OWN_PARAMETERS, *RANGE_PARAMETERS), **(shown | changes)
        )

    def _calls_between(self, first: date, last: date) -> str:
        return self.calls_url(since=first.isoformat(), until=last.isoformat())

    @property
    def _asked_range(self) -> DayRange | None:
        since, until = self.filter.since, self.filter.until
        if since is None or until is None:
            return None
        return DayRange(since.astimezone(self.zone).date(), until.astimezone(self.zone).date() - timedelta(days=1))

    def _with_range(self, wanted: DayRange) -> str:
        return self.search.with_query(
            since=wanted.first.isoformat(),
            until=wanted.last.isoformat(),
            without=(*OWN_PARAMETERS, *RANGE_PARAMETERS),
        )


@login_required
@require_safe
def all_statistics(request: HttpRequest) -> HttpResponse:
    """The calls of all accounts, or of the ones that the filter names."""
    return _page(request, None)


@login_required
@require_safe
def account_statistics(request: HttpRequest, pk: int) -> HttpResponse:
    """The calls of one account."""
    return _page(request, own_account(request, pk))


@fragment("telephony:statistics")
def numbers(request: HttpRequest) -> HttpResponse:
    """The other parties with the most calls; apart, since most filters count them from the calls."""
    return _numbers(request, None)


@fragment("telephony:account_statistics")
def account_numbers(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for one account."""
    return _numbers(request, own_account(request, pk))


def _page(request: HttpRequest, account: LinkedAccount | None) -> HttpResponse:
    page = _asked(request, account)
    part = reverse("telephony:account_statistics_numbers", args=[account.pk]) if account else ""
    context = {
        "page": page,
        "search": page.search,
        "account": account,
        "no_accounts": not page.search.offered_accounts,
        "numbers_part": page.search.with_query(path=part or reverse("telephony:statistics_numbers")),
    }
    return render(request, "telephony/statistics.html", context)


def _numbers(request: HttpRequest, account: LinkedAccount | None) -> HttpResponse:
    return render(request, "telephony/parts/statistics_numbers.html", {"page": _asked(request, account)})


def _asked(request: HttpRequest, account: LinkedAccount | None) -> StatisticsPage:
    if account is not None:
        return StatisticsPage(request, [account], choose_account=False)
    return StatisticsPage(request, list(selectors.linked_accounts(signed_in(request))), choose_account=True)
