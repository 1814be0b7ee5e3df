"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from urllib3.util.retry import Retry


@pytest.fixture(scope="session", autouse=True)
def _no_pause_between_retries() -> Iterator[None]:
    """Reads are repeated as they are in earnest, but at once. How long they wait is tested where it is decided, in test_retries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Retry, "sleep", lambda self, response=None: None)
        yield
