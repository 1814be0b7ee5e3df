"""What stands in the history: calls and voicemails of the company, texts, faxes, and what was sent from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from sandbox import replies
from sandbox.model import CallEvent, Contact, Direction, Oddity, Result
from sandbox.roster import contacts
from sandbox.sipgate.access import Caller
from sandbox.sipgate.people import line_id

SENT = "sipgate.sent"
EDITS = "sipgate.edits"
APPEARS_AFTER = 3.0
"""Seconds until a sent text stands in the history."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One history entry before it is written as JSON; `source` and `target` are as sipgate shows them."""

    id: str
    kind: str
    created: datetime
    direction: str
    owner: int
    connections: tuple[str, ...]
    source: str
    target: str
    call: CallEvent | None = None
    text: str = ""
    contact: Contact | None = None


def entries(caller: Caller, start: datetime, end: datetime) -> list[Entry]:
    """Everything from [start, end] that the caller may see, newest first. A neo account has no calls."""
    found: list[Entry] = []
    for call in caller.sandbox.company.calls(start, end):
        entry = _call_entry(call)
        if entry is not None and not (caller.neo and entry.kind == "CALL"):
            found.append(entry)
    found += [entry for entry in _papers(caller, start, end) if start <= entry.created <= end]
    found += [entry for entry in [*_sent(caller), *_answers(caller)] if start <= entry.created <= end]
    if not caller.admin:
        me = caller.me.index
        found = [e for e in found if e.owner == me or line_id(caller.me) in e.connections]
    return sorted(found, key=lambda entry: (entry.created, entry.id), reverse=True)


def _call_entry(call: CallEvent) -> Entry | None:
    """The entry of a finished call; a running one has none yet."""
    if call.result is Result.IN_PROGRESS:
        return None
    mine, other = call.person.number_de, call.other_number or "anonymous"
    connections = [line_id(call.person)]
    incoming = call.direction is Direction.INBOUND
    if call.queue is not None:
        connections.insert(0, f"g{call.queue.index}")
        mine = call.queue.number_de
    if call.colleague is not None:
        other = call.colleague.extension
        connections.append(line_id(call.colleague))
    if call.oddity is Oddity.FORMER_EXTENSION:
        connections = ["p98"]
    if not incoming and call.other_number is None and call.colleague is None:
        other = ""
    voicemail = call.result is Result.VOICEMAIL
    missed = not voicemail and call.result is not Result.ANSWERED
    direction = ("MISSED_" if missed else "") + ("INCOMING" if incoming else "OUTGOING")
    if call.oddity is Oddity.UNKNOWN_DIRECTION:
        direction = "PARKED"
    return Entry(
        id=str(call.uid * 10 + voicemail),
        kind="VOICEMAIL" if voicemail and incoming else "CALL",
        created=call.started_at,
        direction=direction,
        owner=call.person.index,
        connections=tuple(connections),
        source=other if incoming else mine,
        target=mine if incoming else other,
        call=call,
    )


def _papers(caller: Caller, start: datetime, end: datetime) -> list[Entry]:
    now = caller.sandbox.clock.now()
    first = max(start, now - timedelta(days=caller.sandbox.company.history_days)).date()
    last = min(end, now).date()
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    found = [entry for day in days for entry in _papers_of_day(caller.sandbox.company.seed, day)]
    return [entry for entry in found if entry.created <= now]


@lru_cache(maxsize=2000)
def _papers_of_day(seed: int, day: date) -> tuple[Entry, ...]:
    """The texts and faxes of one day."""
    random = Random(f"papers:{seed}:{day.isoformat()}")  # noqa: S311 (reproducible on purpose)
    outside = contacts(seed)
    number = (day - date(2020, 1, 1)).days
    found: list[Entry] = []
    for place in range(random.choice((0, 0, 1, 1, 2, 3))):
        created = datetime(day.year, day.month, day.day, random.randint(6, 18), random.randrange(60), tzinfo=UTC)
        incoming, fax = random.random() < 0.5, random.random() < 0.25
        contact = random.choice(outside)
        mine = "+493023125800" if fax else "+493023125000"
        text = random.choice(_TEXTS)
        found.append(
            Entry(
                id=str((number * 10_000 + 9_000 + place) * 10 + (3 if fax else 2)),
                kind="FAX" if fax else "SMS",
                created=created,
                direction="INCOMING" if incoming else "OUTGOING",
                owner=0,
                connections=("f0",) if fax else ("s0",),
                source=contact.number if incoming else mine,
                target=mine if incoming else contact.number,
                text="" if fax else text,
                contact=contact,
            )
        )
    return tuple(found)


_TEXTS = (
    "See you at nine.",
    "Bin in 10 Minuten da 🚗",
    "<b>Angebot</b> & Rechnung folgen",
    '=HYPERLINK("https://example.invalid","Rechnung")',
    "Zwei\nZeilen",
    "Ihr Code lautet 000000.",
)


def _answers(caller: Caller) -> list[Entry]:
    """What was texted back to the sent questions."""
    now = caller.sandbox.clock.timestamp()
    return [
        Entry(
            id=str(int(key) + replies.ID_DISTANCE),
            kind="SMS",
            created=datetime.fromtimestamp(record["at"] + replies.ANSWERED_AFTER, UTC).replace(microsecond=0),
            direction="INCOMING",
            owner=record["person"],
            connections=(record["sms_id"],),
            source=record["recipient"],
            target=record["source"],
            text=replies.ANSWER,
        )
        for key, record in caller.sandbox.store.items(SENT)
        if record["account"] == caller.account and replies.is_answered(record["message"], now - record["at"])
    ]


def _sent(caller: Caller) -> list[Entry]:
    now = caller.sandbox.clock.timestamp()
    return [
        Entry(
            id=key,
            kind="SMS",
            created=datetime.fromtimestamp(record["at"], UTC).replace(microsecond=0),
            direction="OUTGOING",
            owner=record["person"],
            connections=(record["sms_id"],),
            source=record["source"],
            target=record["recipient"],
            text=record["message"],
        )
        for key, record in caller.sandbox.store.items(SENT)
        if record["account"] == caller.account and record["at"] + APPEARS_AFTER <= now
    ]


def edits_of(caller: Caller) -> dict[str, dict[str, Any]]:
    """What the account's people changed at entries, by entry id."""
    prefix = f"{caller.account}:"
    return {
        key.removeprefix(prefix): record for key, record in caller.sandbox.store.items(EDITS) if key.startswith(prefix)
    }
