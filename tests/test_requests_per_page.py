"""What a page costs the provider, over real HTTP against the sandbox: no request twice, and connections that are used again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from html import unescape

import pytest
from django.test import Client

from sandbox.request_log import RecordedRequest
from sandbox.testing import RunningSandbox
from telephony.models import LinkedAccount, OAuthClient, Reading
from telephony.tests.conftest import link

MakeClient = Callable[..., OAuthClient]
LOADED_AT_ONCE = re.compile(r'hx-get="([^"]+)" hx-trigger="load"')
MOST_CONNECTIONS = 8  # requests that one page has under way at the same time, at most
BOTH_KINDS = [(provider, persona) for provider in ("sipgate", "ringcentral", "goto") for persona in ("admin", "user")]


@pytest.fixture
def account(
    request: pytest.FixtureRequest,
    browser: Client,
    sandbox: RunningSandbox,
    oauth_client: MakeClient,
) -> LinkedAccount:
    """An account of the provider and the person that the test names, linked and never read."""
    provider, persona = request.param
    account = link(browser, sandbox, oauth_client(provider), persona)
    sandbox.requests.clear()
    return account


def open_page(browser: Client, url: str) -> int:
    """Load a page and every part that it loads by itself, as a browser does; gives how many parts there were."""
    parts = LOADED_AT_ONCE.findall(browser.get(url).content.decode())
    for part in parts:
        assert browser.get(unescape(part), headers={"HX-Request": "true"}).status_code == 200
    return len(parts)


def twice(requests: Iterable[RecordedRequest]) -> list[str]:
    """What was asked more than once."""
    asked = Counter(f"{request.method} {request.path}?{request.query}" for request in requests)
    return [what for what, times in asked.items() if times > 1]


@pytest.mark.parametrize("account", BOTH_KINDS, indirect=True, ids="-".join)
def test_the_page_of_an_account_asks_nothing_twice(
    account: LinkedAccount, browser: Client, sandbox: RunningSandbox
) -> None:
    assert open_page(browser, account.get_absolute_url()) > 0

    assert len(sandbox.requests) > 1
    assert twice(sandbox.requests) == []


@pytest.mark.parametrize("account", BOTH_KINDS, indirect=True, ids="-".join)
def test_a_card_of_the_dashboard_is_one_part_and_asks_nothing_twice(
    account: LinkedAccount, browser: Client, sandbox: RunningSandbox
) -> None:
    assert open_page(browser, "/telephony/") == 2  # the card, and the overview above the cards, which asks nobody

    assert twice(sandbox.requests) == []


@pytest.mark.parametrize("account", BOTH_KINDS, indirect=True, ids="-".join)
def test_the_call_log_is_read_with_one_request_a_page(
    account: LinkedAccount, browser: Client, sandbox: RunningSandbox
) -> None:
    assert open_page(browser, f"{account.get_absolute_url()}calls/") == 1

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("account", [("sipgate", "admin")], indirect=True)
def test_what_was_read_a_moment_ago_is_not_asked_for_again(
    account: LinkedAccount, browser: Client, sandbox: RunningSandbox
) -> None:
    open_page(browser, account.get_absolute_url())
    sandbox.requests.clear()

    open_page(browser, account.get_absolute_url())
    open_page(browser, "/telephony/")

    assert list(sandbox.requests) == []


@pytest.mark.parametrize("account", [("sipgate", "admin"), ("ringcentral", "admin")], indirect=True, ids="-".join)
def test_connections_are_used_again(account: LinkedAccount, browser: Client, sandbox: RunningSandbox) -> None:
    open_page(browser, account.get_absolute_url())
    Reading.objects.all().delete()
    open_page(browser, account.get_absolute_url())

    connections = {request.connection for request in sandbox.requests}
    assert len(connections) <= MOST_CONNECTIONS
    assert len(connections) < len(sandbox.requests)
