"""The company on a RingCentral account: extensions with RingCentral's ids, and what is odd among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sandbox.company import Company
from sandbox.model import Person, Queue

ACCOUNT_ID = 62264425008
SYSTEM_EXTENSION_ID = ACCOUNT_ID
FORMER_EXTENSION_ID = 62299881008
"""Calls remember this extension; the account has it no more."""
_FIRST_PERSON_ID = 62295327008
_FIRST_OTHER_ID = 62301405008
_STEP = 1013
_STATUSES = {18: "Disabled", 19: "NotActivated", 20: "Frozen"}
_ODD = (
    ("IvrMenu", "Main menu", "300", "Enabled"),
    ("ParkLocation", "Car park", "350", "Enabled"),
    ("Voicemail", "Night box", "351", "Enabled"),
    ("SharedLinesGroup", "Front desk phones", "352", "Enabled"),
    ("HologramUser", "Projection room", "353", "Enabled"),  # a type that no list names
    ("User", "", None, "Unassigned"),
)


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension. Only those of a person can sign in; an unassigned one has no number."""

    id: int
    number: str | None
    name: str
    type: str
    status: str
    person: Person | None = None
    queue: Queue | None = None

    @property
    def direct_number(self) -> str | None:
        """The extension's own outside number in E.164."""
        if self.person is not None:
            return self.person.number_us
        return self.queue.number_us if self.queue is not None else None

    @property
    def admin(self) -> bool:
        """Whether the owner's role is that of an administrator."""
        return self.person is not None and self.person.admin


class Pbx:
    """Everything static about the account."""

    def __init__(self, company: Company) -> None:
        self.company = company

    @cached_property
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions: people first, then queues, then the rest."""
        people = tuple(_of_person(person) for person in self.company.persons)
        queues = tuple(
            Extension(
                _FIRST_OTHER_ID + queue.index * _STEP, queue.extension, queue.name, "Department", "Enabled", queue=queue
            )
            for queue in self.company.queues
        )
        first = _FIRST_OTHER_ID + len(queues) * _STEP
        rest = tuple(
            Extension(first + place * _STEP, number, name, kind, status)
            for place, (kind, name, number, status) in enumerate(_ODD)
        )
        return people + queues + rest

    @cached_property
    def by_id(self) -> dict[int, Extension]:
        """Extensions by id."""
        return {extension.id: extension for extension in self.extensions}

    def of(self, person: Person) -> Extension:
        """The extension of someone who works here."""
        return self.extensions[person.index]


def _of_person(person: Person) -> Extension:
    status = _STATUSES.get(person.index, "Enabled")
    identity = _FIRST_PERSON_ID + person.index * _STEP
    return Extension(identity, person.extension, person.name, "User", status, person=person)
