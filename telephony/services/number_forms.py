"""Which numbers a person means by what she typed, looked for where she has them; and the forms under which one number may be stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, digits, national_digits, to_e164
from telephony.models import Call, LinkedAccount, Message, PhoneBookEntry, PlacedCall, ReceivedText
from telephony.services.regions import Regions, home_region
from telephony.services.removal import SIDES

MOST_MEANT = 20


class NotANumber(ValueError):
    """Too few digits for a number from outside: extensions and short codes cannot be forgotten."""


def checked(typed: str) -> str:
    """The text with a plus for two zeros in front. Raises NotANumber."""
    text = typed.strip().replace("\x00", "")
    if len(digits(text)) < SHORTEST_OUTSIDE_NUMBER:
        raise NotANumber
    return f"+{text[2:]}" if text.startswith("00") else text


def forms_of(number: str) -> frozenset[str]:
    """The digits under which a number may be stored: of the whole number, and as it is dialled inside its country.

    The latter with a trunk zero only: no country code begins with one, while 49 30 231250 may be German or the end of an American number.
    """
    e164 = to_e164(number)
    if e164 is None:
        return frozenset({digits(number)})
    return frozenset({digits(e164), *(form for form in [national_digits(e164)] if form.startswith("0"))})


def meant_by(person: User, typed: str) -> list[str]:
    """The numbers that may be meant, in E.164 form where they have one. Raises NotANumber.

    A number in national form is another one in each country: those of the person's accounts count, and every number that she has
    stored and that is dialled so somewhere. What a provider told without saying in which country is a number of its own.
    """
    text = checked(typed)
    if e164 := to_e164(text):
        found = {e164}
    else:
        found = {e164 for region in _regions(person) if (e164 := to_e164(text, region))}
        found |= set(_stored_like(person, text))
    literals = {digits(text), *map(national_digits, found)}.difference(*map(forms_of, found))
    found |= {literal for literal in literals if _is_stored_without_country(person, literal)}
    return sorted(found)[:MOST_MEANT] or [digits(text)]


def _is_stored_without_country(person: User, literal: str) -> bool:
    calls = Call.objects.filter(account__user=person)
    bare = Q(caller_digits=literal, caller_e164=None) | Q(callee_digits=literal, callee_e164=None)
    texts = ReceivedText.objects.filter(account__user=person, digits=literal).exclude(sender__startswith="+")
    entries = PhoneBookEntry.objects.filter(user=person, digits=literal).exclude(number__startswith="+")
    return calls.filter(bare).exists() or texts.exists() or entries.exists()


def _regions(person: User) -> list[str]:
    accounts, home = LinkedAccount.objects.filter(user=person).order_by("pk"), home_region(person)
    regions = Regions(accounts)
    found = [str(settings.PHONENUMBER_DEFAULT_REGION), home, *(regions.of(account, home) for account in accounts)]
    return list(dict.fromkeys(found))


def _stored_like(person: User, text: str) -> Iterator[str]:
    """Numbers of the person's calls, texts and phone book that are written so in their own country, or without the plus."""
    written = digits(text).lstrip("0")
    for e164 in dict.fromkeys(filter(None, map(to_e164, _ending(person, written)))):
        if written in (digits(e164), national_digits(e164).lstrip("0")):
            yield e164


def _ending(person: User, end: str) -> Iterator[str]:
    """Everything stored that ends so, each number as E.164 where it is known."""
    calls = Call.objects.filter(account__user=person).order_by()
    for side in SIDES:
        yield from _distinct(calls.filter(**{f"{side}_digits__endswith": end}), f"{side}_e164")
    yield from _distinct(PhoneBookEntry.objects.filter(user=person, digits__endswith=end), "number")
    yield from _distinct(PlacedCall.objects.filter(user=person, digits__endswith=end), "number")
    yield from _distinct(Message.objects.filter(user=person, digits__endswith=end), "recipient")
    yield from _distinct(ReceivedText.objects.filter(account__user=person, digits__endswith=end), "sender")
    with_legs = calls.alias(legs_text=Cast("legs", TextField())).filter(legs_text__contains=end)
    for legs in with_legs.values_list("legs", flat=True).iterator(500):
        yield from _in_legs(legs)


def _distinct(rows: QuerySet[Any], column: str) -> Iterator[str]:
    return filter(None, rows.order_by().values_list(column, flat=True).distinct())


def _in_legs(legs: Iterable[Any]) -> Iterator[str]:
    for leg in legs:
        parties = (leg.get(side) for side in SIDES) if isinstance(leg, dict) else ()
        yield from (str(party["e164"]) for party in parties if isinstance(party, dict) and party.get("e164"))
