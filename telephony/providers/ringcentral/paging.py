"""RingCentral's pages: numbered from 1, with a link to the next one only where there is one.

The links are never followed, since they name a host: only whether there is one is read, and the URL is built anew.
Call logs come without totals, and an empty page without pageStart (https://developers.ringcentral.com/guide/basics/formats/resources).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from telephony.core import payload
from telephony.core.errors import RequestRefused
from telephony.core.http import Reply

LAST_PAGE = 1000  # the vendor's paging schema has no page number above this
LARGEST_PAGE = 1000  # records; more are capped silently


@dataclass(frozen=True, slots=True)
class CallCursor:
    """Where to read on in a call log: the next page, and the window and page size that all its pages are counted in.

    `digest` tells the page before apart, so that a server that answers with the same page again is noticed.
    """

    page: int
    size: int
    date_from: str
    date_to: str
    digest: str = ""

    def encode(self) -> str:
        """The opaque text that is handed out."""
        compact = json.dumps([*asdict(self).values()], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(compact).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, provider: str) -> CallCursor:
        """The cursor behind a text. Raises RequestRefused for one that `encode` did not make: it may come from a URL."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            page, size, date_from, date_to, digest = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, TypeError, RecursionError) as error:
            raise RequestRefused(provider, "reading on in the call log", detail="not a cursor") from error
        counts = ((page, LAST_PAGE), (size, LARGEST_PAGE))
        numbers = all(type(count) is int and 0 < count <= most for count, most in counts)
        moments = all(isinstance(bound, str) and payload.moment(bound) for bound in (date_from, date_to))
        if not (numbers and moments and isinstance(digest, str)):
            raise RequestRefused(provider, "reading on in the call log", detail="a cursor of the wrong shape")
        return cls(page, size, date_from, date_to, digest)


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of any list. `more` says whether another follows; `total` is None where RingCentral does not count."""

    rows: tuple[Mapping[str, Any], ...]
    more: bool
    total: int | None


def read_page(reply: Reply, page: int, size: int) -> ListPage:
    """The page that was asked for. Raises UnusableReply for an answer of another shape, or one that calls itself another page."""
    body = reply.json_object()
    records = body.get("records")
    if not isinstance(records, list):
        raise reply.unusable("“records” is not a list")
    paging = payload.mapping(body.get("paging"))
    told = payload.integer(paging.get("page"))
    if told is not None and told != page:
        raise reply.stuck(f"paging does not move: page {page} was asked for, and page {told} came")
    more = _more(body, len(records), payload.integer(paging.get("perPage")) or size)
    return ListPage(tuple(payload.mappings(records)), more, payload.integer(paging.get("totalElements")))


def _more(body: Mapping[str, Any], count: int, size: int) -> bool:
    """Whether another page follows. Without a navigation object, a full page is taken to be followed by one, at worst an empty one."""
    navigation = body.get("navigation")
    return bool(navigation.get("nextPage")) if isinstance(navigation, dict) else count >= size


def moved(reply: Reply, before: str, keys: Iterable[str]) -> str:
    """The digest of a page, or that of the page before where this one is empty. Raises UnusableReply when they are the same."""
    digest = digest_of(keys)
    if digest and digest == before:
        raise reply.stuck("paging does not move: the same page came twice")
    return digest or before


def digest_of(keys: Iterable[str]) -> str:
    """A short text that is the same for the same rows in the same order, "" for none."""
    joined = "\n".join(keys)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:12] if joined else ""
