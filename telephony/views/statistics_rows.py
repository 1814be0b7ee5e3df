"""The figures of statistics as charts, and as rows of the tables beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from telephony.core.tallies import HOURS
from telephony.statistics import WEEKDAYS, Figures, Hour, Statistics
from telephony.templatetags.statistics import hours_and_minutes, percent
from telephony.views import charts
from telephony.views.charts import BarChart, Cell, Series
from telephony.views.periods import WEEKDAY_NAMES, Period

CELL = 100  # a field of the heat map, in its own units
FULL = 100  # the longest bar beside a row


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `bar` is its length out of FULL; `url` leads to the calls, "" where no filter finds them; `dial` is a number."""

    name: str
    figures: Figures
    url: str = ""
    note: str = ""
    bar: int = 0
    dial: str = ""


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One bar of the charts and one line of their table."""

    period: Period
    figures: Figures
    url: str


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the table beside the heat map: each weekday, and all together."""

    name: str
    hours: tuple[Hour, ...]
    total: Hour


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """The heat map, in words too, and its table; `totals` are the weekdays and, last, everything."""

    cells: tuple[Cell, ...]
    rows: tuple[HourRow, ...]
    totals: tuple[Hour, ...]
    description: str


def period_rows(found: Statistics, periods: Iterable[Period], url: Callable[[date, date], str]) -> list[PeriodRow]:
    """A row for each period, also for those in which nobody called."""
    rows = [PeriodRow(period, Figures(), url(period.first, period.last)) for period in periods]
    waiting = iter(rows)
    row = next(waiting, None)
    for day in sorted(found.days):
        while row is not None and row.period.last < day:
            row = next(waiting, None)
        if row is not None and row.period.first <= day:
            row.figures.add(found.days[day])
    return rows


def period_charts(rows: list[PeriodRow]) -> list[BarChart]:
    """Calls, the share of them that was answered, and talk time."""
    figures = [row.figures for row in rows]
    calls = [
        Series(_("Answered"), "chart__part--answered", [one.answered for one in figures]),
        Series(_("Not answered"), "chart__part--unanswered", [one.unanswered for one in figures]),
    ]
    shares = [Series(_("Answered share"), "chart__part--answered", [round(one.share or 0) for one in figures])]
    talk = [Series(_("Talk time"), "chart__part--talk", [one.seconds for one in figures])]
    return [
        _chart(rows, "calls", _("Calls"), calls, say=_grouped, words=_calls_in_words),
        _chart(rows, "share", _("Answered share"), shares, say=_percent, words=_share_in_words, tops=(100,)),
        _chart(
            rows, "talk", _("Talk time"), talk, say=hours_and_minutes, words=_talk_in_words, tops=charts.time_tops()
        ),
    ]


def _chart(
    rows: list[PeriodRow],
    key: str,
    title: str,
    series: list[Series],
    *,
    say: Callable[[int], str],
    words: Callable[[Figures], str],
    tops: Iterable[int] | None = None,
) -> BarChart:
    values = [sum(column) for column in zip(*(one.values for one in series), strict=True)]
    hovers = [f"{row.period.name}: {words(row.figures)}" for row in rows]
    peak = max(range(len(values)), key=values.__getitem__, default=None)
    description = _("Highest: %(peak)s.") % {"peak": hovers[peak]} if peak is not None and values[peak] else ""
    names = [row.period.short for row in rows]
    return charts.bar_chart(key, title, description, names, series, say=say, hovers=hovers, tops=tops)


def week_picture(hours: Mapping[tuple[int, int], Hour]) -> WeekPicture:
    """Calls by weekday and hour: the stronger the colour, the more."""
    highest = max((one.calls for one in hours.values()), default=0)
    cells = tuple(
        Cell(hour * CELL, weekday * CELL, charts.level(one.calls, highest), _hour_in_words(weekday, hour, one))
        for weekday in WEEKDAYS
        for hour in HOURS
        for one in [hours.get((weekday, hour), Hour())]
    )
    rows = []
    for hour in HOURS:
        days = tuple(hours.get((weekday, hour), Hour()) for weekday in WEEKDAYS)
        rows.append(HourRow(_hour_name(hour), days, _sum(days)))
    totals = tuple(_sum(row.hours[weekday] for row in rows) for weekday in WEEKDAYS)
    busiest = max(hours, key=lambda place: hours[place].calls, default=None)
    description = _("Busiest: %(hour)s.") % {"hour": _hour_in_words(*busiest, hours[busiest])} if busiest else ""
    return WeekPicture(cells, tuple(rows), (*totals, _sum(totals)), description)


def ranked(rows: Iterable[Row]) -> list[Row]:
    """The rows with most calls first, and the length of their bars."""
    found = sorted(rows, key=lambda row: (-row.figures.calls, row.name))
    most = found[0].figures.calls if found else 0
    return [replace(row, bar=-(-row.figures.calls * FULL // most)) for row in found]


def _sum(hours: Iterable[Hour]) -> Hour:
    found = list(hours)
    return Hour(sum(one.calls for one in found), sum(one.answered for one in found))


def _grouped(number: int) -> str:
    return number_format(number, 0, force_grouping=True)


def _percent(share: int) -> str:
    return percent(float(share))


def _count(calls: int) -> str:
    return ngettext("%(calls)s call", "%(calls)s calls", calls) % {"calls": _grouped(calls)}


def _calls_in_words(figures: Figures) -> str:
    return _("%(calls)s, %(answered)s answered") % {
        "calls": _count(figures.calls),
        "answered": _grouped(figures.answered),
    }


def _share_in_words(figures: Figures) -> str:
    if not figures.calls:
        return _("no calls")
    return _("%(share)s of %(calls)s answered") % {"share": percent(figures.share), "calls": _count(figures.calls)}


def _talk_in_words(figures: Figures) -> str:
    return _("%(time)s of talk") % {"time": hours_and_minutes(figures.seconds)}


def _hour_name(hour: int) -> str:
    return f"{hour:02}:00–{hour + 1:02}:00"


def _hour_in_words(weekday: int, hour: int, one: Hour) -> str:
    day = f"{WEEKDAY_NAMES[weekday]}, {_hour_name(hour)}"
    return f"{day}: {_calls_in_words(Figures(one.calls, one.answered))}"
