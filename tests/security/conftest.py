"""The people of a crawl, with something of each kind in the database."""

from __future__ import annotations

import pytest

from tests.conftest import _sandbox, browser, oauth_client, person, sandbox
from tests.security.world import World

__all__ = ["_sandbox", "browser", "oauth_client", "person", "sandbox"]


@pytest.fixture
def world(db: None) -> World:
    """Everybody and everything."""
    return World()
