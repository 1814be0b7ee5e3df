"""Periods that a call list can be narrowed to by name; which days they are, the person's today decides."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum


class CallPeriod(LabelledEnum):
    """A range of days that moves on with time. Weeks begin on Monday."""

    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    THIS_WEEK = "week", _("This week")
    LAST_WEEK = "last-week", _("Last week")
    LAST_30_DAYS = "30-days", _("Last 30 days")
    THIS_MONTH = "month", _("This month")
    LAST_MONTH = "last-month", _("Last month")
    THIS_YEAR = "year", _("This year")
    LAST_YEAR = "last-year", _("Last year")

    def days(self, today: date) -> tuple[date, date]:
        """First and last day, both included."""
        monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
        day, before = timedelta(days=1), first - timedelta(days=1)
        return {
            CallPeriod.TODAY: (today, today),
            CallPeriod.YESTERDAY: (today - day, today - day),
            CallPeriod.THIS_WEEK: (monday, monday + 6 * day),
            CallPeriod.LAST_WEEK: (monday - 7 * day, monday - day),
            CallPeriod.LAST_30_DAYS: (today - 29 * day, today),
            CallPeriod.THIS_MONTH: (first, (first + 31 * day).replace(day=1) - day),
            CallPeriod.LAST_MONTH: (before.replace(day=1), before),
            CallPeriod.THIS_YEAR: (date(today.year, 1, 1), date(today.year, 12, 31)),
            CallPeriod.LAST_YEAR: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
        }[self]
