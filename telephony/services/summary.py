"""What the daily summary says: figures only. Names and numbers of callers stay on the site, since mails are read by many machines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.number_tallies import TELEPHONY
from telephony.core.tallies import start_of_day
from telephony.models import LinkedAccount, LinkState, Section
from telephony.services import balances, missed
from telephony.services.balances import Outlook
from telephony.statistics import Figures, statistics

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Summary:
    """A person's day, and how her accounts are now."""

    day: date
    figures: Figures
    waiting: int
    troubled: list[LinkedAccount]
    balances: list[tuple[LinkedAccount, Outlook]]


def summary_of(person: User, day: date) -> Summary:
    """The summary of one day in the person's own zone."""
    zone = ZoneInfo(person.time_zone)
    accounts = list(selectors.linked_accounts(person))
    asked = CallFilter(start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone), kinds=TELEPHONY)
    found = balances.outlooks(
        {pk: reading for (pk, _section), reading in selectors.readings(accounts, [Section.BALANCE]).items()}
    )
    return Summary(
        day,
        statistics(accounts, asked, zone).total,
        len(missed.unreturned(person)),
        [account for account in accounts if account.link_state is not LinkState.ACTIVE],
        [(account, found[account.pk]) for account in accounts if account.pk in found],
    )
