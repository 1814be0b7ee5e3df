"""How hard the suite looks for odd cases: a little in the default run, thoroughly where TEST_EFFORT says so."""

from __future__ import annotations

import os

import pytest

THOROUGH = os.environ.get("TEST_EFFORT") == "thorough"

takes_seconds = pytest.mark.skipif(
    not THOROUGH, reason="takes seconds: set TEST_EFFORT=thorough, as CI does on PostgreSQL, to run it"
)
"""For the few tests that walk through the whole site or start processes, and would make the default suite a third longer."""


def tries(thorough: int) -> int:
    """How many random cases a property is tried with: `thorough` on request, else a sixth of it, and at least five."""
    return thorough if THOROUGH else max(thorough // 6, 5)
