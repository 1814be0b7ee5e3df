"""The dashboard at a glance: links, missed calls, balances, the week. Loaded when the page is there; asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.views import signed_in
from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.number_tallies import TELEPHONY
from telephony.core.tallies import start_of_day
from telephony.models import BalanceAlert, LinkedAccount, LinkState, Section, SyncState, Token
from telephony.services import balances, missed
from telephony.services.balances import Outlook
from telephony.services.link_end import LinkEnd, link_end
from telephony.services.missed import Unreturned
from telephony.services.names import names_of
from telephony.statistics import Figures, statistics
from telephony.views.call_rows import CallRow
from telephony.views.charts import BarChart
from telephony.views.fragments import fragment
from telephony.views.periods import DayRange, Per
from telephony.views.statistics_rows import PeriodRow, period_charts, period_rows

WEEK = 7  # days, today included
MOST_LINES = 3  # of a card; the page behind it has the rest


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link that is not simply well: its state, or when it ends."""

    account: LinkedAccount
    end: LinkEnd | None


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A balance, how long it lasts, and whether it is low."""

    account: LinkedAccount
    outlook: Outlook
    low: bool


@dataclass(frozen=True, slots=True)
class FirstSync:
    """The first fetch of an account's calls, while it is under way: how many there are, and back to when they are complete."""

    account: LinkedAccount
    calls: int
    percent: int


class Glance:
    """The four answers. Each is worked out when its card is drawn, with a number of queries that does not depend on the accounts."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.accounts = list(selectors.linked_accounts(person))

    @cached_property
    def link_lines(self) -> list[LinkLine]:
        """The links that want a look, the worst first."""
        tokens = {
            token.account_id: token
            for token in Token.objects.filter(account__in=self.accounts).defer("access_token", "refresh_token")
        }
        lines = [
            LinkLine(account, link_end(account, tokens[account.pk]) if account.pk in tokens else None)
            for account in self.accounts
        ]
        return [line for line in lines if line.end or line.account.link_state is not LinkState.ACTIVE]

    @property
    def link_figure(self) -> str:
        """How many links hold, and how many of these are only late: a provider that is down has ended no link."""
        linked = sum(account.usable for account in self.accounts)
        told = {"linked": linked, "all": len(self.accounts), "delayed": self.delayed}
        if not self.delayed:
            return ngettext("%(linked)d of %(all)d connected", "%(linked)d of %(all)d connected", told["all"]) % told
        if linked == len(self.accounts):
            return _("%(linked)d linked, %(delayed)d delayed") % told
        return _("%(linked)d of %(all)d linked, %(delayed)d delayed") % told

    @property
    def delayed(self) -> int:
        """How many links wait for their provider."""
        return sum(account.link_state is LinkState.DELAYED for account in self.accounts)

    @cached_property
    def unreturned(self) -> list[Unreturned]:
        """Who waits for a call back."""
        return missed.unreturned(self.person)

    @cached_property
    def unreturned_rows(self) -> list[tuple[CallRow, int]]:
        """The latest of them with their names."""
        lines = self.unreturned[:MOST_LINES]
        calls = [line.call for line in lines]
        names = names_of([call.account for call in calls], calls)
        return [(CallRow(line.call, line.call.account, names), line.count) for line in lines]

    @cached_property
    def balance_lines(self) -> list[BalanceLine]:
        """The balances of the accounts that have one, the soonest to end first."""
        readings = selectors.readings(self.accounts, [Section.BALANCE])
        found = balances.outlooks({pk: reading for (pk, _section), reading in readings.items()})
        alerts = {alert.account_id: alert for alert in BalanceAlert.objects.filter(account__in=list(found))}
        lines = [
            BalanceLine(account, found[account.pk], balances.is_low(found[account.pk], alerts.get(account.pk)))
            for account in self.accounts
            if account.pk in found
        ]
        return sorted(lines, key=lambda line: (not line.low, _soonest(line.outlook)))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The person's."""
        return ZoneInfo(self.person.time_zone)

    @cached_property
    def week(self) -> list[PeriodRow]:
        """The last seven days, today included."""
        today = timezone.localdate(timezone=self.zone)
        days = DayRange(today - timedelta(days=WEEK - 1), today)
        since = start_of_day(days.first, self.zone)
        until = start_of_day(today + timedelta(days=1), self.zone)
        found = statistics(self.accounts, CallFilter(since, until, kinds=TELEPHONY), self.zone)
        return period_rows(found, days.periods(Per.DAY), _calls_url)

    @cached_property
    def week_total(self) -> Figures:
        """The seven days together."""
        total = Figures()
        for row in self.week:
            total.add(row.figures)
        return total

    @property
    def week_chart(self) -> BarChart:
        """Calls by day, answered or not."""
        return period_charts(self.week)[0]

    @cached_property
    def first_syncs(self) -> list[FirstSync]:
        """The accounts whose calls are still being fetched for the first time."""
        states = SyncState.objects.filter(account__in=self.accounts, finished_backfill_at=None)
        unfinished: dict[int, list[SyncState]] = {}
        for state in states:
            unfinished.setdefault(state.account_id, []).append(state)
        return [
            FirstSync(account, sum(state.calls for state in unfinished[account.pk]), _percent(unfinished[account.pk]))
            for account in self.accounts
            if account.pk in unfinished and account.usable
        ]


def _soonest(outlook: Outlook) -> int:
    return outlook.days_left if outlook.days_left is not None else 10**9


def _percent(states: list[SyncState]) -> int:
    """How much of the wanted time is fetched; the slowest log counts, since the others wait for it."""
    now = timezone.now()
    shares = []
    for state in states:
        reached = min(filter(None, [state.covered_since, state.boundary, now]))
        wanted = (now - state.floor).total_seconds()
        shares.append(100 * (now - reached).total_seconds() / wanted if wanted > 0 else 100)
    return max(0, min(99, int(min(shares, default=0))))


def _calls_url(first: date, last: date) -> str:
    return f"{reverse('telephony:calls')}?since={first.isoformat()}&until={last.isoformat()}"


@fragment("telephony:dashboard")
def glance(request: HttpRequest) -> HttpResponse:
    """The four cards."""
    return render(request, "telephony/parts/glance.html", {"glance": Glance(signed_in(request))})
