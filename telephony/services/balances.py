"""Balances over time: how long one lasts, and when it is low. What cannot be known is said, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, Window
from django.db.models.functions import Lag, RowNumber, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.models import BalanceAlert, BalanceReading, LinkedAccount, NoticeKind, NoticeSettings, Reading
from telephony.services import notices

LOOK_BACK = timedelta(days=30)  # of which spend is judged
LEAST_OBSERVED = timedelta(days=3)  # an estimate from less would be a guess
LONGEST_ESTIMATE = 365  # days; beyond it the figure means nothing
USUAL_THRESHOLD = Decimal("5.00")
USUAL_THRESHOLDS = {"JPY": Decimal("500.00"), "SEK": Decimal("50.00"), "DKK": Decimal("50.00")}


class NoEstimate(LabelledEnum):
    """Why there is no estimate of the days left."""

    TOO_SHORT = "too_short", _("Days left: not known yet, it takes three days of readings.")
    NOTHING_SPENT = "nothing_spent", _("Nothing was spent in the time that was observed.")
    EMPTY = "empty", _("There is no balance left.")


@dataclass(frozen=True, slots=True)
class Outlook:
    """A balance and how long it lasts at the spend of the last weeks. Exactly one of `days_left` and `unknown` is set.

    `observed` are the days that the spend was seen over; days in which money was put in do not count, since what was spent meanwhile
    cannot be told.
    """

    amount: Decimal
    currency: str
    read_at: datetime
    observed: float = 0.0
    spent: Decimal = Decimal(0)
    days_left: int | None = None
    unknown: NoEstimate | None = None

    @property
    def per_day(self) -> Decimal | None:
        """Spend of a day; None where no time was observed."""
        return self.spent / Decimal(self.observed) if self.observed else None

    @property
    def observed_days(self) -> int:
        """The same in whole days."""
        return round(self.observed)

    @property
    def lasts_long(self) -> bool:
        """Whether it lasts for longer than an estimate can say."""
        return self.days_left is not None and self.days_left > LONGEST_ESTIMATE


def balance_in(reading: Reading | None) -> tuple[Decimal, str, datetime] | None:
    """Amount, currency and time of the last balance; None where none was read."""
    if reading is None or reading.read_at is None or not reading.summary:
        return None
    return Decimal(reading.summary["amount"]), reading.summary["currency"], reading.read_at


def outlooks(readings: dict[int, Reading], now: datetime | None = None) -> dict[int, Outlook]:
    """How long each account's balance lasts, by account; `readings` are the last ones of balances. One query for all of them."""
    balances = {pk: found for pk, reading in readings.items() if (found := balance_in(reading))}
    if not balances:
        return {}
    steps: dict[int, list[_Step]] = {pk: [] for pk in balances}
    for step in _steps(list(balances), now or timezone.now()):
        steps[step.account].append(step)
    return {pk: _outlook(*balance, steps[pk]) for pk, balance in balances.items()}


@dataclass(frozen=True, slots=True)
class _Step:
    """A reading that differs from the one before it; `before` is None for the first."""

    account: int
    amount: Decimal
    currency: str
    at: datetime
    before: Decimal | None
    before_at: datetime | None
    before_currency: str | None


def _steps(accounts: list[int], now: datetime) -> list[_Step]:
    """Only readings at which the balance has changed: there are thousands, and most repeat the one before."""

    def before(column: str) -> Window:
        return Window(Lag(column), partition_by=F("account_id"), order_by=[F("read_at").asc(), F("pk").asc()])

    rows = (
        BalanceReading.objects.filter(account__in=accounts, read_at__gt=now - LOOK_BACK, read_at__lte=now)
        .annotate(before=before("amount"), before_at=before("read_at"), before_currency=before("currency"))
        .filter(Q(before__isnull=True) | ~Q(before=F("amount")) | ~Q(before_currency=F("currency")))
        .order_by("account_id", "read_at", "pk")
        .values_list("account_id", "amount", "currency", "read_at", "before", "before_at", "before_currency")
    )
    return [_Step(*row) for row in rows]


