"""Refreshing and unlinking a linked account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.models import (
    AccountEvent,
    BalanceReading,
    EventKind,
    LinkedAccount,
    LinkState,
    OAuthClient,
    Reading,
    Section,
    Token,
)
from telephony.tests.accounts import make_account
from telephony.tests.conftest import link, sign_in

MakeClient = Callable[..., OAuthClient]


@pytest.mark.parametrize("provider", ["sipgate", "ringcentral", "goto"])
def test_unlinking_revokes_at_the_provider_and_forgets_everything(
    provider: str, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client(provider))
    confirmation = browser.get(account.get_absolute_url() + "unlink/").content.decode()
    assert sandbox.sandbox.grants.sessions(provider)

    page = browser.post(account.get_absolute_url() + "unlink/", follow=True).content.decode()

    assert "Our access is revoked" in confirmation
    assert "is unlinked, and our access" in page
    assert all(session.revoked_at for session in sandbox.sandbox.grants.sessions(provider))
    assert not LinkedAccount.objects.exists()
    assert not Token.objects.exists()
    assert AccountEvent.objects.filter(kind=EventKind.UNLINKED).exists()


def test_what_could_not_be_revoked_is_said(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    account = link(browser, sandbox, oauth_client("goto"))
    sandbox.faults.add("unavailable", provider="goto")

    page = browser.post(account.get_absolute_url() + "unlink/", follow=True).content.decode()

    assert "did not confirm that access has been revoked" in page
    assert not LinkedAccount.objects.exists()


def test_unlinking_asks_for_the_password_again(
    person: User, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("goto"))

    answer = sign_in(person, stepped_up=False).post(account.get_absolute_url() + "unlink/")

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert LinkedAccount.objects.exists()


def test_refresh_reads_everything_however_fresh(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))

    for _ in range(2):
        page = browser.post(account.get_absolute_url() + "refresh/", {"next": "/telephony/"}, follow=True)

    assert page.redirect_chain == [("/telephony/", 302)]
    assert "Everything has been read" in page.content.decode()
    assert BalanceReading.objects.count() == 2


def test_refresh_answers_htmx_with_a_client_redirect(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("goto"))

    answer = browser.post(account.get_absolute_url() + "refresh/", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == account.get_absolute_url()


def test_refresh_goes_nowhere_else(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    account = link(browser, sandbox, oauth_client("goto"))

    answer = browser.post(account.get_absolute_url() + "refresh/", {"next": "https://evil.example/"})

    assert answer["Location"] == account.get_absolute_url()


def test_a_refresh_that_fails_says_why(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    account = link(browser, sandbox, oauth_client("goto"))
    sandbox.faults.add("html", provider="goto")

    page = browser.post(account.get_absolute_url() + "refresh/", follow=True).content.decode()

    assert "answered something that is not data" in page


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("rate_limited", "RingCentral asks us to slow down"),
        ("server_fault", "RingCentral reports a fault of its own"),
        ("unreachable", "RingCentral did not answer in time"),
        ("unusable_reply", "RingCentral answered something that is not data"),
    ],
)
def test_a_refresh_that_has_to_wait_says_for_what(
    browser: Client, person: User, sandbox: RunningSandbox, code: str, sentence: str
) -> None:
    account = make_account(person)
    soon = timezone.now() + timedelta(seconds=60)
    for section in (Section.FACTS, Section.EXTENSIONS):
        Reading.objects.create(
            account=account, section=section, tried_at=timezone.now(), error_code=code, retry_at=soon
        )

    page = browser.post(account.get_absolute_url() + "refresh/", follow=True).content.decode()

    assert f"Nothing was read. {sentence}" in page
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("kind", ["reset", "html"])
def test_after_many_faults_a_refresh_gives_the_same_reason_as_the_dashboard(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient, kind: str
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"))
    sandbox.faults.add(kind, provider="ringcentral")
    for _ in range(4):
        page = browser.post(account.get_absolute_url() + "refresh/", follow=True).content.decode()

    down = "is not answering since" in browser.get("/telephony/").content.decode()
    assert down == ("Nothing was read. RingCentral is not answering at the moment." in page)
    assert down or "RingCentral answered something that is not data" in page
    assert "asked for a pause" not in page


def test_a_host_that_is_back_is_asked_at_once(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"))
    soon = timezone.now() + timedelta(minutes=5)
    Reading.objects.update_or_create(
        account=account,
        section=Section.FACTS,
        defaults={"tried_at": timezone.now(), "error_code": "not_answering", "retry_at": soon},
    )

    page = browser.post(account.get_absolute_url() + "refresh/", follow=True).content.decode()

    assert "Everything has been read" in page


def test_a_disabled_account_is_not_read(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    account = link(browser, sandbox, oauth_client("goto"))
    LinkedAccount.objects.update(state=LinkState.DISABLED)
    sandbox.requests.clear()

    page = browser.post(account.get_absolute_url() + "refresh/", follow=True).content.decode()

    assert "Staff have disabled this account" in page
    assert len(sandbox.requests) == 0
