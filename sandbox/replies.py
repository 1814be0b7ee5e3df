"""Who texts back: a text that ends with a question mark is answered after a few seconds, so that conversations can be tried out."""

from __future__ import annotations

ANSWERED_AFTER = 8.0
"""Seconds after a question was sent (or, scheduled, after its time)."""
ID_DISTANCE = 40_000_000
"""The answer's number is the question's and this."""
ANSWER = "Yes, that suits me. 👍"


def is_answered(text: str, age: float) -> bool:
    """Whether the answer to a text of this age has come in."""
    return text.rstrip().endswith("?") and age >= ANSWERED_AFTER
