"""Pages of the call list with a search text, as fast for many matches as for none.

No database reads the matches of a text in the order of time. So each way in which a text can match gives the keys of its first calls beyond
the position, for each account; merged, they are the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet

from telephony.call_facets import facet_page
from telephony.core.call_filter import CallFilter
from telephony.models import Call, LinkedAccount
from telephony.selectors import (
    PAGE_SIZE,
    CallPage,
    Position,
    beyond,
    call_page,
    chosen_accounts,
    narrowed,
    page_from,
    summaries,
)
from telephony.services import same_calls, search_index

Key = tuple[datetime, int]
FIRST_WINDOW = 400  # candidates of the index that are looked at first
WINDOW_GROWTH = 8
WALKED = 4000  # next rows in which a text is looked for before the index is asked
MOST_WALKED = 16_000


def page_of(
    accounts: list[LinkedAccount], call_filter: CallFilter, position: Position | None, size: int = PAGE_SIZE
) -> CallPage:
    """The page of the unified list at a position."""
    if not call_filter.text:
        rare = facet_page(chosen_accounts(accounts, call_filter), call_filter, position, size)
        return rare or call_page(accounts, call_filter, position, size)
    newest_first = position is None or position.older
    keys: set[Key] = set()
    chosen = chosen_accounts(accounts, call_filter)
    found = narrowed(Call.objects.all(), call_filter, same_calls.once(accounts, chosen, call_filter.scope))
    if position is not None:
        found = beyond(found, position)
    for account in chosen:
        for source in _sources(account, found, call_filter, position, size + 1):
            keys.update(source)
    kept = sorted(keys, reverse=newest_first)[: size + 1]
    rows = summaries(Call.objects.filter(pk__in=[pk for _at, pk in kept]))
    by_key = {row.pk: row for row in rows}
    return page_from([by_key[pk] for _at, pk in kept if pk in by_key], position, size)


def _sources(
    account: LinkedAccount, found: QuerySet[Call], call_filter: CallFilter, position: Position | None, wanted: int
) -> Iterator[list[Key]]:
    if not search_index.match_of(call_filter.text):
        found_here = search_index.searchable(found.filter(account=account))
        yield _keys(_in_order(found_here.filter(search_index.contains(call_filter.text)), position)[:wanted])
    elif connection.vendor == "sqlite":
        yield _by_places(account, found, call_filter.text, position, wanted)
        yield _not_yet_indexed(account, found, call_filter.text, position, wanted)
    else:
        yield _by_walk_or_index(account, found, call_filter.text, position, wanted)
    if named := search_index.numbers_named(call_filter.text, account.user_id):
        for side in ("caller_digits", "callee_digits"):
            yield _keys(
                _sorted_here(search_index.owned_by(found, account.pk).filter(**{f"{side}__in": named}), position)[
                    :wanted
                ]
            )


def _by_places(
    account: LinkedAccount, found: QuerySet[Call], text: str, position: Position | None, wanted: int
) -> list[Key]:
    """SQLite: candidates day by day away from the position, in growing windows, until enough of them match on days that are complete."""
    newest_first, match = position is None or position.older, search_index.match_of(text)
    low, high = search_index.places_of(account.pk)
    if position is not None and newest_first:
        high = search_index.place_of_day(account.pk, position.started_at, days=2) - 1
    elif position is not None:
        low = search_index.place_of_day(account.pk, position.started_at, days=-1)
    compared = search_index.searchable(search_index.owned_by(found, account.pk)).filter(search_index.contains(text))
    keys: list[Key] = []
    limit = FIRST_WINDOW
    while True:
        end = search_index.window_end(match, low, high, limit=limit, newest_first=newest_first)
        if end is not None:
            # The window ends within a day, which is taken whole: places follow the time of calls by days only.
            day = end >> search_index.ID_BITS << search_index.ID_BITS
            first, last = (day, high) if newest_first else (low, day + (1 << search_index.ID_BITS) - 1)
        else:
            first, last = low, high
        keys += _keys(compared.filter(pk__in=search_index.window(match, first, last)))
        if len(keys) >= wanted or end is None:
            return sorted(keys, reverse=newest_first)[:wanted]
        low, high = (low, first - 1) if newest_first else (last + 1, high)
        limit *= WINDOW_GROWTH


def _not_yet_indexed(
    account: LinkedAccount, found: QuerySet[Call], text: str, position: Position | None, wanted: int
) -> list[Key]:
    """SQLite: what was stored a moment ago, row by row."""
    fresh = search_index.owned_by(found, account.pk).filter(pk__in=search_index.unlearnt())
    matching = search_index.searchable(fresh).filter(search_index.contains(text))
    return _keys(_in_order(matching, position)[:wanted])


def _by_walk_or_index(
    account: LinkedAccount, found: QuerySet[Call], text: str, position: Position | None, wanted: int
) -> list[Key]:
    """PostgreSQL: a text that many calls hold is soon found among the next rows; one that few hold, by the index.

    How many of the first rows match tells how far to walk. Where that misleads, the index still answers.
    """
    contains, rows = search_index.contains(text), WALKED
    here = _in_order(found.filter(account=account), position)
    while rows <= MOST_WALKED:
        keys, complete = _walked(here, contains, position, rows, wanted)
        if complete or len(keys) >= wanted:
            return keys
        rows = max(2 * rows, round(1.5 * rows * wanted / len(keys))) if keys else MOST_WALKED + 1
    matching = search_index.searchable(search_index.owned_by(found, account.pk)).filter(contains)
    return _keys(_sorted_here(matching, position)[:wanted])


def _walked(
    here: QuerySet[Call], contains: Q, position: Position | None, rows: int, wanted: int
) -> tuple[list[Key], bool]:
    """What matches among the next `rows` rows, and whether there are no further ones."""
    newest_first = position is None or position.older
    near = search_index.searchable(here).filter(contains)
    bound = here.values_list("started_at", flat=True)[rows : rows + 1].first()
    if bound is not None:
        near = near.filter(Q(started_at__gte=bound) if newest_first else Q(started_at__lte=bound))
    return _keys(near[:wanted]), bound is None


def _in_order(found: QuerySet[Call], position: Position | None) -> QuerySet[Call]:
    """The order in which a page is read: away from its position."""
    newest_first = position is None or position.older
    return found.order_by("-started_at", "-pk") if newest_first else found.order_by("started_at", "pk")


def _sorted_here(found: QuerySet[Call], position: Position | None) -> QuerySet[Call]:
    """In reading order, but sorted: PostgreSQL would walk the list in the hope of early matches."""
    if connection.vendor == "sqlite":
        return _in_order(found, position)
    start = F("started_at") + timedelta(0)
    newest_first = position is None or position.older
    return found.order_by(start.desc(), "-pk") if newest_first else found.order_by(start.asc(), "pk")


def _keys(found: QuerySet[Call]) -> list[Key]:
    return list(found.values_list("started_at", "pk"))
