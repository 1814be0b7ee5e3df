"""Recordings at GoTo Connect, in two steps: a short-lived token for the sound, then the sound with that token in the path.

Two reports of live use disagree on whether the bearer token belongs to the second step; it is sent, as the host is GoTo's own
(recording/v1, seen in use 2026-07). The short-lived token is never stored or shown.
"""

from __future__ import annotations

from urllib.parse import quote

from telephony.core.http import Reply
from telephony.core.payload import mapping, text
from telephony.providers.goto.endpoints import Endpoint

SCOPE = "recording.v1.read"


def content(key: str) -> Endpoint:
    """Where the short-lived token comes from."""
    return Endpoint(
        f"/recording/v1/recordings/{quote(key, safe='')}/content", "opening a recording", SCOPE, is_list=False
    )


def sound(key: str, reply: Reply) -> Endpoint | None:
    """Where the sound is, from the answer of `content`; None while it is not ready. The token comes nested or flat."""
    body = reply.json_object()
    token = text(mapping(body.get("token")).get("token")) or text(body.get("token"))
    if not token:
        return None
    path = f"/recording/v1/recordings/{quote(key, safe='')}/content/{quote(token, safe='')}"
    return Endpoint(path, "playing a recording", SCOPE, is_list=False)
