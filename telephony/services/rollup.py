"""Keeping the roll-up of an account in step with its calls.

Every stored page adds its difference inside its own transaction, so that the roll-up can never disagree with the calls. A book that has
to be made from stored calls (an account from before the roll-up, a person who moved to another time zone) is filled by short steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet

from telephony.core.tallies import CallSummary, Countable, Tallies, tally
from telephony.models import Call, CallTally, LinkedAccount, TallyBook
from telephony.services import tally_table

STEP = 500  # calls a transaction, which holds the one write lock of SQLite from its first read to its last write
SWEEP = 1000  # rows a transaction when an old book is thrown away
NOTHING_YET = datetime(9999, 1, 1, tzinfo=UTC)
DISCARDED = ""  # the zone of a book that is being thrown away


class Change(Protocol):
    """What storing a page did: rows as they were and as they are, by key. A row that is not in `after` is gone."""

    @property
    def before(self) -> Mapping[str, Countable]: ...
    @property
    def after(self) -> Mapping[str, Countable]: ...


def apply(account: LinkedAccount, change: Change) -> None:
    """Count what a page changed, in the page's transaction; for `services.call_store.AFTER_STORE`."""
    books = _locked_books(account)
    for book in books:
        _add(book, change.after.values(), change.before.values())
    if not books:
        step(account)


def discount(account: LinkedAccount, calls: QuerySet[Call]) -> None:
    """Take stored calls of an account out of its books. Call this before they are deleted, in the same transaction."""
    for book in _locked_books(account):
        _add(book, [], _summaries(calls.filter(account=account)))


def step(account: LinkedAccount) -> bool:
    """Do a bounded piece of what is left to make the one complete book in the person's zone; gives whether more is left."""
    with transaction.atomic():
        book, _is_new = TallyBook.objects.get_or_create(
            account=account, zone=account.user.time_zone, defaults={"counted_since": NOTHING_YET}
        )
        book = TallyBook.objects.select_for_update().get(pk=book.pk)
        if not book.complete:
            _count_further(account, book)
            return not book.complete or _others(account, book).exists()
        return _sweep(_others(account, book))


def rebuild(account: LinkedAccount) -> None:
    """Step until nothing is left."""
    while step(account):
        pass


def recount(account: LinkedAccount) -> None:
    """Throw the books away and make them anew, as after calls were changed behind the site's back."""
    while _sweep(TallyBook.objects.filter(account=account)):
        pass
    rebuild(account)


def unfinished(accounts: QuerySet[LinkedAccount], limit: int = 100) -> list[int]:
    """Ids of those accounts whose book is missing, incomplete or in a zone that the person has left."""
    right = TallyBook.objects.filter(counted_since=None, zone=F("account__user__time_zone")).values("account_id")
    stale = TallyBook.objects.exclude(zone=F("account__user__time_zone")).values("account_id")
    wrong = accounts.filter(~Q(pk__in=right) | Q(pk__in=stale))
    return list(wrong.order_by("pk").values_list("pk", flat=True)[:limit])


def differences(book: TallyBook) -> int:
    """How many tallies of a complete book differ from a recount of the calls; 0 always, unless something went round the store."""
    zone, counted = ZoneInfo(book.zone), dict[tuple[object, ...], tuple[int, ...]]()
    for row in CallTally.objects.filter(book=book).values_list(*tally_table.COLUMNS).iterator(2000):
        counted[row[1 : -len(tally_table.COUNTS)]] = row[-len(tally_table.COUNTS) :]
    fresh: dict[tuple[object, ...], tuple[int, ...]] = {
        tuple(key): tuple(counts)
        for key, counts in tally(_summaries(Call.objects.filter(account=book.account_id)), [], zone).items()
    }
    return sum(counted.get(key) != fresh.get(key) for key in counted.keys() | fresh.keys())


def _locked_books(account: LinkedAccount) -> list[TallyBook]:
    """The books to keep in step, held until the transaction ends, so that no step counts a call that a page is just storing."""
    return list(TallyBook.objects.select_for_update().filter(account=account).exclude(zone=DISCARDED).order_by("pk"))


def _add(book: TallyBook, counted: Iterable[Countable], uncounted: Iterable[Countable]) -> None:
    """Count what belongs to the part of the book that is filled; the rest is found when its turn comes."""
    since = book.counted_since
    if since is not None:
        counted = (call for call in counted if call.started_at >= since)
        uncounted = (call for call in uncounted if call.started_at >= since)
    tally_table.add(book, tally(counted, uncounted, ZoneInfo(book.zone)))


def _count_further(account: LinkedAccount, book: TallyBook) -> None:
    """Count the newest calls that are not yet in the book, with all that start at the same moment as the last of them."""
    left = Call.objects.filter(account=account, started_at__lt=book.counted_since)
    starts = list(left.order_by("-started_at").values_list("started_at", flat=True)[STEP - 1 : STEP])
    chunk = left.filter(started_at__gte=starts[0]) if starts else left
    tallies: Tallies = tally(_summaries(chunk), [], ZoneInfo(book.zone))
    tally_table.add(book, tallies)
    book.counted_since = starts[0] if starts else None
    book.save(update_fields=["counted_since"])


def _summaries(calls: QuerySet[Call]) -> Iterable[CallSummary]:
    """Calls that count; tombstones are left out here."""
    columns = CallSummary._fields[:-1]
    return (CallSummary(*row) for row in calls.filter(deleted_at=None).order_by().values_list(*columns).iterator(2000))


def _others(account: LinkedAccount, book: TallyBook) -> QuerySet[TallyBook]:
    return TallyBook.objects.filter(account=account).exclude(pk=book.pk)


def _sweep(books: QuerySet[TallyBook]) -> bool:
    """Throw away a piece of one of the books; gives whether there may be more.

    The book loses its zone first, so that nobody reads, adds to or resumes what is left of it.
    """
    book = books.order_by("zone").first()  # one that is being thrown away comes first
    if book is None:
        return False
    books.filter(pk=book.pk).update(zone=DISCARDED, counted_since=NOTHING_YET)
    rows = list(CallTally.objects.filter(book=book).values_list("pk", flat=True)[:SWEEP])
    if rows:
        CallTally.objects.filter(pk__in=rows).delete()
    else:
        book.delete()
    return True
