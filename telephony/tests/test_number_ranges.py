"""How a range is put together from months and all time: whatever is chosen, each day of the range counts once and no other does."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.core.testing.effort import tries
from telephony.number_ranges import Pieces, pieces

START, LENGTH = date(2025, 11, 10), 420
DAYS = [START + timedelta(days=n) for n in range(LENGTH)]
days = st.none() | st.sampled_from(DAYS)


def counted(plan: Pieces) -> Counter[date]:
    """How often each day is counted."""
    found = Counter(DAYS if plan.ever else [])
    for months, sign in ((plan.months, 1), (plan.fewer_months, -1)):
        for day in DAYS:
            found[day] += sign * months.count(day.replace(day=1))
    for spans, sign in ((plan.days, 1), (plan.fewer_days, -1)):
        for day in DAYS:
            found[day] += sign * sum(first <= day <= last for first, last in spans)
    return found


@settings(max_examples=tries(100))
@given(days, days, st.lists(st.integers(0, 50), min_size=LENGTH, max_size=LENGTH), st.booleans())
def test_each_day_of_the_range_counts_once(
    first: date | None, last: date | None, numbers: list[int], ever_is_free: bool
) -> None:
    edges = dict(zip(DAYS, numbers, strict=True))
    months: Counter[date] = Counter()
    for day, number in edges.items():
        months[day.replace(day=1)] += number
    found = counted(pieces(months, edges, first, last, ever_is_free=ever_is_free))
    for day in DAYS:
        inside = (first is None or first <= day) and (last is None or day <= last)
        assert found[day] == inside or (found[day] == 0 and not edges[day])


def test_a_year_of_an_account_that_is_as_old_is_all_time_without_today() -> None:
    edges = dict.fromkeys(DAYS, 1000)
    months: Counter[date] = Counter()
    for day, number in edges.items():
        months[day.replace(day=1)] += number
    plan = pieces(months, edges, DAYS[0], DAYS[-2], ever_is_free=True)
    assert (plan.ever, plan.months, plan.fewer_months, plan.days) == (True, [], [], [])
    assert DAYS[-1] in {day for span in plan.fewer_days for day in span}
