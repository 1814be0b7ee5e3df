"""RingCentral's rate groups: how many requests a minute one user may send through one app.

The figures are those of the vendor's page on rate limits (developers.ringcentral.com, "Rate limits"); they are defaults and may be set
otherwise for an app. A request during the penalty starts it anew, which is why we never send one.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from telephony.core.spec import RateLimit

RATE_LIMITS = {
    "light": RateLimit(50, 60, 60),
    "medium": RateLimit(40, 60, 60),
    "heavy": RateLimit(10, 60, 60),
}
_HEAVY = re.compile(
    r"/(call-log|call-log-sync|call-log-extract-sync|active-calls|recording)(/|$)|/account/[^/]+/phone-number$"
)
_MEDIUM = re.compile(r"/account/[^/]+/(extension|directory/entries)$|/sms$|/authz-profile$|/content/")


def rate_group(method: str, url: str) -> str:
    """The group of a request: by its path for reads; a write to RingOut is heavy, other writes are medium."""
    path = urlsplit(url).path.rstrip("/")
    if _HEAVY.search(path) or (method != "GET" and "/ring-out" in path):
        return "heavy"
    if method != "GET" or _MEDIUM.search(path):
        return "medium"
    return "light"
