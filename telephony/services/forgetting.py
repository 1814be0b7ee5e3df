"""*Forget this number*: out of every stored call, the phone book, saved searches and prepared files; and it does not come back.

The provider still has it, so the next reading would bring it again. Only a keyed digest is kept, by which a number that comes in is
recognised and left out; nobody can read the number from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, digits, to_e164
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
from telephony.services.regions import home_region
from telephony.services.removal import Row, digests, without_numbers

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 200
COLUMNS = ("caller_digits", "callee_digits", "legs", "fingerprint")


class NotANumber(ValueError):
    """Too few digits for a number from outside: extensions and short codes cannot be forgotten."""


@dataclass(slots=True)
class Traces:
    """Where a number is: calls, calls started here, names in the phone book, saved searches; `spellings` as the calls have it."""

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


def digits_of(number: str, region: str | None = None) -> frozenset[str]:
    """The digits under which a number may be stored, however it was typed in `region`. Raises NotANumber."""
    text = number.strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    written, e164 = digits(text), to_e164(text, region)
    if len(written) < SHORTEST_OUTSIDE_NUMBER:
        raise NotANumber
    return frozenset({digits(e164), written} if e164 else {written})


def traces(person: User, number: str) -> Traces:
    """Look where the number is, and change nothing. Raises NotANumber."""
    wanted = digits_of(number, home_region(person))
    calls = _calls(person, wanted)
    return Traces(
        calls=calls.count(),
        placed=PlacedCall.objects.filter(user=person, digits__in=wanted).count(),
        names=list(_entries(person, wanted).values_list("name", flat=True)),
        views=len(_views(person, wanted)),
        texts=sum(texts.count() for texts in _texts(person, wanted)),
        spellings=_spellings(calls, wanted),
    )


def forget(person: User, number: str) -> Traces:
    """Remove the number everywhere and keep it out from now on; gives where it was. Raises NotANumber."""
    wanted = digits_of(number, home_region(person))
    found = traces(person, number)
    for one in wanted:
        ForgottenNumber.objects.get_or_create(user=person, digest=digests(one)[0])
    _clear_calls(person, wanted)
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


def permitted(account: LinkedAccount, rows: dict[str, Row]) -> dict[str, Row]:
    """A page's rows without numbers that the person has had forgotten; for `BEFORE_STORE`."""
    known = _known(account.user_id)
    if not known:
        return rows
    is_forgotten, now = _recogniser(known), timezone.now()
    return {key: without_numbers(row, is_forgotten, now) for key, row in rows.items()}


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
    calls = Call.objects.filter(account__in=LinkedAccount.objects.filter(user=person))
    return calls.alias(legs_text=Cast("legs", TextField())).filter(matching)


def _clear_calls(person: User, wanted: frozenset[str]) -> None:
    """A couple of hundred calls a transaction. Calls in which a leg only looks alike stay as they are."""
    now = timezone.now()
    for account in LinkedAccount.objects.filter(user=person).order_by("pk"):
        ids = list(_calls(person, wanted).filter(account=account).values_list("pk", flat=True))
        for start in range(0, len(ids), BATCH):
            calls = Call.objects.filter(pk__in=ids[start : start + BATCH])
            with transaction.atomic(), rollup.following(account, calls):
                for row in calls.values("pk", *COLUMNS):
                    cleared = without_numbers(row, wanted.__contains__, now)
                    if cleared is not row:
                        Call.objects.filter(pk=cleared.pop("pk")).update(**cleared)


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
