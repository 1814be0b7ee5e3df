"""What is stored in English – reasons, last errors, sentences of events – in the language of whoever reads it now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import get_language, gettext, override

from telephony.core.errors import ProviderError, RoleMissing, ScopeMissing

# Stand in for what a sentence tells, both in the pattern and in the sentence of the other language.
_MARKS = ("PROVIDER", "STATUS", "NAMES")
_FAMILY_SENTENCE = re.compile("|".join(_MARKS))


def retold(stored: str) -> str:
    """A stored English sentence in the active language; one that is not known stays as it is."""
    if not stored or (get_language() or "en").startswith("en"):
        return stored
    for pattern, error in _family():
        if found := pattern.fullmatch(stored):
            return _FAMILY_SENTENCE.sub(lambda mark: found[mark[0]], error.sentence)
    return gettext(stored)


@lru_cache(maxsize=1)
def _family() -> tuple[tuple[re.Pattern[str], ProviderError], ...]:
    """Every English sentence of the errors, with an error that says it in any language."""
    with override("en"):
        errors = {error.sentence: error for error in _samples()}
    return tuple((_pattern(sentence), error) for sentence, error in errors.items())


def _samples() -> Iterator[ProviderError]:
    provider, status, names = _MARKS
    yield ScopeMissing(provider, scopes=[names])
    yield RoleMissing(provider, role=names)
    for kind in _kinds(ProviderError):
        yield kind(provider)
        yield kind(provider, status=status)  # type: ignore[arg-type]  # the place of a number


def _kinds(kind: type[ProviderError]) -> Iterator[type[ProviderError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_FAMILY_SENTENCE.sub(lambda mark: f"(?P<{mark[0]}>.+)", re.escape(sentence)), re.DOTALL)
