"""Making vendor JSON safe to store: both databases refuse some values that Python's JSON reader accepts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from telephony.core.redaction import REDACTED, SECRET_KEYS, redact, redact_text

_DEEPEST = 40

encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""JSON in one spelling: whatever the order in which a provider tells it."""

# A look at the whole text, which may be wrong in one way only: it suspects what is harmless. Each rule of redaction, and each secret key,
# needs one of these in lower case. Looking for a text in a text is many times faster than a pattern.
_SUSPECTS = (
    "\\", "eyj", "bearer", "basic", "token", "secret", "password", "verifi", "authorization", "cookie", "credentials", "assertion",
    "puk1", "puk2", "infinity",
)  # fmt: skip
_SHORT_WORDS = ("code", "state", "pat", "nan")  # parts of harmless words too, so they are suspect as words only
_SHORT_WORD = re.compile(rf"\b(?:{'|'.join(_SHORT_WORDS)}|session_state)\b")
_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(value: Any) -> Any:
    """A redacted copy of a JSON-like value without NUL characters (PostgreSQL refuses them), NaN, infinities and lone surrogates.

    What lies deeper than forty levels is replaced by its text.
    """
    return _clean(value, 0)


def harmless(text: str) -> bool:
    """Whether `storable` would certainly change nothing of the values whose JSON, as `encoded` gives it, this is.

    Without a backslash a word in the text has the same borders as in the value.
    """
    folded = text.lower()
    for suspect in _SUSPECTS:  # not by any(), which takes twice as long for every stored call
        if suspect in folded:
            return False
    if text.count("{") + text.count("[") > _DEEPEST:
        return False
    if any(word in folded for word in _SHORT_WORDS) and _SHORT_WORD.search(folded):
        return False
    return text.isascii() or not _SURROGATE.search(text)


def _clean(value: Any, depth: int) -> Any:
    """Redacts as `redact` does, in the same pass: every stored call goes through here."""
    if depth > _DEEPEST:
        return _clean_text(str(redact(value, depth=depth)))[:200]
    if isinstance(value, str):
        return _clean_text(redact_text(value))
    if isinstance(value, (dict, Mapping)):
        return {
            _clean_text(str(key)): REDACTED if str(key).lower() in SECRET_KEYS else _clean(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_clean(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _clean_text(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
