"""Pages of the call list under a filter that few calls may match: talk time, outcome, kind, extension.

Walking the whole log for fifty rare calls takes as long as the log is. Each value of a facet (a class of talk times, an outcome, a kind, an
extension) has an index in the order of the list, so the first rows of each of the values together hold the page, however rare they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from telephony.core.call_filter import CallFilter
from telephony.core.types import Kind, Outcome
from telephony.models import Call, LinkedAccount
from telephony.models.calls import LENGTH_BOUNDS, LengthClass
from telephony.selectors import (
    CallPage,
    Position,
    beyond,
    narrowed,
    page_from,
    summaries,
)

PROBED = 500  # rows by which the rarest of several facets is found
MOST_PARTS = 400  # of a UNION; SQLite takes 500
_SOMEONE, _SOME_CLASS, _SOME_WORD = (
    -1,
    -2,
    "\0",
)  # stand for account and value in a query that is written once; nobody can type them

_FROM = f'FROM "{Call._meta.db_table}"'

# The index of outcomes has no answered calls. SQLite only sees that it may be used where the query says so in the very words.
_NOT_ANSWERED = RawSQL(f"NOT (outcome = '{Outcome.ANSWERED.value}')", (), output_field=BooleanField())  # noqa: S611


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that calls are filtered by: its index, the condition with a stand-in for the value, and the values that are wanted."""

    index: str
    found: QuerySet[Call]
    values: tuple[int | str, ...]


def facets(call_filter: CallFilter) -> list[Facet]:
    """Everything in the filter that has an index of its own."""
    calls, found = Call.objects.order_by(), []
    if call_filter.shortest is not None or call_filter.longest is not None:
        by_length = calls.alias(length=LengthClass("duration")).filter(length=_SOME_CLASS, duration__isnull=False)
        found.append(Facet("call_by_length", by_length, _classes(call_filter.shortest, call_filter.longest)))
    if call_filter.outcomes and Outcome.ANSWERED not in call_filter.outcomes:
        by_outcome = calls.filter(_NOT_ANSWERED, outcome=_SOME_WORD)
        found.append(Facet("call_by_outcome", by_outcome, _values(call_filter.outcomes)))
    if call_filter.kinds and Kind.CALL not in call_filter.kinds:
        found.append(Facet("call_by_kind", calls.filter(kind=_SOME_WORD), _values(call_filter.kinds)))
    if call_filter.extensions:
        found.append(Facet("call_by_extension", calls.filter(extension=_SOME_WORD), _values(call_filter.extensions)))
    return found


def facet_page(
    accounts: list[LinkedAccount], call_filter: CallFilter, position: Position | None, size: int
) -> CallPage | None:
    """The page, read from the facet with the fewest calls; None where the filter has no facet, or far too many values."""
    found_facets = facets(call_filter)
    if any(not facet.values for facet in found_facets):
        return CallPage([], None, None)  # shorter than at least, longer than at most
    usable = [facet for facet in found_facets if len(facet.values) * len(accounts) <= MOST_PARTS]
    if not usable or not accounts:
        return None
    facet = min(usable, key=lambda one: _probe(one, accounts)) if len(usable) > 1 else usable[0]
    order = ("-started_at", "-pk") if position is None or position.older else ("started_at", "pk")
    found = narrowed(facet.found.filter(account_id=_SOMEONE), call_filter)
    if position is not None:
        found = beyond(found, position)
    first = _of_each(found.order_by(*order).values("pk")[: size + 1], facet, accounts)
    return page_from(summaries(Call.objects.filter(pk__in=first).order_by(*order)[: size + 1]), position, size)


def _probe(facet: Facet, accounts: list[LinkedAccount]) -> int:
    """How many calls the facet leaves, counted no further than PROBED for each account and value."""
    part = _of_each(facet.found.filter(account_id=_SOMEONE).values("account_id")[:PROBED], facet, accounts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({part.sql}) AS probed", part.params)  # noqa: S608  # written by the ORM
        return int(cursor.fetchone()[0])


def _of_each(found: QuerySet[Call, Any], facet: Facet, accounts: Iterable[LinkedAccount]) -> RawSQL:
    """The query for each account and value, one after the other. The ORM writes it once: it takes longer to write than to answer.

    SQLite is told the index: it would rather walk the whole log in one that holds every column of the query.
    """
    sql, parameters = found.query.sql_with_params()
    if connection.vendor == "sqlite":
        sql = sql.replace(_FROM, f"{_FROM} INDEXED BY {facet.index}", 1)
    stands_for = [_SOMEONE, _SOME_CLASS, _SOME_WORD]
    sets = [
        [(account.pk, value, value)[stands_for.index(one)] if one in stands_for else one for one in parameters]
        for account in accounts
        for value in facet.values
    ]
    parts = " UNION ALL ".join([f"SELECT * FROM ({sql}) AS one"] * len(sets))  # noqa: S608  # written by the ORM
    return RawSQL(parts, [one for each in sets for one in each])  # noqa: S611  # the same, with parameters


def _classes(shortest: int | None, longest: int | None) -> tuple[int, ...]:
    """The classes that hold talk times of the range, both ends included."""
    first = sum(bound <= (shortest or 0) for bound in LENGTH_BOUNDS)
    last = len(LENGTH_BOUNDS) if longest is None else sum(bound <= longest for bound in LENGTH_BOUNDS)
    return tuple(range(first, last + 1))


def _values(members: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted(str(member) for member in members))
