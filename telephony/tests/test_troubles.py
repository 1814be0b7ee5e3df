"""Accounts that do not simply work: every page says what is wrong and what to do, in the person's language."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from django.test import Client

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.models import LinkedAccount, LinkState, OAuthClient, Reading
from telephony.tests.conftest import link
from telephony.tests.making import make_account

MakeClient = Callable[..., OAuthClient]
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (LinkState.NEEDS_RELINKING, "needs to be linked again"),
        (LinkState.DELAYED, "are delayed"),
        (LinkState.DISABLED, "Staff have disabled this account"),
        (LinkState.UNLINKING, "is being unlinked"),
    ],
)
def test_a_banner_names_the_state(
    state: LinkState, sentence: str, browser: Client, person: User, oauth_client: MakeClient
) -> None:
    account = make_account(person, oauth_client("goto"), state=state)

    for url in ("/telephony/", account.get_absolute_url(), account.get_absolute_url() + "calls/"):
        text = browser.get(url).content.decode()
        assert sentence in text
        assert state.label in text or "calls/" in url


def test_linking_again_is_one_click(browser: Client, person: User, oauth_client: MakeClient) -> None:
    client = oauth_client("goto")
    account = make_account(person, client, state=LinkState.NEEDS_RELINKING)

    page = browser.get(account.get_absolute_url()).content.decode()

    assert f"/accounts/goto/login/?process=connect&amp;client={client.pk}&amp;relink={account.pk}" in page


def test_a_missing_permission_is_one_click_away(browser: Client, person: User, oauth_client: MakeClient) -> None:
    account = make_account(person, oauth_client("goto"), granted_scopes=["users.v1.read"])

    page = browser.get(account.get_absolute_url()).content.decode()

    assert "You have not agreed to cr.v1.read." in page
    assert f"relink={account.pk}&amp;scope=cr.v1.read" in page


def test_an_account_of_a_provider_that_is_gone_still_has_its_pages(browser: Client, person: User) -> None:
    account = make_account(person, provider="nobody")

    for url in ("", "extensions/", "calls/", "unlink/"):
        assert browser.get(account.get_absolute_url() + url).status_code == 200
    assert "is not installed any more" in browser.get("/telephony/").content.decode()
    assert browser.post(account.get_absolute_url() + "refresh/", follow=True).status_code == 200
    assert "is unlinked" in browser.post(account.get_absolute_url() + "unlink/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("provider", "fault"),
    [
        *product(["goto", "ringcentral", "sipgate"], ["server_error", "forbidden"]),
        ("goto", "html"),
        ("ringcentral", "truncated"),
        ("sipgate", "reset"),
        ("goto", "empty"),
        ("ringcentral", "wrong_types"),
        ("sipgate", "rate_limited"),
    ],
)
def test_fragments_never_raise_and_say_what_happened(
    provider: str,
    fault: str,
    browser: Client,
    sandbox: RunningSandbox,
    oauth_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("urllib3.util.retry.Retry.sleep", lambda *_: None)
    account = link(browser, sandbox, oauth_client(provider))
    sandbox.faults.add(fault, provider=provider)

    for part in ("facts/", "extensions/live/", "extensions/summary/", "calls/read/"):
        answer = browser.get(account.get_absolute_url() + part, headers=HTMX)
        assert answer.status_code == 200
        if part == "calls/read/" and fault != "wrong_types":
            assert "callout" in answer.content.decode()
    assert LinkedAccount.objects.get().link_state is not LinkState.NEEDS_RELINKING


def test_a_broken_account_does_not_keep_another_from_being_read(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    broken, fine = link(browser, sandbox, oauth_client("goto")), link(browser, sandbox, oauth_client("sipgate"))
    sandbox.faults.add("server_error", provider="goto")

    answers = [
        browser.get(account.get_absolute_url() + "calls/read/", headers=HTMX).content.decode()
        for account in (broken, fine)
    ]

    assert "reports a fault of its own" in answers[0]
    assert ": read <time" in answers[1]


def test_a_pause_that_the_provider_asked_for_is_kept(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("goto"))
    sandbox.faults.add("rate_limited", provider="goto", retry_after=300)
    first = browser.get(account.get_absolute_url() + "calls/read/", headers=HTMX).content.decode()
    sandbox.requests.clear()

    second = browser.get(account.get_absolute_url() + "calls/?live=1").content.decode()

    assert "asks us to slow down" in first
    assert "asks us to slow down" in second
    assert len(sandbox.requests) == 0


def test_a_trouble_is_told_in_the_language_of_who_looks(
    browser: Client, person: User, oauth_client: MakeClient
) -> None:
    account = make_account(person, oauth_client("goto"), state=LinkState.DISABLED)
    Reading.objects.filter(account=account, section="facts").update(
        error_code="unreachable", sentence="stored in another language"
    )

    page = browser.get(account.get_absolute_url()).content.decode()

    assert "stored in another language" not in page
    assert "did not answer in time" in page


def test_extensions_that_cannot_be_read_at_all_are_no_sign_of_life(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"))
    sandbox.faults.add("unavailable", provider="ringcentral")

    for part in ("facts/", "extensions/summary/"):
        page = browser.get(account.get_absolute_url() + part, headers=HTMX).content.decode()

    assert "Delayed" in page
    assert LinkedAccount.objects.get().link_state is LinkState.DELAYED


def test_a_card_says_a_trouble_once(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))
    sandbox.faults.add("unavailable", provider="sipgate")

    page = browser.get(account.get_absolute_url() + "facts/?in=card", headers=HTMX).content.decode()

    assert page.count("reports a fault of its own") == 1
