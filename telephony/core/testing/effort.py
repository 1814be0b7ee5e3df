"""How hard the suite looks for odd cases: a little in the default run, thoroughly where TEST_EFFORT says so."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("TEST_EFFORT") == "thorough"


def tries(thorough: int) -> int:
    """How many random cases a property is tried with: `thorough` on request, else a quarter of it, and at least five."""
    return thorough if THOROUGH else max(thorough // 4, 5)
