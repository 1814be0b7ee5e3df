"""The people, browsers and sandbox of the telephony tests, for the tests that concern the whole site."""

from __future__ import annotations

from telephony.tests.conftest import _sandbox, browser, oauth_client, person, sandbox

__all__ = ["_sandbox", "browser", "oauth_client", "person", "sandbox"]
