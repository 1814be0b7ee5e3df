"""RingCentral's synchronisation of call logs: a token that stands for a moment, and an answer with what changed since.

One's own log has call-log-sync: at first the newest records with a token (FSync), then those that changed (ISync), 250 at the most. The
company's has call-log-extract-sync, which goes by the time of the last change and comes in pages, each with the token of the next
(https://developers.ringcentral.com/guide/voice/call-log/sync). View and filters are frozen in a token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telephony.core import payload
from telephony.core.client import LogChanges
from telephony.core.http import Query, Reply
from telephony.core.types import LogScope
from telephony.providers.ringcentral.mapping import call_record
from telephony.providers.ringcentral.paging import digest_of

OPERATION = "asking what changed in the call log"
PATHS = {
    LogScope.OWN: "/restapi/v1.0/account/~/extension/~/call-log-sync",
    LogScope.COMPANY: "/restapi/v1.0/account/~/call-log-extract-sync",
}
LARGEST_ANSWER = {LogScope.OWN: 250, LogScope.COMPANY: 1000}
REACH = timedelta(days=30)  # of dateFrom; a margin of an hour for clocks that differ
_MARGIN = timedelta(hours=1)

Get = Callable[[str, str, Query], Reply]


@dataclass(frozen=True, slots=True)
class Place:
    """A sync token, and the digest of the answer that it came with: a server that repeats itself is noticed by it."""

    token: str
    digest: str = ""

    @classmethod
    def read(cls, text: str) -> Place:
        """From the text that `str` made."""
        digest, _colon, token = text.partition(":")
        return cls(token, digest)

    def __str__(self) -> str:
        return f"{self.digest}:{self.token}"


def changes(get: Get, scope: LogScope, text: str, since: datetime, region: str | None) -> LogChanges:
    """One answer. Raises SyncTokenExpired, and UnusableReply for an answer without a token or one that comes twice."""
    before = Place.read(text)
    begins = not before.token
    reach = datetime.now(UTC) - REACH + _MARGIN
    reply = get(PATHS[scope], OPERATION, _beginning(scope, max(since, reach)) if begins else _going_on(scope, before))
    rows = payload.rows(reply, "records")
    token = payload.text(payload.mapping(reply.json_object().get("syncInfo")).get("syncToken"), limit=4000)
    if not token:
        raise reply.unusable("an answer without a sync token")
    # More may follow only in the company's log; its answers may be longer than asked for, when records changed in one millisecond.
    full = len(rows) >= LARGEST_ANSWER[scope]
    after = Place(token, digest_of(f"{row.get('id')} {row.get('lastModifiedTime')}" for row in rows))
    more = full and scope is LogScope.COMPANY
    if more and after.digest == before.digest:
        raise reply.stuck("what changed does not move: the same answer came twice")
    return LogChanges(
        items=tuple(record for row in rows if (record := call_record(row, region))),
        token=str(after),
        more=more,
        complete=not begins or (since >= reach and (more or not full)),
    )


def _beginning(scope: LogScope, since: datetime) -> Query:
    stamp = since.astimezone(UTC).replace(microsecond=0).isoformat(timespec="seconds").replace("+00:00", "Z")
    return [
        ("syncType", "FSync"),
        ("view", "Detailed"),
        ("recordCount", str(LARGEST_ANSWER[scope])),
        ("dateFrom", stamp),
    ]


def _going_on(scope: LogScope, place: Place) -> Query:
    size = ("showDeleted", "true") if scope is LogScope.OWN else ("recordCount", str(LARGEST_ANSWER[scope]))
    return [("syncType", "ISync"), ("syncToken", place.token), size]
