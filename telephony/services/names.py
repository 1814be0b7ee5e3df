"""Names for numbers: from the person's phone book and from the extensions of her accounts. Two queries for a page of calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from telephony.core.phone import digits
from telephony.models import Extension, LinkedAccount, PhoneBookEntry
from telephony.services.phone_book import as_stored
from telephony.services.regions import Regions, depends_on_region


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of the numbers of some calls. `book` is by digits, `extensions` by account and number; `regions` are the accounts'."""

    book: dict[str, str] = field(default_factory=dict)
    extensions: dict[tuple[int, str], str] = field(default_factory=dict)
    regions: Regions = field(default_factory=Regions)

    def of_number(self, number: str, account: LinkedAccount) -> str:
        """The phone book's name of a number that an account has, "" where it has none."""
        return self.book.get(booked_as(number, account, self.regions), "") if number and self.book else ""

    def best(self, account: LinkedAccount, number: str, told: str, extension: str) -> str:
        """The phone book's name, else what the provider told, else the extension's, else ""."""
        booked = self.of_number(number, account) if self.book else ""
        return booked or told or self.of_extension(account.pk, number, extension)

    def of_extension(self, account_id: int, *numbers: str) -> str:
        """The name of the account's extension that has one of these numbers, "" where none does."""
        return next((name for number in numbers if (name := self.extensions.get((account_id, number)))), "")


class HasEnds(Protocol):
    """What is needed of a call: a row of the table, or of a list."""

    @property
    def account_id(self) -> int: ...
    @property
    def caller_e164(self) -> str | None: ...
    @property
    def caller_number(self) -> str: ...
    @property
    def caller_extension(self) -> str: ...
    @property
    def caller_name(self) -> str: ...
    @property
    def callee_e164(self) -> str | None: ...
    @property
    def callee_number(self) -> str: ...
    @property
    def callee_extension(self) -> str: ...
    @property
    def callee_name(self) -> str: ...


def names_of(accounts: Iterable[LinkedAccount], calls: Iterable[HasEnds]) -> Names:
    """The names for calls of these accounts, all of one person. An extension's is looked up only where the provider told none."""
    by_id = {account.pk: account for account in accounts}
    regions = Regions(by_id.values())
    numbers, wanted = set[str](), set[str]()
    for call in calls:
        account = by_id[call.account_id]
        for number, extension, told in _ends(call):
            wanted.add(booked_as(number, account, regions))
            if not told:
                numbers |= {number, digits(number), extension}
    owners = {account.user_id for account in by_id.values()}
    book = PhoneBookEntry.objects.filter(user__in=owners, digits__in=wanted - {""}).order_by()
    named = Extension.objects.filter(account__in=by_id, gone_at=None, number__in=numbers - {""}).exclude(name="")
    return Names(
        dict(book.values_list("digits", "name")),
        {
            (owner, number): name
            for owner, number, name in named.order_by("pk").values_list("account", "number", "name")
        },
        regions,
    )


def booked_as(number: str, account: LinkedAccount, regions: Regions) -> str:
    """The digits under which the phone book has a number; the country is looked up only where it makes a difference."""
    return as_stored(number, regions.of(account) if depends_on_region(number) else None)[1]


def _ends(call: HasEnds) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Number, extension and the name that the provider told, of both ends."""
    return (
        (call.caller_e164 or call.caller_number, call.caller_extension, call.caller_name),
        (call.callee_e164 or call.callee_number, call.callee_extension, call.callee_name),
    )
