"""What is remembered of a request besides its answer: enough to ask a provider's support about it, and nothing secret or personal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from telephony.core.redaction import redact_text

LONGEST_PATH = 300  # characters
HIDDEN = "…"
MOST_DIGITS = 5  # in one step of a path; as many may be a phone number
OPAQUE_FROM = 20  # characters; a step this long with a digit in it is a key
# Phone numbers in any spelling, and the long numbers that providers use as ids of people and companies.
_DIGITS = re.compile(r"\+?\d(?:[\s()./-]?\d){4,}")
_VERSION = re.compile(r"v\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request: `path` is without values of the query, secrets and numbers; `milliseconds` until it ended, one way or the other."""

    method: str
    host: str
    path: str
    milliseconds: int = 0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


def described(method: str, url: str, seconds: float = 0.0) -> SentRequest:
    """What may be kept of a request to `url`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return SentRequest(method, "", "", round(seconds * 1000))
    return SentRequest(method, host[:200], masked_path(url), round(seconds * 1000))


def masked_path(url: str) -> str:
    """The path of a URL with numbers, addresses and opaque keys replaced by “…”, and the names of its query without their values."""
    parts = urlsplit(url)
    path = "/".join(_masked(segment) for segment in parts.path.split("/"))
    names = dict.fromkeys(name for name, _value in parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{_masked(name)}={HIDDEN}" for name in names)
    return f"{path}?{query}"[:LONGEST_PATH] if query else path[:LONGEST_PATH]


def without_numbers(text: str) -> str:
    """A sentence without secrets, phone numbers and addresses of e-mail."""
    return " ".join(HIDDEN if "@" in word else word for word in _DIGITS.sub(HIDDEN, redact_text(text)).split(" "))


def _masked(segment: str) -> str:
    """One step of a path. Versions and words stay; whatever could name somebody does not."""
    plain = unquote(segment)
    digits = sum(character.isdigit() for character in plain)
    if _VERSION.fullmatch(plain):
        return plain
    if "@" in plain or digits >= MOST_DIGITS or (digits and len(plain) >= OPAQUE_FROM):
        return HIDDEN
    return redact_text(plain)
