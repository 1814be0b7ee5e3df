"""The neutral company: who works there, whom they talk to, and one telephone call.

Each provider renders these into its own JSON. Times are aware UTC datetimes, lengths are seconds, numbers are E.164.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Direction(StrEnum):
    """Seen from the company."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Result(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"


class Oddity(StrEnum):
    """What is strange about a call. Providers that can show the strangeness do; the others ignore it."""

    NONE = ""
    UNKNOWN_RESULT = "unknown_result"  # an enumeration value that no sheet lists
    UNKNOWN_DIRECTION = "unknown_direction"
    MISSING_FIELDS = "missing_fields"  # optional fields are left out
    EQUAL_TIMESTAMPS = "equal_timestamps"  # starts in the same second as its neighbour
    NO_NUMBER = "no_number"  # the other side has neither number nor name
    SHORT_CODE = "short_code"  # the other number is a service short code
    SIP_NAME = "sip_name"  # the other number is a SIP address
    NATIONAL_NUMBER = "national_number"  # the other number has no country code
    LATE_ARRIVAL = "late_arrival"  # shows up in the log hours or days afterwards
    LATE_EDIT = "late_edit"  # changed hours or days afterwards
    DELETED_LATER = "deleted_later"
    VERY_LONG = "very_long"  # several hours
    ZERO_SECONDS = "zero_seconds"  # answered, but zero seconds
    MANY_LEGS = "many_legs"  # rang at many phones; some providers give several records
    FORMER_EXTENSION = "former_extension"  # an extension that exists no more


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who works at the company. `index` counts from 0; person 0 is the administrator."""

    index: int
    first_name: str
    last_name: str
    email: str
    extension: str
    department: str
    admin: bool
    number_de: str
    number_us: str
    number_uk: str
    mobile_de: str
    do_not_disturb: bool
    online: bool
    voicemail: bool

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Queue:
    """A call queue or group with its members (indices of persons)."""

    index: int
    name: str
    extension: str
    members: tuple[int, ...]
    number_de: str
    number_us: str
    number_uk: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone outside the company. `country` is de, us or uk."""

    index: int
    name: str
    organization: str
    number: str
    email: str
    country: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One phone that took part. `person` is an index; None is the outside line."""

    person: int | None
    result: Result
    offset_seconds: int
    ring_seconds: int
    talk_seconds: int


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One call. `uid` is stable for ever and grows with time; `other` and `other_number` may be unknown."""

    uid: int
    started_at: datetime
    ring_seconds: int
    talk_seconds: int
    direction: Direction
    person: Person
    other: Contact | None
    other_number: str | None
    colleague: Person | None
    queue: Queue | None
    result: Result
    recorded: bool
    voicemail_seconds: int
    legs: tuple[Leg, ...]
    oddity: Oddity
    note: str
    appears_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None

    @property
    def withheld(self) -> bool:
        """True when the caller hid the number."""
        return self.direction is Direction.INBOUND and self.other_number is None

    @property
    def ended_at(self) -> datetime:
        """When the last leg hung up (for a running call: the end so far)."""
        return self.started_at + timedelta(seconds=self.ring_seconds + self.talk_seconds + self.voicemail_seconds)

    @property
    def last_modified_at(self) -> datetime:
        """The newest change that a reader can know of."""
        changes = [self.ended_at, self.edited_at, self.deleted_at]
        return max(moment for moment in changes if moment is not None)
