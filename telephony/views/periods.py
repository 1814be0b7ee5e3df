"""The range that statistics are shown for, in days of the person's time zone, and the periods it is divided into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from telephony.core.enums import LabelledEnum

MOST_PERIODS = 750  # bars in one picture, rows in one table
USUAL_DAYS = 30  # what is shown when no range was asked for


class Per(LabelledEnum):
    """What one bar stands for."""

    DAY = "day", pgettext_lazy("calls per", "Day")
    WEEK = "week", pgettext_lazy("calls per", "Week")
    MONTH = "month", pgettext_lazy("calls per", "Month")
    YEAR = "year", pgettext_lazy("calls per", "Year")

    @property
    def shortest(self) -> int:
        """Days that each of its periods has at least."""
        return {"day": 1, "week": 7, "month": 28, "year": 365}[self.value]

    def start(self, day: date) -> date:
        """The first day of the period that holds a day; weeks begin on Monday."""
        if self is Per.WEEK:
            return day - timedelta(days=day.weekday())
        if self is Per.MONTH:
            return day.replace(day=1)
        return day.replace(month=1, day=1) if self is Per.YEAR else day

    def following(self, start: date) -> date:
        """The first day of the next period."""
        return self.start(start + timedelta(days={"day": 1, "week": 7, "month": 31, "year": 366}[self.value]))


@dataclass(frozen=True, slots=True)
class Period:
    """One bar: its first and last day within the range, and its names, short for the picture and whole for the table."""

    first: date
    last: date
    short: str
    name: str


@dataclass(frozen=True, slots=True)
class DayRange:
    """First and last day, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days that are."""
        return (self.last - self.first).days + 1

    @property
    def offered(self) -> list[Per]:
        """The periods that make a readable picture of this range."""
        return [per for per in Per if self.days // per.shortest <= MOST_PERIODS] or [Per.YEAR]

    @property
    def usual(self) -> Per:
        """The period that is shown when none was asked for."""
        wanted = Per.DAY if self.days <= 92 else Per.WEEK if self.days <= 550 else Per.MONTH
        return wanted if wanted in self.offered else self.offered[0]

    def chosen(self, text: str) -> Per:
        """What a query string asks for, if it is offered."""
        return next((per for per in self.offered if per.value == text), self.usual)

    def periods(self, per: Per) -> Iterator[Period]:
        """The range divided, oldest first; the first and the last period may be cut."""
        start = per.start(self.first)
        while start <= self.last:
            following = per.following(start)
            first, last = max(start, self.first), min(following - timedelta(days=1), self.last)
            yield Period(first, last, *_names(per, first, last))
            start = following

    def __str__(self) -> str:
        return _between(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Preset:
    """A range that one click gives."""

    label: str
    range: DayRange


def presets(today: date) -> list[Preset]:
    """The usual ranges, in the person's days."""
    back = [(7, _("7 days")), (USUAL_DAYS, _("30 days")), (90, _("90 days")), (365, _("365 days"))]
    found = [Preset(label, DayRange(today - timedelta(days=days - 1), today)) for days, label in back]
    last_month = today.replace(day=1) - timedelta(days=1)
    return [
        *found,
        Preset(_("This month"), DayRange(today.replace(day=1), today)),
        Preset(_("Last month"), DayRange(last_month.replace(day=1), last_month)),
        Preset(_("This year"), DayRange(today.replace(month=1, day=1), today)),
    ]


def _names(per: Per, first: date, last: date) -> tuple[str, str]:
    if per is Per.DAY:
        return date_format(first, _short()), date_format(first, pgettext("format of a date", "D, j M Y"))
    if per is Per.WEEK:
        return date_format(first, _short()), _between(first, last)
    if per is Per.MONTH:
        return date_format(first, "M Y"), date_format(first, "F Y")
    return str(first.year), str(first.year)


def _between(first: date, last: date) -> str:
    # Translators: letters as Django's template filter “date” takes them; German needs a dot after the day.
    days = [date_format(day, pgettext("format of a date", "j M Y")) for day in (first, last)]
    return days[0] if first == last else _("%(first)s to %(last)s") % {"first": days[0], "last": days[1]}


def _short() -> str:
    return pgettext("format of a date", "j M")


WEEKDAY_NAMES = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
