"""Keeping the roll-up of an account in step with its calls.

Every stored page adds its difference inside its own transaction, so that the roll-up can never disagree with the calls. A book that has
to be made from stored calls (an account from before the roll-up, a person who moved to another time zone) is filled by short steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet

from telephony.core.number_tallies import tally_numbers
from telephony.core.tallies import CallSummary, Countable, tally
from telephony.models import Call, CallTally, LinkedAccount, NumberTally, SyncState, TallyBook
from telephony.models.statistics import NOTHING_YET
from telephony.services import number_table, same_calls, tally_table

STEP = 500  # calls a transaction, which holds the one write lock of SQLite from its first read to its last write
SWEEP = 1000  # rows a transaction when an old book is thrown away
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
        _add(book, list(change.after.values()), list(change.before.values()))
    if not books:
        step(account)


def discount(account: LinkedAccount, calls: QuerySet[Call]) -> None:
    """Take stored calls of an account out of its books. Call this before they are deleted, in the same transaction."""
    for book in _locked_books(account):
        _add(book, [], list(_summaries(calls.filter(account=account))))


@contextmanager
def following(account: LinkedAccount, calls: QuerySet[Call]) -> Iterator[None]:
    """Count what becomes of these calls inside the block, where it goes round the store. The caller holds the transaction.

    `calls` must be the same ones before and after: name them by their ids.
    """
    same_calls.locked_family(account)  # in the order of the store, so that none of both waits for the other
    books, calls = _locked_books(account), calls.filter(account=account)
    before = list(_summaries(calls))
    yield
    after = list(_summaries(calls))
    for book in books:
        _add(book, after, before)


def step(account: LinkedAccount) -> bool:
    """Do a bounded piece of what is left to make the one complete book in the person's zone; gives whether more is left."""
    with transaction.atomic():
        book, _is_new = TallyBook.objects.get_or_create(
            account=account,
            zone=account.user.time_zone,
            defaults={"counted_since": NOTHING_YET, "numbers_since": NOTHING_YET},
        )
        book = TallyBook.objects.select_for_update().get(pk=book.pk)
        if _behind(account, book):
            _count_further(account, book)
            return bool(_behind(account, book)) or _others(account, book).exists()
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
    waiting = SyncState.objects.filter(**_BEING_FETCHED).values("account_id")
    counted = TallyBook.objects.filter(counted_since=None, zone=F("account__user__time_zone"))
    right = counted.filter(Q(numbers_since=None) | Q(account__in=waiting)).values("account_id")
    stale = TallyBook.objects.exclude(zone=F("account__user__time_zone")).values("account_id")
    wrong = accounts.filter(~Q(pk__in=right) | Q(pk__in=stale))
    return list(wrong.order_by("pk").values_list("pk", flat=True)[:limit])


def differences(book: TallyBook) -> int:
    """How many tallies of a complete book differ from a recount of the calls; 0 always, unless something went round the store."""
    zone, calls = ZoneInfo(book.zone), list(_summaries(Call.objects.filter(account=book.account_id)))
    since = book.numbers_since
    fresh, by_number = tally(calls, [], zone), tally_numbers(_from(since, calls), [], zone)
    stored = CallTally.objects.filter(book=book).values_list(*tally_table.COLUMNS)
    numbers = NumberTally.objects.filter(book=book).values_list(*number_table.COLUMNS)
    return _differing(stored, fresh, len(tally_table.COUNTS)) + _differing(numbers, by_number, len(number_table.COUNTS))


def _differing(stored: QuerySet[Any, Any], fresh: Mapping[Any, list[int]], counts: int) -> int:
    """How many keys have other counts than they should; `stored` are rows of book, key and so many counts."""
    found = {tuple(row[1:-counts]): list(row[-counts:]) for row in stored.iterator(2000)}
    wanted = {tuple(key): values for key, values in fresh.items()}
    return sum(found.get(key) != wanted.get(key) for key in found.keys() | wanted.keys())


def _locked_books(account: LinkedAccount) -> list[TallyBook]:
    """The books to keep in step, held until the transaction ends, so that no step counts a call that a page is just storing."""
    return list(TallyBook.objects.select_for_update().filter(account=account).exclude(zone=DISCARDED).order_by("pk"))


def _add(book: TallyBook, counted: Collection[Countable], uncounted: Collection[Countable]) -> None:
    """Count what belongs to the parts of the book that are filled; the rest is found when its turn comes."""
    zone, since = ZoneInfo(book.zone), book.counted_since
    tally_table.add(book, tally(_from(since, counted), _from(since, uncounted), zone))
    since = book.numbers_since
    number_table.add(book, tally_numbers(_from(since, counted), _from(since, uncounted), zone))


def _from(since: datetime | None, calls: Collection[Countable]) -> Collection[Countable]:
    return calls if since is None else [call for call in calls if call.started_at >= since]


def _behind(account: LinkedAccount, book: TallyBook) -> list[datetime]:
    """Back to where the two parts of a book are counted, without those that are complete or have to wait."""
    found = [book.counted_since]
    if book.numbers_since and not _is_being_fetched(account):
        found.append(book.numbers_since)
    return [since for since in found if since]


def _is_being_fetched(account: LinkedAccount) -> bool:
    """Whether a log of the account is on its first way back.

    Nearly each call of it has another number, and each number's row lies elsewhere: added page by page they would make SQLite's one write
    lock twice as long and the fetching half as fast. So a book counts its numbers when the log is there.
    """
    return SyncState.objects.filter(account=account, **_BEING_FETCHED).exists()


_BEING_FETCHED = {"finished_backfill_at": None, "error_code": ""}


def _count_further(account: LinkedAccount, book: TallyBook) -> None:
    """Count the newest calls that are not yet in the book, with all that start at the same moment as the last of them.

    Where the tallies by number are behind the others (a book from before there were any), only they are counted, until both are level.
    """
    behind = max(_behind(account, book))
    left = Call.objects.filter(account=account, started_at__lt=behind)
    starts = list(left.order_by("-started_at").values_list("started_at", flat=True)[STEP - 1 : STEP])
    calls = list(_summaries(left.filter(started_at__gte=starts[0]) if starts else left))
    zone, since = ZoneInfo(book.zone), starts[0] if starts else None
    if book.counted_since == behind:
        tally_table.add(book, tally(calls, [], zone))
        book.counted_since = since
    if book.numbers_since == behind and not _is_being_fetched(account):
        number_table.add(book, tally_numbers(calls, [], zone))
        book.numbers_since = since
    book.save(update_fields=["counted_since", "numbers_since"])


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
    books.filter(pk=book.pk).update(zone=DISCARDED, counted_since=NOTHING_YET, numbers_since=NOTHING_YET)
    for model in (CallTally, NumberTally):
        rows = list(model.objects.filter(book=book).values_list("pk", flat=True)[:SWEEP])
        if rows:
            model.objects.filter(pk__in=rows).delete()
            return True
    book.delete()
    return True
