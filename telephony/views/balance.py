"""The balance of one account over time: how long it lasts, its readings as a picture and a table, and when to warn."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from accounts.kept_forms import KeptForm
from accounts.views import signed_in
from telephony.core.tallies import start_of_day
from telephony.models import BalanceAlert, LinkedAccount, Section
from telephony.notice_forms import BalanceAlertForm
from telephony.services import balances
from telephony.services.balances import DayBalance, Outlook
from telephony.services.readings import reading_of
from telephony.templatetags.formats import money
from telephony.views import charts
from telephony.views.account import own_account
from telephony.views.charts import BarChart, Series
from telephony.views.fragments import fragment
from telephony.views.overviews import overview_of

CENTS = 100
KEPT = KeptForm("unsaved_alert", ("enabled", "threshold"))


@KEPT.required
@require_http_methods(["GET", "HEAD", "POST"])
def balance(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about the balance; asks nobody."""
    account = own_account(request, pk)
    alert = BalanceAlert.objects.filter(account=account).first()
    typed = KEPT.initial(request, signed_in(request)) if request.method != "POST" else None
    form = BalanceAlertForm.of(alert, request.POST or None, typed=typed)
    if request.method == "POST" and form.is_valid():
        balances.change_alert(account, enabled=form.cleaned_data["enabled"], threshold=form.cleaned_data["threshold"])
        messages.success(request, _("Saved."))
        return redirect("telephony:balance", pk=account.pk)
    found = _outlook_of(account)
    days = _days(account, ZoneInfo(signed_in(request).time_zone))
    currency = found.currency if found else "EUR"
    context = {
        "account": account,
        "overview": overview_of(account),
        "form": form,
        "outlook": found,
        "low": found is not None and balances.is_low(found, alert),
        "threshold": balances.threshold_of(alert, currency),
        "usual_threshold": money(balances.usual_threshold(currency), currency),
        "days": list(reversed(days)),
        "chart": _chart(days, currency) if len(days) > 1 else None,
    }
    return render(request, "telephony/balance.html", context)


@fragment("telephony:balance")
def outlook(request: HttpRequest, pk: int) -> HttpResponse:
    """How long the balance lasts, for the account's page. Asks nobody."""
    account = own_account(request, pk)
    found = _outlook_of(account)
    alert = BalanceAlert.objects.filter(account=account).first()
    low = found is not None and balances.is_low(found, alert)
    return render(request, "telephony/parts/outlook.html", {"account": account, "outlook": found, "low": low})


def _outlook_of(account: LinkedAccount) -> Outlook | None:
    reading = reading_of(account, Section.BALANCE)
    return balances.outlooks({account.pk: reading}).get(account.pk) if reading else None


def _days(account: LinkedAccount, zone: ZoneInfo) -> list[DayBalance]:
    first = timezone.localdate(timezone=zone) - timedelta(days=balances.LOOK_BACK.days - 1)
    return balances.by_day(account, zone, start_of_day(first, zone))


def _chart(days: list[DayBalance], currency: str) -> BarChart:
    """A bar for each day from the first reading on; a day without a reading has none, which is not the same as an empty balance."""
    by_day = {day.day: day for day in days if day.currency == currency}
    first, last = days[0].day, days[-1].day
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    readings = [by_day.get(day) for day in dates]
    values = [max(0, int(reading.amount * CENTS)) if reading else 0 for reading in readings]
    hovers = [
        f"{date_format(day, 'DATE_FORMAT')}: {money(reading.amount, currency) if reading else _('not read')}"
        for day, reading in zip(dates, readings, strict=True)
    ]
    amounts = [reading.amount for reading in readings if reading]
    description = _("Lowest: %(lowest)s, highest: %(highest)s.") % {
        "lowest": money(min(amounts), currency),
        "highest": money(max(amounts), currency),
    }
    return charts.bar_chart(
        "balance",
        _("Balance at the end of each day"),
        description,
        [date_format(day, pgettext("format of a date", "j M")) for day in dates],
        [Series(_("Balance"), "chart__part--answered", values)],
        say=lambda cents: money(Decimal(cents) / CENTS, currency),
        hovers=hovers,
    )
