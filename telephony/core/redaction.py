"""Removing secrets from anything that may be stored, logged or shown. Replaces by key and by value."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

REDACTED = "[redacted]"
DEEPEST = 60  # levels of nesting

SECRET_KEYS = frozenset(
    {
        "access_token", "refresh_token", "id_token", "token", "client_secret", "code", "code_verifier", "password",
        "authorization", "proxy-authorization", "cookie", "set-cookie", "credentials", "assertion", "pat", "puk1", "puk2",
        "secret", "verificationtoken", "state", "session_state",
    }
)  # fmt: skip

_QUERY = re.compile(
    r"(?i)\b(access_token|refresh_token|id_token|token|client_secret|client_assertion|code|code_verifier|state|password|pat)"
    r"(=|%3D)([^&\s\"'<>,;]+)"
)
_JSON = re.compile(
    r"(?i)([\"'](?:access_token|refresh_token|id_token|token|client_secret|code|code_verifier|password|pat)[\"']\s*:\s*)"
    r"([\"'])(?:\\.|(?!\2).)*\2"
)
_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")
_UUID_PAIR = re.compile(r"\btoken-[A-Za-z0-9-]{6,}:[0-9a-fA-F-]{32,}")


def redact_text(text: str) -> str:
    """`text` without bearer and basic credentials, JSON web tokens and the values of known secret parameters."""
    folded = text.casefold()  # looking for what each pattern needs is many times faster than the pattern
    if "bearer" in folded or "basic" in folded:
        text = _HEADER.sub(lambda match: f"{match[1]} {REDACTED}", text)
    if "eyJ" in text:
        text = _JWT.sub(REDACTED, text)
    if "token-" in text:
        text = _UUID_PAIR.sub(REDACTED, text)
    if '"' in text or "'" in text:
        text = _JSON.sub(lambda match: f"{match[1]}{match[2]}{REDACTED}{match[2]}", text)
    if "=" in text or "%3d" in folded:
        text = _QUERY.sub(lambda match: f"{match[1]}{match[2]}{REDACTED}", text)
    return text


# Secrets that this process has opened or sealed lately, for texts that name them without a word that gives them away.
_opened: OrderedDict[str, tuple[str, ...]] = OrderedDict()
MOST_OPENED = 200
SHORTEST_OPENED = 8  # characters; shorter ones would be found in ordinary words


def remember_secret(plain: str) -> None:
    """Let `redact_log` remove this very text from now on, also in base64 and percent-encoded."""
    for part in {plain, *plain.split(":", 1)}:
        if len(part) < SHORTEST_OPENED:
            continue
        if part not in _opened:
            encoded = b64encode(part.encode()).decode().rstrip("=")
            _opened[part] = tuple(dict.fromkeys((part, quote(part, safe=""), encoded)))
            if len(_opened) > MOST_OPENED:
                _opened.popitem(last=False)


def redact_log(text: str) -> str:
    """As `redact_text`, and without any secret that this process knows by value. For logs and error mails, where time matters less."""
    for forms in list(_opened.values()):
        for form in forms:
            if form in text:
                text = text.replace(form, REDACTED)
    return redact_text(text)


def redact(value: Any, *, depth: int = 0) -> Any:
    """A copy of a JSON-like value in which every value under a secret key, and every secret inside a text, is replaced.

    Whatever is nested deeper than `DEEPEST` levels is replaced too: no vendor does that, and recursion must end.
    """
    if depth > DEEPEST:
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, (dict, Mapping)):  # a dict is told without asking the abstract class, which is slow
        return {
            key: REDACTED if str(key).lower() in SECRET_KEYS else redact(item, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact(item, depth=depth + 1) for item in value]
    return value
