"""Making vendor JSON safe to store: both databases refuse some values that Python's JSON reader accepts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from telephony.core.redaction import REDACTED, SECRET_KEYS, redact, redact_text

_DEEPEST = 40


def storable(value: Any) -> Any:
    """A redacted copy of a JSON-like value without NUL characters (PostgreSQL refuses them), NaN, infinities and lone surrogates.

    What lies deeper than forty levels is replaced by its text.
    """
    return _clean(value, 0)


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
