"""The company at GoTo: two accounts, each with its PBX, lines, extensions and numbers."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from sandbox.company import Company
from sandbox.model import CallEvent, Person, Queue

_NAMESPACE = uuid.UUID("5a3d1c70-0000-4000-8000-90709070c0de")
FIRST_OF_BRANCH = 16
"""Persons from this index on work at the branch; person 0 is at home in both."""


@lru_cache(maxsize=200_000)
def guid(*parts: object) -> str:
    """A UUID that stays the same for the same thing."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts)))


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `key` has 19 digits: more than a JavaScript number can hold."""

    key: str
    name: str
    region: str
    country_code: str
    trunk: str

    @property
    def organization_id(self) -> str:
        """The PBX of the account."""
        return guid("organization", self.key)


MAIN = Account("4503599627370497001", "Müller & Söhne Elektrotechnik GmbH", "US", "1", "")
BRANCH = Account("4503599627370497002", "Müller & Söhne <UK> Ltd", "GB", "44", "0")


@dataclass(frozen=True, slots=True)
class Line:
    """One telephone line of a person in an account."""

    account: Account
    person: Person
    number: str
    name: str
    primary: bool

    @property
    def id(self) -> str:
        """The line's UUID."""
        return guid("line", self.account.key, self.person.index, self.number)


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """An outside number of an account, and where its calls go (None: nowhere)."""

    account: Account
    number: str
    name: str
    person: Person | None = None
    queue: Queue | None = None
    status: str = "ACTIVE"

    @property
    def id(self) -> str:
        """The number's UUID."""
        return guid("number", self.number)


class Pbx:
    """Everything static about both accounts."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def accounts_of(self, person: Person) -> tuple[Account, ...]:
        """The accounts that someone belongs to."""
        if person.index == 0:
            return (MAIN, BRANCH)
        return (BRANCH,) if person.index >= FIRST_OF_BRANCH else (MAIN,)

    def people_of(self, account: Account) -> tuple[Person, ...]:
        """Who belongs to an account."""
        return tuple(person for person in self.company.persons if account in self.accounts_of(person))

    def lines_of(self, person: Person, account: Account | None = None) -> tuple[Line, ...]:
        """The lines of someone; the administrator has a second one at home."""
        lines = [
            Line(at, person, person.extension, person.name, primary=True)
            for at in self.accounts_of(person)
            if account in (None, at)
        ]
        if person.index == 0 and account in (None, MAIN):
            lines.insert(1, Line(MAIN, person, "0900", "Workshop door 🚪", primary=False))
        return tuple(lines)

    def line_of(self, person: Person, account: Account) -> Line:
        """The first line of someone, in this account if there is one."""
        return (self.lines_of(person, account) or self.lines_of(person))[0]

    def direct_number(self, person: Person, account: Account) -> str:
        """The outside number of someone in an account."""
        return person.number_uk if account is BRANCH else person.number_us

    def main_number(self, account: Account) -> str:
        """The outside number of the account itself."""
        return self.company.main_number_uk if account is BRANCH else self.company.main_number_us

    def queues_of(self, account: Account) -> tuple[Queue, ...]:
        """The branch has no queues of its own."""
        return self.company.queues if account is MAIN else ()

    @cached_property
    def numbers(self) -> dict[str, tuple[OwnNumber, ...]]:
        """The outside numbers by account key."""
        return {account.key: tuple(self._numbers(account)) for account in (MAIN, BRANCH)}

    def account_of_call(self, call: CallEvent) -> Account:
        """Which PBX a call went through."""
        if call.person.index >= FIRST_OF_BRANCH:
            return BRANCH
        return BRANCH if call.person.index == 0 and call.queue is None and call.uid % 5 == 0 else MAIN

    def calls(self, account: Account, start: datetime, end: datetime) -> list[CallEvent]:
        """The calls of an account that started in a window, newest first."""
        return [call for call in self.company.calls(start, end) if self.account_of_call(call) is account]

    def _numbers(self, account: Account) -> Sequence[OwnNumber]:
        numbers = [OwnNumber(account, self.main_number(account), "Main number")]
        numbers += [OwnNumber(account, q.number_us, q.name, queue=q) for q in self.queues_of(account)]
        numbers += [
            OwnNumber(account, self.direct_number(p, account), p.name, person=p) for p in self.people_of(account)
        ]
        if account is MAIN:
            numbers.append(OwnNumber(account, "+12125550198", "Being moved", status="PORT_IN_LIMBO"))
        return numbers


def user_key(person: Person) -> str:
    """The user key: 19 digits."""
    digest = int(hashlib.sha256(f"user:{person.index}".encode()).hexdigest()[:12], 16)
    return f"7205{digest % 10**13:013d}{person.index:02d}"


def user_id(person: Person) -> str:
    """The user's UUID."""
    return guid("user", person.index)


def national(number: str, account: Account) -> str:
    """A number as call history shows it: without country code when it is of the account's country."""
    own = f"+{account.country_code}"
    return account.trunk + number.removeprefix(own) if number.startswith(own) else number
