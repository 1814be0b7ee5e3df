"""What a provider calls a leg of a call, for people to read."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Za-z_ -]+")
_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|_")


def humanised(label: str) -> str:
    """A word that no table has: "ROUTED NEW_THING" is "Routed new thing", "FindMe" "Find me". Numbers and names stay as they are."""
    if not _WORDS.fullmatch(label):
        return label
    words = _SEAM.sub(" ", label).split()
    text = " ".join(word.lower() if label.isupper() or word.istitle() else word for word in words)
    return text[:1].upper() + text[1:]
