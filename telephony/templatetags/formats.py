"""Money, durations, telephone numbers and times as people write them: {% load formats %}."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from telephony.core.phone import for_display
from telephony.services import retelling

register = template.Library()

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$"}
SYMBOL_FIRST = frozenset({"en"})
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
CENTS = Decimal("0.01")


@register.simple_tag
def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency: €12.35 in English, 12,35 € in German. Currencies without a common sign keep their code."""
    rounded = amount.quantize(CENTS, ROUND_HALF_UP)
    figures = number_format(abs(rounded), 2, force_grouping=True)
    sign = "−" if rounded < 0 else ""
    symbol = SYMBOLS.get(currency, currency)
    if (get_language() or "en").partition("-")[0] in SYMBOL_FIRST:
        gap = "" if currency in SYMBOLS else NO_BREAK_SPACE
        return f"{sign}{symbol}{gap}{figures}"
    return f"{sign}{figures}{NO_BREAK_SPACE}{symbol}"


@register.filter
def talk_time(seconds: int | None) -> str:
    """A duration: 2:31 min, 1:02:31 h; "" where it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return _("%(minutes)d:%(seconds)02d min") % {"minutes": minutes, "seconds": rest}
    hours, minutes = divmod(minutes, 60)
    return _("%(hours)d:%(minutes)02d:%(seconds)02d h") % {"hours": hours, "minutes": minutes, "seconds": rest}


@register.filter
def retold(stored: str) -> str:
    """A sentence that is stored in English, in the active language."""
    return retelling.retold(stored)


@register.filter
def phone(number: str | None) -> str:
    """An E.164 number in groups; anything else as it came."""
    return for_display(number or "")


@register.simple_tag
def moment(value: datetime) -> SafeString:
    """A date and time in the person's zone."""
    return _moment(timezone.localtime(value).isoformat(), get_language())


# Wording a time costs more than reading its row, and a call list is shown twice: before and after the provider was asked. The key is a
# text because equal times are equal in all zones.
@lru_cache(maxsize=4096)
def _moment(local: str, _language: str | None) -> SafeString:
    words = date_format(datetime.fromisoformat(local), "SHORT_DATETIME_FORMAT")
    return format_html('<time datetime="{}">{}</time>', local, words)


@register.simple_tag
def recently(value: datetime) -> SafeString:
    """As `moment`, but only the time of day for today."""
    local = timezone.localtime(value)
    if local.date() != timezone.localdate():
        return moment(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), date_format(local, "TIME_FORMAT"))
