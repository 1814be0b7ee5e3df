"""GoTo's limit: ten requests a second for each API (developer.goto.com, References, Rate Limits). No Retry-After is promised."""

from __future__ import annotations

from urllib.parse import urlsplit

from telephony.core.spec import RateLimit

PER_SECOND = RateLimit(10, 1, 2)
APIS = ("users", "voice-admin", "call-history", "call-events-report", "call-reports", "identity", "admin")
RATE_LIMITS = dict.fromkeys(APIS, PER_SECOND)


def rate_group(_method: str, url: str) -> str:
    """The API that a URL belongs to, whatever prefix its host has; "" for one without a limit that we know."""
    parts = urlsplit(url).path.split("/")
    return next((part for part in parts if part in RATE_LIMITS), "")