def _outlook(amount: Decimal, currency: str, read_at: datetime, steps: list[_Step]) -> Outlook:
    begin, spent, unseen = None, Decimal(0), timedelta(0)
    for step in steps:
        if begin is None or step.before is None or step.before_at is None or step.before_currency != step.currency:
            begin, spent, unseen = step.at, Decimal(0), timedelta(0)
        elif step.amount < step.before:
            spent += step.before - step.amount
        else:
            unseen += step.at - step.before_at
    observed = max(timedelta(0), read_at - begin - unseen) if begin else timedelta(0)
    days = observed / timedelta(days=1)
    unknown = _why_unknown(amount, observed, spent)
    left = None if unknown else int(amount / (spent / Decimal(days)))
    return Outlook(amount, currency, read_at, days, spent, left, unknown)


def _why_unknown(amount: Decimal, observed: timedelta, spent: Decimal) -> NoEstimate | None:
    if amount <= 0:
        return NoEstimate.EMPTY
    if observed < LEAST_OBSERVED:
        return NoEstimate.TOO_SHORT
    return None if spent > 0 else NoEstimate.NOTHING_SPENT


@dataclass(frozen=True, slots=True)
class DayBalance:
    """The last balance that was read on a local day."""

    day: date
    amount: Decimal
    currency: str


def by_day(account: LinkedAccount, zone: ZoneInfo, since: datetime) -> list[DayBalance]:
    """The last reading of each local day that has one, oldest first."""
    day = TruncDate("read_at", tzinfo=zone)
    last = Window(RowNumber(), partition_by=[F("day")], order_by=[F("read_at").desc(), F("pk").desc()])
    rows = (
        BalanceReading.objects.filter(account=account, read_at__gte=since)
        .annotate(day=day)
        .annotate(place=last)
        .filter(place=1)
        .order_by("day")
    )
    return [DayBalance(*row) for row in rows.values_list("day", "amount", "currency")]


def usual_threshold(currency: str) -> Decimal:
    """From which balance on people are warned who have chosen none."""
    return USUAL_THRESHOLDS.get(currency, USUAL_THRESHOLD)


def threshold_of(alert: BalanceAlert | None, currency: str) -> Decimal | None:
    """From which balance on the owner is warned; None where she does not want it."""
    if alert is not None and not alert.enabled:
        return None
    chosen = alert.threshold if alert else None
    return usual_threshold(currency) if chosen is None else chosen


def is_low(outlook: Outlook, alert: BalanceAlert | None) -> bool:
    """Whether a balance is below the threshold that counts for it."""
    threshold = threshold_of(alert, outlook.currency)
    return threshold is not None and outlook.amount < threshold


def change_alert(account: LinkedAccount, *, enabled: bool, threshold: Decimal | None) -> None:
    """Set when the owner is warned. A new threshold is judged anew: below it already, she is told with the next check."""
    values = {"enabled": enabled, "threshold": threshold, "low_since": None}
    with transaction.atomic():
        BalanceAlert.objects.update_or_create(account=account, defaults=values)
        notices.settle(notices.open_notices(account, NoticeKind.LOW_BALANCE))


def watch(
    account: LinkedAccount, reading: Reading | None, settings: NoticeSettings, alert: BalanceAlert | None
) -> None:
    """Warn once when the balance falls below the threshold, and be ready to warn again once it has risen."""
    balance = balance_in(reading)
    if balance is None:
        return
    amount, currency, read_at = balance
    threshold = threshold_of(alert, currency)
    if threshold is None or amount >= threshold:
        if alert is not None and alert.low_since is not None:
            BalanceAlert.objects.filter(pk=alert.pk).update(low_since=None)
            notices.settle(notices.open_notices(account, NoticeKind.LOW_BALANCE))
        return
    if alert is not None and alert.low_since is not None:
        return
    alert = alert or BalanceAlert.objects.get_or_create(account=account)[0]
    facts = {"amount": str(amount), "currency": currency, "threshold": str(threshold), "read_at": read_at.isoformat()}
    now = timezone.now()
    with transaction.atomic():  # the mark and the notice together, so that no crash can leave one without the other
        if BalanceAlert.objects.filter(pk=alert.pk, low_since=None).update(low_since=now):
            event = f"{account.pk}:{now.isoformat()}"
            notices.announce(account.user, NoticeKind.LOW_BALANCE, event, facts, account=account, settings=settings)
