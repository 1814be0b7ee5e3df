"""How a range of days is put together from the roll-up by number, which has months and all time: the way that reads fewest rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

Days = tuple[date, date]  # first and last, both included
CALL, TALLY = 5, 1  # what reading one of these costs, roughly


@dataclass(slots=True)
class Pieces:
    """What is added and what taken away again: months by their first day, days whose calls are looked at; `ever` adds all time."""

    ever: bool = False
    months: list[date] = field(default_factory=list)
    fewer_months: list[date] = field(default_factory=list)
    days: list[Days] = field(default_factory=list)
    fewer_days: list[Days] = field(default_factory=list)
    cost: int = 0
    calls: int = 0  # in the range


def pieces(
    calls: Mapping[date, int], edges: Mapping[date, int], first: date | None, last: date | None, *, ever_is_free: bool
) -> Pieces:
    """The cheaper of the sum of the range's months and all time without the others.

    `calls` are the calls of every month that has any, `edges` those of the days of the months that the range cuts.
    """
    months = list(_shares(calls, edges, first, last))
    whole, without = Pieces(), Pieces(ever=True, cost=0 if ever_is_free else TALLY * sum(calls.values()))
    for share in months:
        share.add_to(whole, counted=False)
        share.add_to(without, counted=True)
    plan = min(whole, without, key=lambda found: found.cost)
    plan.calls = sum(share.calls_inside for share in months)
    return plan


@dataclass(frozen=True, slots=True)
class _Share:
    """A month with its days inside and outside the range, and how many calls these have."""

    month: date
    inside: list[Days]
    outside: list[Days]
    calls_inside: int
    calls_outside: int

    def add_to(self, found: Pieces, *, counted: bool) -> None:
        """Make the month right: it is `counted` as a whole so far, or not at all."""
        cost = {
            True: CALL * self.calls_outside,
            False: CALL * self.calls_inside,
        }  # by whether it shall be counted as a whole
        change = TALLY * (self.calls_inside + self.calls_outside)
        cost[not counted] += change
        whole = cost[True] < cost[False]
        found.cost += cost[whole]
        if whole:
            found.fewer_days += self.outside
        else:
            found.days += self.inside
        if whole and not counted:
            found.months.append(self.month)
        if counted and not whole:
            found.fewer_months.append(self.month)


def _shares(
    calls: Mapping[date, int], edges: Mapping[date, int], first: date | None, last: date | None
) -> Iterator[_Share]:
    for month, count in sorted(calls.items()):
        end = _end(month)
        since, until = max(first or month, month), min(last or end, end)
        if since > until:
            yield _Share(month, [], [(month, end)], 0, count)
        elif (since, until) == (month, end):
            yield _Share(month, [(month, end)], [], count, 0)
        else:
            inside = sum(number for day, number in edges.items() if since <= day <= until)
            around = [(month, since - timedelta(days=1)), (until + timedelta(days=1), end)]
            outside = [days for days in around if days[0] <= days[1]]
            yield _Share(month, [(since, until)], outside, inside, count - inside)


def _end(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
