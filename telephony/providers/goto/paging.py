"""Walking GoTo's pages: opaque markers, time windows, and never in circles."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from telephony.core import payload
from telephony.core.http import Reply
from telephony.core.types import CallQuery, LogScope

# The call report takes at most 31 days at once. Whether exactly 31 still pass has not been seen, so a day of margin.
LONGEST_REPORT = timedelta(days=30)
LARGEST_PAGE = {
    LogScope.OWN: 200,
    LogScope.COMPANY: 1000,
}  # the largest that working clients ask for; no maximum is documented


@dataclass(frozen=True, slots=True)
class Progress:
    """Notices a walk in circles in constant space (Brent): `anchor` is a marker seen before, renewed at steps 1, 2, 4, 8 ...

    `page` is the fingerprint of the last page with rows, so that a marker that moves over one and the same page is noticed too.
    """

    steps: int = 0
    anchor: str = ""
    page: str = ""

    def onward(self, reply: Reply, rows: Sequence[Mapping[str, Any]], marker: str) -> Progress:
        """The state after a page that names a next one. Raises UnusableReply when the walk does not get on."""
        seen = fingerprint(marker)
        if seen == self.anchor:
            raise reply.stuck("the page marker comes back to one that was followed already")
        page = fingerprint(json.dumps(rows, sort_keys=True)) if rows else self.page
        if rows and page == self.page:
            raise reply.stuck("the next page is the same page again")
        steps = self.steps + 1
        renew = steps & (steps - 1) == 0
        return Progress(steps, seen if renew else self.anchor, page)


def fingerprint(text: str) -> str:
    """A short stand-in for a text of any length."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def next_marker(reply: Reply) -> str:
    """The marker of the next page, "" on the last one. Raises UnusableReply where it is not a text."""
    marker = reply.json_object().get("nextPageMarker")
    if marker is not None and not isinstance(marker, str):
        raise reply.unusable("“nextPageMarker” is not a text")
    return marker or ""


@dataclass(frozen=True, slots=True)
class CallWalk:
    """A place in a call log: the window [start, end) being read, the marker inside it, and how far back the walk goes.

    The company's log is walked in windows of LONGEST_REPORT, newest first; one's own has no limit and is one window.
    """

    scope: LogScope
    since: datetime
    end: datetime
    marker: str = ""
    progress: Progress = Progress()

    @classmethod
    def of(cls, query: CallQuery) -> Self:
        """The walk that answers a query, before its first page. GoTo's times have milliseconds: the bounds are widened to those."""
        since, until = query.since.astimezone(UTC), query.until.astimezone(UTC)
        return cls(
            query.scope, since - timedelta(microseconds=since.microsecond % 1000), until + _to_millisecond(until)
        )

    @property
    def start(self) -> datetime:
        """Where the present window begins."""
        if self.scope is LogScope.OWN:
            return self.since
        return max(self.since, self.end - LONGEST_REPORT)

    def parameters(self, account_key: str, page_size: int) -> list[tuple[str, str]]:
        """The query of the next request."""
        size = min(max(page_size, 1), LARGEST_PAGE[self.scope])
        pairs = [
            ("accountKey", account_key),
            ("startTime", timestamp(self.start)),
            ("endTime", timestamp(self.end)),
            ("pageSize", str(size)),
        ]
        return [*pairs, ("pageMarker", self.marker)] if self.marker else pairs

    def after(self, reply: Reply, rows: Sequence[Mapping[str, Any]]) -> CallWalk | None:
        """The place after a page, None at the end. Raises UnusableReply when the pages go in circles."""
        if marker := next_marker(reply):
            return replace(self, marker=marker, progress=self.progress.onward(reply, rows, marker))
        if self.start <= self.since:
            return None
        return CallWalk(self.scope, self.since, self.start)

    def encode(self) -> str:
        """This place as opaque text: compact JSON in URL-safe base64."""
        place = [
            self.scope.value,
            self.since.isoformat(),
            self.end.isoformat(),
            self.marker,
            self.progress.steps,
            self.progress.anchor,
            self.progress.page,
        ]
        packed = json.dumps(place, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str) -> Self:
        """The place that a text stands for. Raises ValueError for one that `encode` did not write."""
        try:
            packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            scope, since, end, marker, steps, anchor, page = json.loads(packed)
        except (binascii.Error, TypeError, RecursionError) as error:
            raise ValueError("not a cursor") from error
        first, last = payload.moment(since), payload.moment(end)
        texts = all(isinstance(value, str) for value in (marker, anchor, page))
        if first is None or last is None or not texts or type(steps) is not int or steps < 0:
            raise ValueError("not a cursor")
        return cls(LogScope(scope), first, last, marker, Progress(steps, anchor, page))


def _to_millisecond(moment: datetime) -> timedelta:
    return timedelta(microseconds=-moment.microsecond % 1000)


def timestamp(moment: datetime) -> str:
    """A time as GoTo takes it: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
