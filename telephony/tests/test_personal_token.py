"""Linking with a personal access token: each way to fail has its own sentence, and the token is never shown again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.errors import ScopeMissing
from telephony.models import CredentialKind, LinkedAccount, LinkState, Notice, OAuthClient, Secret, SyncState, Token
from telephony.services import notice_checks
from telephony.services.notice_mail import mail_of
from telephony.services.sync import ensure_states, sync_log
from telephony.tasks import prove_token
from telephony.tests.conftest import sign_in

URL = "/telephony/link/sipgate/token/"
GOOD = {"token_id": "token-SBXALL", "token": "5e11c0de-0000-4000-8000-a11000000001", "environment": "sandbox"}


@pytest.fixture
def ready(browser: Client, sandbox: RunningSandbox, oauth_client: Callable[..., OAuthClient]) -> Client:
    """A browser on a site whose sipgate client points at the sandbox."""
    oauth_client("sipgate")
    return browser


def test_a_good_token_links_the_account(ready: Client) -> None:
    page = ready.post(URL, GOOD, follow=True)

    account = LinkedAccount.objects.get()
    assert "is linked." in page.content.decode()
    assert account.client is None
    assert Token.objects.get(account=account).kind == CredentialKind.PERSONAL


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"token_id": "nonsense"}, "does not look like a token ID"),
        ({"token": "short"}, "does not look like a token."),
        ({"token_id": ""}, "This field is required"),
        ({"token": "5e11c0de-0000-4000-8000-a11000009999"}, "does not know this token ID and token"),
        ({"environment": "elsewhere"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said(ready: Client, changed: dict[str, str], sentence: str) -> None:
    page = ready.post(URL, GOOD | changed)

    text = page.content.decode()
    assert sentence in text
    assert (GOOD | changed)["token_id"] in text
    assert not LinkedAccount.objects.exists()


def test_a_provider_that_is_away_is_not_the_tokens_fault(ready: Client, sandbox: RunningSandbox) -> None:
    sandbox.faults.add("unavailable", provider="sipgate")

    page = ready.post(URL, GOOD).content.decode()

    assert "could not be checked" in page
    assert not LinkedAccount.objects.exists()


def test_a_token_without_a_needed_permission_says_which(ready: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_arguments: object) -> None:
        raise ScopeMissing("sipgate", scopes=["account:read"])

    monkeypatch.setattr("telephony.views.link.link_personal_token", lacking)

    assert "does not include account:read" in ready.post(URL, GOOD).content.decode()


def test_a_token_that_may_not_tell_whose_it_is_has_its_own_sentence(ready: Client, sandbox: RunningSandbox) -> None:
    sandbox.faults.add("forbidden", provider="sipgate")

    page = ready.post(URL, GOOD).content.decode()

    assert "may not even tell whose account it belongs to" in page
    assert "Nothing was stored" in page


LEAN = {"token_id": "token-SBXRED", "token": "5e11c0de-0000-4000-8000-a11000000002", "environment": "sandbox"}
HTMX = {"HX-Request": "true"}


def test_what_a_lean_token_may_not_read_is_told_as_such_and_never_as_nothing_there(ready: Client) -> None:
    ready.post(URL, LEAN)
    account = LinkedAccount.objects.get()

    parts = ("facts", "extensions/summary")
    page = "".join(
        ready.get(f"/telephony/accounts/{account.pk}/{part}/", headers=HTMX).content.decode() for part in parts
    )

    assert "lists no extensions" not in page
    assert "the token does not include users:read, or your user at sipgate may not do this. Replace the token" in page
    assert "the token does not include balance:read, or" in page
    assert f"{URL}?relink={account.pk}" in page


def test_a_better_token_takes_up_at_once_what_waited_for_a_permission(ready: Client) -> None:
    ready.post(URL, LEAN)
    account = LinkedAccount.objects.get()
    waiting = sync_log(ensure_states(account)[0].pk)
    assert waiting.error_code == ScopeMissing.code
    assert waiting.next_pass_at > timezone.now() + timedelta(hours=1)
    told = ready.get(f"/telephony/accounts/{account.pk}/history/").content.decode()
    why = ready.get(f"/telephony/accounts/{account.pk}/why/").content.decode()

    ready.post(f"{URL}?relink={account.pk}", GOOD)

    assert "the token does not include history:read, or" in told
    assert "does not let us read everything" in why
    assert "You need not do anything" not in why
    waiting.refresh_from_db()
    assert (waiting.error_code, waiting.sentence, waiting.failures) == ("", "", 0)
    assert waiting.next_pass_at <= timezone.now()


def test_linking_again_does_not_shorten_a_pause_that_the_provider_asked_for(ready: Client) -> None:
    ready.post(URL, GOOD)
    account = LinkedAccount.objects.get()
    state = ensure_states(account)[0]
    later = timezone.now() + timedelta(minutes=30)
    SyncState.objects.filter(pk=state.pk).update(error_code="rate_limited", next_pass_at=later)

    ready.post(f"{URL}?relink={account.pk}", GOOD)

    state.refresh_from_db()
    assert state.next_pass_at == later


def test_the_token_is_never_echoed(ready: Client) -> None:
    page = ready.post(URL, GOOD | {"token_id": "nonsense"}).content.decode()

    assert GOOD["token"] not in page


def test_a_token_of_somebody_elses_account_is_refused(ready: Client, stranger: User) -> None:
    sign_in(stranger).post(URL, GOOD)

    page = ready.post(URL, GOOD)

    assert page.status_code == 409
    assert "Somebody else has linked this account" in page.content.decode()


def test_a_token_can_be_replaced(ready: Client) -> None:
    ready.post(URL, GOOD)
    account = LinkedAccount.objects.get()

    page = ready.post(f"{URL}?relink={account.pk}", GOOD, follow=True)

    assert "is linked again" in page.content.decode()
    assert ready.get(f"{URL}?relink=999999").status_code == 404


def test_a_post_without_step_up_is_not_kept_anywhere(
    person: User, sandbox: RunningSandbox, oauth_client: Callable[..., OAuthClient]
) -> None:
    oauth_client("sipgate")

    answer = sign_in(person, stepped_up=False).post(URL, GOOD)

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert all(GOOD["token"] not in str(session.get_decoded()) for session in Session.objects.all())


@pytest.mark.parametrize("provider", ["goto", "nobody"])
def test_providers_without_such_tokens_have_no_such_page(browser: Client, provider: str) -> None:
    assert browser.get(f"/telephony/link/{provider}/token/").status_code == 404


def test_an_idle_token_is_tested_with_one_request_and_its_end_is_told_in_words(
    ready: Client, sandbox: RunningSandbox
) -> None:
    ready.post(URL, GOOD)
    account = LinkedAccount.objects.get()
    sandbox.requests.clear()

    assert prove_token.call(account.pk) == ""
    assert len(sandbox.requests) == 1
    account.refresh_from_db()
    assert account.last_used_at is not None

    sandbox.faults.add("unavailable", provider="sipgate")
    assert prove_token.call(account.pk)
    assert LinkedAccount.objects.get().link_state is LinkState.DELAYED, "an outage is not the token's end"
    sandbox.faults.clear()
    token = Token.objects.get(account=account)
    token.access_token = Secret.seal(f"{GOOD['token_id']}:5e11c0de-0000-4000-8000-a11000009999", token.purpose)
    token.save(update_fields=["access_token"])
    assert prove_token.call(account.pk)
    account.refresh_from_db()
    assert account.link_state is LinkState.NEEDS_RELINKING
    assert "personal access token" in account.state_reason
    notice_checks.check(account.user)
    assert "was deleted or changed" in mail_of(Notice.objects.get()).body
