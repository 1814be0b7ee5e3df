"""Sentences that are stored in English are read in the reader's language."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from telephony.core.errors import GrantEnded, ProviderError, RoleMissing, ScopeMissing, ServerFault, Unreachable
from telephony.services.retelling import retold

ERRORS = [
    Unreachable("sipgate"),
    GrantEnded("GoTo Connect"),
    ServerFault("RingCentral", status=503),
    ScopeMissing("sipgate", scopes=["history:read", "balance:read"]),
    RoleMissing("RingCentral", role="ReadCallLog"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_says_the_same_as_if_it_had_just_happened(error: ProviderError) -> None:
    with override("en"):
        stored = error.sentence
        assert retold(stored) == stored
    with override("de"):
        assert retold(stored) == error.sentence != stored


def test_a_sentence_without_places_is_looked_up() -> None:
    with override("de"):
        assert retold("Revoked at the provider.") == "Beim Anbieter widerrufen."


@pytest.mark.parametrize("stored", ["", "Something that nobody has translated."])
def test_what_is_not_known_stays_as_it_is(stored: str) -> None:
    with override("de"):
        assert retold(stored) == stored
