"""*Forget this number*: out of every stored call, the phone book, saved searches and prepared files; and it does not come back.

The provider still has it, so the next reading would bring it again. Only a keyed digest is kept, by which a number that comes in is
recognised and left out; nobody can read the number from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, digits
from telephony.models import (
    Call,
    Export,
    ForgottenNumber,
    LinkedAccount,
    Message,
    MissedCallMark,
    PhoneBookEntry,
    PlacedCall,
    ReceivedText,
    SavedView,
)
from telephony.services import rollup
from telephony.services.export_jobs import discard_files_of
from telephony.services.number_forms import forms_of, meant_by
from telephony.services.regions import Regions
from telephony.services.removal import Row, digests, without_numbers

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 200
_BETWEEN = r"""([^0-9"\\]|\\u[0-9a-f]{4}){0,4}"""
"""What may stand between two digits of a number that is written in a leg, in the JSON of either database: spaces, hyphens, brackets."""
COLUMNS = ("caller_digits", "callee_digits", "legs", "fingerprint")


@dataclass(slots=True)
class Traces:
    """Where a number is: calls, calls started here, names in the phone book, saved searches; `spellings` as the calls have it.

    `number` is its E.164 form where it has one.
    """

    number: str = ""
    calls: int = 0
    placed: int = 0
    names: list[str] = field(default_factory=list)
    views: int = 0
    files: int = 0
    texts: int = 0
    spellings: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether it is nowhere."""
        return not (self.calls or self.placed or self.names or self.views or self.texts)


def looked_for(person: User, typed: str) -> list[Traces]:
    """The numbers that may be meant: those that are somewhere, else all. Changes nothing. Raises NotANumber."""
    found = [traces(person, number) for number in meant_by(person, typed)]
    return [one for one in found if not one.nothing] or found


def traces(person: User, number: str) -> Traces:
    """Look where one number is, in its E.164 form where it has one, and change nothing."""
    wanted = forms_of(number)
    calls, accounts = _calls(person, wanted), LinkedAccount.objects.filter(user=person).in_bulk()
    return Traces(
        number=number,
        calls=sum(1 for _row, cleared in _cleared(calls, wanted, accounts) if cleared),
        placed=PlacedCall.objects.filter(user=person, digits__in=wanted).count(),
        names=list(_entries(person, wanted).values_list("name", flat=True)),
        views=len(_views(person, wanted)),
        texts=sum(texts.count() for texts in _texts(person, wanted)),
        spellings=_spellings(calls, wanted),
    )


def forget(person: User, number: str) -> Traces:
    """Remove one number everywhere and keep it out from now on; gives where it was, and how many calls were cleared."""
    wanted, found = forms_of(number), traces(person, number)
    for one in wanted:
        ForgottenNumber.objects.get_or_create(user=person, digest=digests(one)[0])
    _wait_for_writers(person)
    found.calls = _clear_calls(person, wanted)
    _entries(person, wanted).delete()
    MissedCallMark.objects.filter(user=person, digits__in=wanted).delete()
    for texts in _texts(person, wanted):
        texts.delete()
    PlacedCall.objects.filter(user=person, digits__in=wanted).delete()
    for view in _views(person, wanted):
        view.delete()
    found.files = discard_files_of(person)
    for export in Export.objects.filter(user=person):
        if _mentions(export.source.partition("?")[2], wanted):
            export.delete()
    return found


def _wait_for_writers(person: User) -> None:
    """Let whoever stores calls or texts now come to an end: it may have looked before the number was to be left out.

    Writers hold their account's row from before they look until they are done, and whoever comes after us finds the digest. SQLite has
    one writer at a time, so there is nobody to wait for.
    """
    for pk in LinkedAccount.objects.filter(user=person).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            LinkedAccount.objects.select_for_update().filter(pk=pk).first()


def permitted(account: LinkedAccount, rows: dict[str, Row]) -> dict[str, Row]:
    """A page's rows without numbers that the person has had forgotten; for `BEFORE_STORE`."""
    known = _known(account.user_id)
    if not known:
        return rows
    is_forgotten, now = _recogniser(known), timezone.now()
    country = partial(Regions([account]).of, account)
    return {key: without_numbers(row, is_forgotten, now, country) for key, row in rows.items()}


def forgotten_by(user_id: int) -> Callable[[str], bool]:
    """Tells of a number's digits whether the person has had it forgotten."""
    return _recogniser(_known(user_id))


def _known(user_id: int) -> frozenset[str]:
    return frozenset(ForgottenNumber.objects.filter(user=user_id).values_list("digest", flat=True))


def _recogniser(known: frozenset[str]) -> Callable[[str], bool]:
    @lru_cache(maxsize=4096)
    def is_forgotten(number: str) -> bool:
        return bool(known) and len(number) >= SHORTEST_OUTSIDE_NUMBER and not known.isdisjoint(digests(number))

    return is_forgotten


def _calls(person: User, wanted: Iterable[str]) -> QuerySet[Call]:
    """Her calls with the number at one end, or in a leg."""
    matching = Q(caller_digits__in=wanted) | Q(callee_digits__in=wanted)
    for one in wanted:
        matching |= Q(legs_text__contains=one)
    for end in {one[-SHORTEST_OUTSIDE_NUMBER:] for one in wanted}:
        matching |= Q(legs_text__regex=_BETWEEN.join(end))
    calls = Call.objects.filter(account__in=LinkedAccount.objects.filter(user=person))
    return calls.alias(legs_text=Cast("legs", TextField())).filter(matching)


def _cleared(
    calls: QuerySet[Call], wanted: frozenset[str], accounts: dict[int, LinkedAccount]
) -> Iterator[tuple[Row, Row | None]]:
    """Each call of these accounts with what it becomes; None where a leg only looks alike, and the call stays as it is."""
    now, regions = timezone.now(), Regions(accounts.values())
    for row in calls.order_by().values("pk", "account_id", *COLUMNS).iterator(BATCH):
        country = partial(regions.of, accounts[row.pop("account_id")])
        changed = without_numbers(row, wanted.__contains__, now, country)
        yield row, None if changed is row else changed


def _clear_calls(person: User, wanted: frozenset[str]) -> int:
    """A couple of hundred calls a transaction; gives how many were cleared."""
    done = 0
    for account in LinkedAccount.objects.filter(user=person).order_by("pk"):
        ids = list(_calls(person, wanted).filter(account=account).values_list("pk", flat=True))
        for start in range(0, len(ids), BATCH):
            calls = Call.objects.filter(pk__in=ids[start : start + BATCH])
            with transaction.atomic(), rollup.following(account, calls):
                for row, cleared in list(_cleared(calls, wanted, {account.pk: account})):
                    if cleared:
                        del cleared["pk"]
                        done += Call.objects.filter(pk=row["pk"]).update(**cleared)
    return done


def _spellings(calls: QuerySet[Call], wanted: frozenset[str]) -> list[str]:
    found: set[str] = set()
    for side in ("caller", "callee"):
        written = calls.filter(**{f"{side}_digits__in": wanted}).order_by().values_list(f"{side}_number", flat=True)
        found.update(written.distinct()[:5])
    return sorted(found - {""})


def _texts(person: User, wanted: Iterable[str]) -> tuple[QuerySet[Message], QuerySet[ReceivedText]]:
    """Her texts to and from the number; texts are nothing without their other end, so they go as a whole."""
    return (
        Message.objects.filter(user=person, digits__in=wanted),
        ReceivedText.objects.filter(account__user=person, digits__in=wanted),
    )


def _entries(person: User, wanted: Iterable[str]) -> QuerySet[PhoneBookEntry]:
    return PhoneBookEntry.objects.filter(user=person, digits__in=wanted)


def _views(person: User, wanted: Iterable[str]) -> list[SavedView]:
    return [view for view in SavedView.objects.filter(user=person) if _mentions(view.query, wanted)]


def _mentions(query: str, wanted: Iterable[str]) -> bool:
    """Whether a value of a query string is this number, or its end as one dials it."""
    values = [digits(value).lstrip("0") for _name, value in parse_qsl(query)]
    return any(len(value) >= SHORTEST_OUTSIDE_NUMBER and one.endswith(value) for value in values for one in wanted)
