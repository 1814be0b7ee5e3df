"""Asking for the history page by page: which filters sipgate has, and where the next page begins.

GET /history pages by offset and knows no cursor, and it shows either the archived entries or the others. So the log is walked twice,
each time newest first: the entries that are not archived, then the archived ones. The window stays fixed while paging.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from telephony.core.phone import to_e164
from telephony.core.types import CallQuery, Direction, Kind

LARGEST_PAGE = 1000  # more is answered with 400
SLACK = timedelta(seconds=1)  # whether the bounds are inclusive is not documented

TYPES = {Kind.CALL: "CALL", Kind.VOICEMAIL: "VOICEMAIL", Kind.SMS: "SMS", Kind.FAX: "FAX"}
DIRECTIONS = {
    Direction.INBOUND: ("INCOMING", "MISSED_INCOMING"),
    Direction.OUTBOUND: ("OUTGOING", "MISSED_OUTGOING"),
}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins. Bounds are ISO 8601 in UTC; `seen` is the fingerprint of the page before, "" for none."""

    since: str
    until: str
    archived: bool = False
    offset: int = 0
    seen: str = ""

    @classmethod
    def first(cls, query: CallQuery) -> Position:
        """The first page of a query."""
        return cls(_stamp(query.since - SLACK), _stamp(query.until + SLACK))

    @classmethod
    def read(cls, cursor: str) -> Position:
        """The position that `cursor` holds. Raises ValueError for a text that is none."""
        packed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        match packed:
            case {"since": str(), "until": str(), "archived": bool(), "offset": int(), "seen": str(), **extra} if (
                not extra
            ):
                return cls(**packed)
        raise ValueError("not a position in the history")

    @property
    def cursor(self) -> str:
        """This position as an opaque text."""
        packed = json.dumps(asdict(self), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    def after(self, received: int, total: int | None, limit: int, seen: str) -> Position | None:
        """The next position, None at the end of the log.

        sipgate leaves `totalCount` out at times and sends pages shorter than asked for, so only an empty page, or a short one that
        reaches the total, ends a walk. One that is empty before the total is passed over.
        """
        offset = self.offset + (received or limit)
        more = self.offset < total if received == 0 and total is not None else received > 0
        if more and not (received < limit and total is not None and offset >= total):
            return replace(self, offset=offset, seen=seen or self.seen)
        return None if self.archived else replace(self, archived=True, offset=0, seen="")


def page_limit(query: CallQuery) -> int:
    """How many entries to ask for."""
    return max(1, min(query.page_size, LARGEST_PAGE))


def parameters(query: CallQuery, position: Position) -> list[tuple[str, str]]:
    """The query string. Several values repeat their key; a direction that sipgate cannot tell (internal) is not passed on."""
    found = [
        ("archived", "true" if position.archived else "false"),
        ("from", position.since),
        ("to", position.until),
        ("offset", str(position.offset)),
        ("limit", str(page_limit(query))),
    ]
    found += [("types", TYPES[kind]) for kind in Kind if kind in query.kinds]
    if query.directions and query.directions <= DIRECTIONS.keys():
        found += [("directions", name) for one in sorted(query.directions) for name in DIRECTIONS[one]]
    if number := to_e164(query.number) if query.number.startswith("+") else None:
        found.append(("phonenumber", number))
    return found


def fingerprint(keys: Iterable[str]) -> str:
    """A short text that differs between pages; "" for an empty one."""
    joined = "\n".join(keys)
    return hashlib.sha256(joined.encode()).hexdigest()[:16] if joined else ""


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
