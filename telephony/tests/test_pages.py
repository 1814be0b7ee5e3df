"""The pages of linked accounts, from the first paint to what the fragments bring, against the sandbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from sandbox.testing import RunningSandbox
from telephony.models import Call, Extension, LinkedAccount, OAuthClient
from telephony.tests.conftest import link

MakeClient = Callable[..., OAuthClient]
PROVIDERS = ["goto", "ringcentral", "sipgate"]
HTMX = {"HX-Request": "true"}


@pytest.fixture(params=PROVIDERS)
def account(
    request: pytest.FixtureRequest, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> LinkedAccount:
    """A linked account of each provider; what linking itself asked for is forgotten."""
    found = link(browser, sandbox, oauth_client(request.param))
    sandbox.requests.clear()
    return found


def test_first_paint_waits_for_no_provider(browser: Client, account: LinkedAccount, sandbox: RunningSandbox) -> None:
    for page in ("/telephony/", *pages_of(account), "/telephony/calls/"):
        assert browser.get(page).status_code == 200

    assert len(sandbox.requests) == 0


def test_fragments_bring_facts_extensions_and_calls(browser: Client, account: LinkedAccount) -> None:
    base = account.get_absolute_url()

    for part in ("facts/", "extensions/live/", "extensions/summary/", "calls/read/", "calls/list/"):
        answer = browser.get(base + part, headers=HTMX)
        assert answer.status_code == 200, part
        assert "callout--" not in answer.content.decode(), answer.content.decode()

    account.refresh_from_db()
    assert account.company
    assert Extension.objects.filter(account=account).exists()
    assert Call.objects.filter(account=account).exists()


def test_a_call_has_a_page(browser: Client, account: LinkedAccount) -> None:
    browser.get(account.get_absolute_url() + "calls/?live=1")

    for call in Call.objects.filter(account=account)[:20]:
        page = browser.get(call.get_absolute_url())
        assert page.status_code == 200
        assert "Show it as it came" in page.content.decode()


def pages_of(account: LinkedAccount) -> list[str]:
    """The pages of one account."""
    return [account.get_absolute_url() + part for part in ("", "extensions/", "calls/", "unlink/")]
