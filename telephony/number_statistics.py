"""The numbers with the most calls: from the roll-up where it knows the filter, else from the calls; the figures are the same."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import BooleanField, Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from telephony import selectors
from telephony.core.call_filter import CallFilter
from telephony.core.number_tallies import EVER, TELEPHONY
from telephony.core.tallies import REPEATS_OF, Grain, start_of_day
from telephony.core.types import Direction, Outcome
from telephony.models import Call, CallTally, LinkedAccount, NumberTally, TallyBook
from telephony.number_ranges import Days, Pieces, pieces
from telephony.services import same_calls
from telephony.statistics import ROLLED_UP, Figures, books_of, days_of, knows

KNOWN = ROLLED_UP - {"directions", "outcomes", "extensions"}
WALKED = 500  # numbers read at once, most calls first
WORTH_WALKING = 20_000  # up to this cost of what is added to all time; beyond, the database adds everything up faster
MOST_PARTS = 400  # of a UNION; SQLite takes 500
DEAREST = 2  # cost for each call of the range, beyond which counting the calls is as fast: about a month that cuts two
NEWEST = 20  # calls of a number in which its name is looked for

Counts = tuple[int, int, int, int]
_INBOUND = Q(direction=Direction.INBOUND.value)
_ANSWERED = Q(outcome=Outcome.ANSWERED.value)
# SQLite uses the index of these rows only where the query says so in the very words.
_EVER = RawSQL(f"month = '{EVER.isoformat()}'", (), output_field=BooleanField())  # noqa: S611


@dataclass(frozen=True, slots=True)
class NumberFigures:
    """The calls with one other party; `number` is "" for withheld ones. `digits` is what the call list finds them by."""

    digits: str
    number: str
    name: str
    figures: Figures


def top_numbers(
    accounts: list[LinkedAccount], call_filter: CallFilter, zone: ZoneInfo, limit: int = 25
) -> list[NumberFigures]:
    """The other parties with the most calls, most first, with the name that the newest call with one has."""
    wanted = selectors.chosen_accounts(accounts, call_filter)
    books = _books(accounts, wanted, call_filter, zone)
    if books is None:
        found = _counted(accounts, call_filter, limit)
    else:
        found = _from_roll_up(_Question(accounts, wanted, books, call_filter, zone), limit)
    told = _told(wanted, [digits for digits, _counts in found if digits])
    return [NumberFigures(digits, *told.get(digits, ("", "")), Figures(*counts)) for digits, counts in found]


def from_roll_up(accounts: list[LinkedAccount], call_filter: CallFilter, zone: ZoneInfo) -> bool:
    """Whether the numbers of this filter come from the roll-up."""
    return _books(accounts, selectors.chosen_accounts(accounts, call_filter), call_filter, zone) is not None


def _books(
    accounts: list[LinkedAccount], wanted: list[LinkedAccount], call_filter: CallFilter, zone: ZoneInfo
) -> list[TallyBook] | None:
    known = call_filter.kinds == TELEPHONY and knows(replace(call_filter, kinds=frozenset()), zone, KNOWN)
    if not known or not same_calls.marks_suffice(accounts, wanted):
        return None
    books = books_of(wanted, zone)
    return books if books is not None and all(book.complete for book in books) else None


def _counted(accounts: list[LinkedAccount], call_filter: CallFilter, limit: int) -> list[tuple[str, Counts]]:
    rows = (
        selectors.calls(accounts, call_filter)
        .order_by()
        .values(digits=_other("digits"))
        .annotate(
            count=Count("pk"),
            answered=Count("pk", filter=_ANSWERED),
            timed=Count("duration", filter=_ANSWERED),
            seconds=Coalesce(Sum("duration", filter=_ANSWERED), 0),
        )
        .order_by("-count", "digits")[:limit]
    )
    return [(row["digits"], (row["count"], row["answered"], row["timed"], row["seconds"])) for row in rows]


def _other(column: str) -> Case:
    return Case(When(_INBOUND, then=F(f"caller_{column}")), default=F(f"callee_{column}"))


class _Question:
    """A filter that the roll-up knows, and the books that answer it."""

    def __init__(
        self,
        accounts: list[LinkedAccount],
        wanted: list[LinkedAccount],
        books: list[TallyBook],
        call_filter: CallFilter,
        zone: ZoneInfo,
    ) -> None:
        self.accounts, self.books, self.filter, self.zone = accounts, books, call_filter, zone
        kin = {pk for family in same_calls.families(wanted) for pk in family}
        self.scope = Q(scope=call_filter.scope.value)
        if repeating := [book.pk for book in books if book.account_id in kin]:
            self.scope |= Q(scope=REPEATS_OF[call_filter.scope], book__in=repeating)

    @property
    def walkable(self) -> bool:
        """Whether each number has one row for all time, so that the index of the busiest can be walked."""
        return len(self.books) == 1

    def tallies(self) -> QuerySet[NumberTally]:
        """The rows of the books, of all months and all time."""
        return NumberTally.objects.filter(self.scope, book__in=[book.pk for book in self.books]).order_by()

    def pieces(self) -> Pieces:
        """What the range is put together from, planned by the calls of its months and of the days at its ends."""
        first, last = days_of(self.filter, self.zone)
        cut = sorted({day.replace(day=1) for day in (first, last + timedelta(days=1) if last else None) if day})
        months = self._calls(Grain.WEEKDAY_MONTH)
        edges: dict[date, int] = {}
        for month in cut:
            days = Q(start__gte=month, start__lt=(month + timedelta(days=31)).replace(day=1))
            edges |= self._calls(Grain.DAY, days)
        return pieces(months, edges, first, last, ever_is_free=self.walkable)

    def _calls(self, grain: Grain, condition: Q | None = None) -> dict[date, int]:
        kinds = sorted(kind.value for kind in TELEPHONY)
        found = CallTally.objects.filter(self.scope, book__in=[book.pk for book in self.books], grain=grain.value)
        found = found.filter(condition or Q(), kind__in=kinds).order_by()
        return {start: int(calls) for start, calls in found.values_list("start").annotate(Sum("calls"))}

    def parts(self, plan: Pieces) -> Iterator[QuerySet[Any, Any]]:
        """Queries for digits and signed counts, one after the other making up the plan; without all time."""
        for months, sign in ((plan.months, 1), (plan.fewer_months, -1)):
            if months:
                yield _signed(self.tallies().filter(month__in=months), sign)
        for days, sign in ((plan.days, 1), (plan.fewer_days, -1)):
            for one in days:
                yield self._signed_calls(one, sign)

    def _signed_calls(self, days: Days, sign: int) -> QuerySet[Any, Any]:
        since = start_of_day(days[0], self.zone)
        until = start_of_day(days[1] + timedelta(days=1), self.zone)
        calls = selectors.calls(self.accounts, replace(self.filter, since=since, until=until)).order_by()
        one, none = Value(sign), Value(0)
        known = _ANSWERED & Q(duration__isnull=False)
        return calls.values_list(
            _other("digits"),
            one,
            Case(When(_ANSWERED, then=one), default=none, output_field=IntegerField()),
            Case(When(known, then=one), default=none, output_field=IntegerField()),
            Case(When(known, then=F("duration") * one), default=none, output_field=IntegerField()),
        )


def _signed(tallies: QuerySet[NumberTally], sign: int) -> QuerySet[Any, Any]:
    columns = ("calls", "answered", "timed", "seconds")
    return tallies.values_list(F("digits"), *(F(column) * Value(sign) for column in columns))


def _from_roll_up(question: _Question, limit: int) -> list[tuple[str, Counts]]:
    plan = question.pieces()
    if plan.cost > DEAREST * plan.calls:
        return _counted(question.accounts, question.filter, limit)
    parts = list(question.parts(plan))
    if not plan.ever:
        return _sums(parts, limit)
    if question.walkable and plan.cost < WORTH_WALKING:
        return _walked(question.tallies().filter(_EVER), dict(_sums(parts)), limit)
    return _sums([_signed(question.tallies().filter(_EVER), 1), *parts], limit)


def _sums(parts: list[QuerySet[Any, Any]], limit: int | None = None) -> list[tuple[str, Counts]]:
    """The parts added up by number: those with the most calls, or without a limit every one that is in any part."""
    if not parts:
        return []
    compiled = [part.query.sql_with_params() for part in parts]
    names = "AS digits, 0 AS calls, 0 AS answered, 0 AS timed, 0 AS seconds"
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part" for sql, _parameters in compiled)  # noqa: S608  # by the ORM
    named = f"SELECT '' {names} WHERE 1 = 0 UNION ALL {union}"  # the first one gives the columns their names
    sums = ", ".join(f"SUM({name}) AS {name}" for name in ("calls", "answered", "timed", "seconds"))
    sql = f"SELECT digits, {sums} FROM ({named}) AS parts GROUP BY digits"  # noqa: S608  # written by the ORM
    if limit is not None:
        sql += f" HAVING SUM(calls) > 0 ORDER BY 2 DESC, 1 LIMIT {limit:d}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [one for _sql, parameters in compiled for one in parameters])
        return [(digits, cast(Counts, tuple(map(int, counts)))) for digits, *counts in cursor.fetchall()]


def _walked(ever: QuerySet[NumberTally], others: dict[str, Counts], limit: int) -> list[tuple[str, Counts]]:
    """The busiest numbers of all time with what the others add or take away, read until no further one can be among the first."""
    most_added = max((counts[0] for counts in others.values() if counts[0] > 0), default=0)
    best: list[tuple[int, str, Counts]] = []
    rows = ever.order_by("-calls", "digits").values_list("digits", "calls", "answered", "timed", "seconds")
    place, size, none = 0, WALKED, (0, 0, 0, 0)
    while batch := list(rows[place : place + size]):
        for digits, *counts in batch:
            calls, *rest = (count + other for count, other in zip(counts, others.get(digits, none), strict=True))
            if calls > 0:
                insort(best, (-calls, digits, (calls, rest[0], rest[1], rest[2])))
        del best[limit:]
        last, calls = batch[-1][0], batch[-1][1]
        if len(best) == limit and best[-1][:2] < ((-calls - most_added), "" if most_added else last):
            break
        if len(batch) < size:
            break
        place, size = place + size, size * 4
    return [(digits, counts) for _calls, digits, counts in best]


def _told(accounts: list[LinkedAccount], numbers: list[str]) -> dict[str, tuple[str, str]]:
    """Number and name as the newest calls with each of these tell them, each read from an index."""
    found: dict[str, tuple[str, str]] = {}
    rows = _newest(sorted(account.pk for account in accounts), numbers) if accounts and numbers else []
    for digits, e164, written, name, _start in sorted(rows, key=lambda row: row[4], reverse=True):
        before = found.get(digits, ("", ""))
        found[digits] = (before[0] or e164 or written, before[1] or name)
    return found


def _newest_of(digits: str, account: str) -> list[str]:
    """The statements for a number that called and one that was called."""
    return [
        f'SELECT {side}_digits, {side}_e164, {side}_number, {side}_name, started_at FROM "{Call._meta.db_table}" '  # noqa: S608
        f"WHERE {side}_digits = {digits} AND account_id = {account} AND direction {which} '{Direction.INBOUND.value}' "
        f"AND deleted_at IS NULL ORDER BY started_at DESC LIMIT {NEWEST}"
        for side, which in (("caller", "="), ("callee", "<>"))
    ]


def _newest(accounts: list[int], numbers: list[str]) -> list[Any]:
    """For each account, number and end of the line the newest calls. PostgreSQL would plan each part of a long UNION for itself."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lateral = " UNION ALL ".join(
                f"SELECT newest.* FROM wanted CROSS JOIN LATERAL ({sql}) AS newest"  # noqa: S608  # our own names
                for sql in _newest_of("wanted.digits", "wanted.account_id")
            )
            wanted = "WITH wanted AS (SELECT digits, account_id FROM unnest(%s::text[]) AS digits, unnest(%s::bigint[]) AS account_id)"
            cursor.execute(f"{wanted} {lateral}", [numbers, accounts])
            return list(cursor.fetchall())
        one = [f"SELECT * FROM ({sql}) AS newest" for sql in _newest_of("%s", "%s")]  # noqa: S608  # our own names
        pairs = [(digits, account) for account in accounts for digits in numbers]
        for start in range(0, len(pairs), MOST_PARTS // 2):
            some = pairs[start : start + MOST_PARTS // 2]
            cursor.execute(" UNION ALL ".join(one * len(some)), [value for pair in some for value in pair * 2])
            rows += cursor.fetchall()
    return rows
