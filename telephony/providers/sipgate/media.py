"""Recordings and voicemails at sipgate: a history entry carries a fresh link, which opens without a password.

The links lead to ``secure.live.sipgate.de/download/...`` (seen in sipgate's own client). They are secrets: asked for anew each time, never
stored or shown, followed only to a host on the environment's list, and without our Authorization header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from telephony.core.client import MediaKind
from telephony.core.http import Reply
from telephony.core.payload import mappings, text


def entry_path(key: str) -> str:
    """The path of the history entry that knows the link."""
    return f"/history/{quote(key, safe='')}"


def link_in(reply: Reply, kind: MediaKind) -> str:
    """The link in a history entry, "" where it has none (any more)."""
    return next((link for link in _links(reply.json_object(), kind) if link), "")


def _links(entry: Mapping[str, Any], kind: MediaKind) -> Iterator[str]:
    if kind is MediaKind.RECORDING:
        yield from (text(one.get("url")) for one in mappings(entry.get("recordings")))
    yield text(entry.get("recordingUrl"))
