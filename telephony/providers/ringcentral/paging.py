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
        numbers = all(type(number) is int and 0 < number <= LAST_PAGE for number in (page, size))
        moments = all(isinstance(bound, str) and payload.moment(bound) for bound in (date_from, date_to))
        if not (numbers and moments and isinstance(digest, str)):
            raise RequestRefused(provider, "reading on in the call log", detail="a cursor of the wrong shape")
        return cls(page, size, date_from, date_to, digest)


def check_moved(reply: Reply, body: Mapping[str, Any], page: int) -> None:
    """Raises UnusableReply when the answer is, by its own words, another page than the one asked for."""
    told = payload.integer(payload.mapping(body.get("paging")).get("page"))
    if told is not None and told != page:
        raise reply.unusable(f"paging does not move: page {page} was asked for, and page {told} came")


def has_next(body: Mapping[str, Any], count: int, size: int) -> bool:
    """Whether another page follows one of `count` records.

    Where the answer has no navigation object at all, a full page is taken to be followed by another: at worst an empty one.
    """
    navigation = body.get("navigation")
    if isinstance(navigation, dict):
        return bool(navigation.get("nextPage"))
    told = payload.integer(payload.mapping(body.get("paging")).get("perPage"))
    return count >= (told if told and told > 0 else size)


def digest_of(keys: Iterable[str]) -> str:
    """A short text that is the same for the same rows in the same order, "" for none."""
    joined = "\n".join(keys)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:12] if joined else ""
