"""What a person asks a call log for; the same for stored rows, for live reading and, later, for exports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from telephony.core.phone import digits
from telephony.core.search_text import found_in, terms
from telephony.core.types import CallQuery, CallRecord, Direction, Kind, LogScope, Outcome, Party

LOOK_BACK = timedelta(days=366)  # how far a search without a start goes; RingCentral keeps 12 months, GoTo 13


@dataclass(frozen=True, slots=True)
class CallFilter:
    """`since` inclusive, `until` exclusive, aware; empty sets mean all. `number` is free text: digits of any part of a number.

    `text` is the search box: parts of numbers and names, all of which must be there. `accounts` are ids of linked accounts, `extensions` as
    calls have them, `shortest` and `longest` seconds of talk time, both inclusive; `recorded` wants a recording.
    """

    since: datetime | None = None
    until: datetime | None = None
    scope: LogScope = LogScope.OWN
    directions: frozenset[Direction] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    number: str = ""
    text: str = ""
    accounts: frozenset[int] = frozenset()
    extensions: frozenset[str] = frozenset()
    shortest: int | None = None
    longest: int | None = None
    recorded: bool = False

    @property
    def number_digits(self) -> str:
        """The digits to search for: without the zeros that stand for a country or trunk prefix in written numbers."""
        return digits(self.number).lstrip("0")

    def matches(self, record: CallRecord) -> bool:
        """Whether a record belongs to the result; clients return more than was asked where their provider cannot filter."""
        return (
            (self.since is None or record.started_at >= self.since)
            and (self.until is None or record.started_at < self.until)
            and (not self.directions or record.direction in self.directions)
            and (not self.outcomes or record.outcome in self.outcomes)
            and (not self.kinds or record.kind in self.kinds)
            and (not self.number_digits or any(self.number_digits in end for end in _ends(record)))
            and (not self.extensions or record.extension in self.extensions)
            and self._matches_length(record.duration)
            and (not self.recorded or record.recording is not None)
            and (not self.text or found_in(terms(self.text), *_texts(record)))
        )

    def _matches_length(self, seconds: int | None) -> bool:
        if self.shortest is None and self.longest is None:
            return True
        return (
            seconds is not None
            and (self.shortest or 0) <= seconds
            and (self.longest is None or seconds <= self.longest)
        )

    def query(self, *, before: datetime | None = None, page_size: int = 100) -> CallQuery:
        """The question to the provider: what starts before `before`, at most a year back where no start is given."""
        until = min(filter(None, (before, self.until, datetime.now(UTC) + timedelta(minutes=10))))
        return CallQuery(
            since=self.since or until - LOOK_BACK,
            until=until,
            scope=self.scope,
            directions=self.directions,
            kinds=self.kinds,
            number=self.number_digits,
            page_size=page_size,
        )

    def in_scope(self, scope: LogScope) -> CallFilter:
        """The same filter for the other log."""
        return replace(self, scope=scope)


def searchable_digits(party: Party) -> str:
    """The digits of a party that a search looks at: of the E.164 form where there is one, else of the number or extension."""
    return digits(party.e164 or party.number or party.extension)[:40]


def _ends(record: CallRecord) -> tuple[str, str]:
    return searchable_digits(record.caller), searchable_digits(record.callee)


def _texts(record: CallRecord) -> tuple[str, ...]:
    """What the search box looks at, as the search index has it."""
    caller, callee = _ends(record)
    return (
        caller or record.caller.number,
        callee or record.callee.number,
        record.caller.name,
        record.callee.name,
        record.extension,
        record.extension_name,
    )
