"""Refreshing: what is asked, what is stored, and what each failure means for the link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import responses
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import ClientRejected, GrantEnded, OutcomeUnknown, ProviderError, ServerFault, TryLater
from telephony.core.oauth import TokenSet
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState, Secret, Token
from telephony.services import tokens
from telephony.services.credentials import store_grant
from telephony.services.tokens import authorization_header, due_for_refresh, fresh_access_token
from telephony.tests.accounts import expire, make_account, make_personal

TOKEN_URL = "https://platform.ringcentral.com/restapi/oauth/token"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for real between two tries."""
    monkeypatch.setattr(tokens, "REPEAT_AFTER", 0)
    monkeypatch.setattr(tokens, "WAIT_FOR_OTHER", 0.3)


@pytest.fixture
def provider() -> Iterator[responses.RequestsMock]:
    """The provider's token endpoint."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """An account whose access token has just ended."""
    account = make_account(person)
    expire(account)
    return account


def pair(number: int, **more: object) -> dict[str, object]:
    """A token answer."""
    return {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 3600} | more


def stored(account: LinkedAccount) -> tuple[str, str]:
    """The pair in the database, opened."""
    token = Token.objects.get(account=account)
    return token.access_token.reveal(token.purpose), token.refresh_token.reveal(token.purpose)


def test_a_token_that_is_still_good_is_used_without_asking(person: User, provider: responses.RequestsMock) -> None:
    assert fresh_access_token(make_account(person)) == "access-1"
    assert len(provider.calls) == 0


def test_a_token_about_to_end_is_refreshed_and_stored_sealed(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, json=pair(2))
    assert fresh_access_token(account) == "access-2"
    assert stored(account) == ("access-2", "refresh-2")
    token = Token.objects.get(account=account)
    assert token.generation == 2
    assert not token.lease_owner
    assert "access-2" not in token.access_token.stored
    assert AccountEvent.objects.filter(account=account, kind=EventKind.REFRESHED).count() == 1


def test_the_old_refresh_token_stays_when_the_answer_has_none(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, json={"access_token": "access-2", "expires_in": 3600})
    fresh_access_token(account)
    assert stored(account) == ("access-2", "refresh-1")


def test_invalid_grant_means_re_linking_and_deletes_nothing(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, status=400, json={"error": "invalid_grant", "error_description": "Token revoked"})
    with pytest.raises(GrantEnded):
        fresh_access_token(account)
    account.refresh_from_db()
    assert account.link_state is LinkState.NEEDS_RELINKING
    assert "revoked" in account.state_reason
    assert stored(account) == ("access-1", "refresh-1")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 500, "json": {"error": "server_error"}}, ServerFault),
        ({"status": 503, "body": "<html>busy</html>"}, ServerFault),
        ({"status": 429, "json": {}, "headers": {"Retry-After": "30"}}, TryLater),
        ({"status": 200, "body": "<html>welcome</html>"}, TryLater),
        ({"status": 200, "json": {"token_type": "bearer"}}, TryLater),
        ({"status": 403, "body": "<html>firewall</html>"}, TryLater),
        ({"status": 400, "body": "bad request"}, TryLater),
        ({"status": 307, "headers": {"Location": "https://evil.example.org/token"}}, TryLater),
        ({"body": requests.ConnectTimeout("no route")}, TryLater),
        ({"body": requests.ReadTimeout("silence")}, OutcomeUnknown),
        ({"body": requests.ConnectionError("reset by peer")}, OutcomeUnknown),
    ],
)
def test_a_blip_never_unlinks(
    account: LinkedAccount,
    provider: responses.RequestsMock,
    answer: dict[str, object],
    error: type[ProviderError],
) -> None:
    provider.post(TOKEN_URL, **answer)
    with pytest.raises(error):
        fresh_access_token(account)
    account.refresh_from_db()
    assert account.link_state is LinkState.DELAYED
    assert account.retry_at is not None
    assert stored(account) == ("access-1", "refresh-1")
    token = Token.objects.get(account=account)
    assert token.failures == 1
    assert token.cooldown_until is not None
    assert not token.lease_owner


def test_a_wrong_client_secret_is_the_staffs_business_and_keeps_the_link(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, status=401, json={"error": "invalid_client"})
    with pytest.raises(ClientRejected):
        fresh_access_token(account)
    account.refresh_from_db()
    assert account.link_state is LinkState.DELAYED


def test_during_the_cool_down_nobody_asks_and_the_provider_is_left_in_peace(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, status=503)
    with pytest.raises(ServerFault):
        fresh_access_token(account)
    asked = len(provider.calls)
    with pytest.raises(TryLater) as caught:
        fresh_access_token(account)
    assert len(provider.calls) == asked
    assert caught.value.retry_after


def test_retry_after_outlasts_our_own_cool_down(account: LinkedAccount, provider: responses.RequestsMock) -> None:
    provider.post(TOKEN_URL, status=429, headers={"Retry-After": "600"})
    with pytest.raises(TryLater):
        fresh_access_token(account)
    until = Token.objects.get(account=account).cooldown_until
    assert until is not None
    assert until > timezone.now() + timedelta(seconds=580)


def test_a_lost_answer_is_asked_for_once_more_with_the_same_token(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, body=requests.ReadTimeout("lost"))
    provider.post(TOKEN_URL, json=pair(2))
    assert fresh_access_token(account) == "access-2"
    assert [call.request.body for call in provider.calls] == ["grant_type=refresh_token&refresh_token=refresh-1"] * 2


def test_a_refusal_after_a_lost_answer_says_that_the_answer_was_lost(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, body=requests.ReadTimeout("lost"))
    with pytest.raises(OutcomeUnknown):
        fresh_access_token(account)
    Token.objects.filter(account=account).update(cooldown_until=None)
    provider.replace(responses.POST, TOKEN_URL, status=400, json={"error": "invalid_grant"})
    with pytest.raises(GrantEnded):
        fresh_access_token(account)
    account.refresh_from_db()
    assert "lost" in account.state_reason


def test_invalid_grant_is_not_believed_when_somebody_else_has_refreshed_meanwhile(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    def other_wins(_request: object) -> tuple[int, dict[str, str], str]:
        store_grant(account, TokenSet("access-9", "refresh-9", 3600), frozenset())
        return 400, {}, '{"error": "invalid_grant"}'

    provider.add_callback(responses.POST, TOKEN_URL, other_wins)
    assert fresh_access_token(account) == "access-9"
    account.refresh_from_db()
    assert account.link_state is LinkState.ACTIVE


def test_a_refresh_that_ends_after_re_linking_does_not_overwrite_the_new_tokens(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    def relinked(_request: object) -> tuple[int, dict[str, str], str]:
        store_grant(account, TokenSet("access-9", "refresh-9", 3600), frozenset())
        return 200, {}, '{"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600}'

    provider.add_callback(responses.POST, TOKEN_URL, relinked)
    assert fresh_access_token(account) == "access-9"
    assert stored(account) == ("access-9", "refresh-9")


def test_the_lease_of_a_killed_refresher_ends_by_itself(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.post(TOKEN_URL, json=pair(2))
    now = timezone.now()
    Token.objects.filter(account=account).update(lease_owner="dead", lease_until=now + timedelta(seconds=60))
    with pytest.raises(TryLater):
        fresh_access_token(account)
    assert len(provider.calls) == 0
    Token.objects.filter(account=account).update(lease_until=now - timedelta(seconds=1))
    assert fresh_access_token(account) == "access-2"


def test_while_another_refreshes_a_token_that_still_works_is_used(
    person: User, provider: responses.RequestsMock
) -> None:
    account = make_account(person, tokens=TokenSet("access-1", "refresh-1", 30))
    Token.objects.filter(account=account).update(lease_owner="other", lease_until=timezone.now() + timedelta(minutes=1))
    assert fresh_access_token(account) == "access-1"
    assert len(provider.calls) == 0


def test_a_token_that_cannot_be_decrypted_asks_for_re_linking_and_is_kept(account: LinkedAccount) -> None:
    sealed = "v1:deadbeef:gAAAAA-not-ours"
    Token.objects.filter(account=account).update(access_token=Secret(sealed))
    with pytest.raises(GrantEnded):
        fresh_access_token(account)
    account.refresh_from_db()
    assert account.link_state is LinkState.NEEDS_RELINKING
    assert Token.objects.get(account=account).access_token.stored == sealed


def test_without_a_refresh_token_an_ended_access_token_asks_for_re_linking(person: User) -> None:
    account = make_account(person, tokens=TokenSet("access-1", "", 3600))
    expire(account)
    with pytest.raises(GrantEnded):
        fresh_access_token(account)
    account.refresh_from_db()
    assert account.link_state is LinkState.NEEDS_RELINKING


def test_a_personal_token_is_sent_as_basic_and_never_refreshed(person: User) -> None:
    header = authorization_header(make_personal(person))
    assert header.startswith("Basic ")
    assert not due_for_refresh(Token.objects.get(), timedelta(0), timezone.now())


def test_the_worker_renews_late_in_the_life_of_a_token_in_use_and_when_a_link_is_idle(person: User) -> None:
    account = make_account(person, tokens=TokenSet("access-1", "refresh-1", 1000))
    token = Token.objects.select_related("account").get(account=account)
    soon, late = token.obtained_at + timedelta(seconds=300), token.obtained_at + timedelta(seconds=700)
    day = timedelta(days=1)
    assert not due_for_refresh(token, day, late)  # never used since it was obtained
    token.account.last_used_at = token.obtained_at + timedelta(seconds=1)
    assert not due_for_refresh(token, day, soon)
    assert due_for_refresh(token, day, late)
    token.account.last_used_at = None
    assert due_for_refresh(token, day, token.obtained_at + day)
