"""Writes: done at most once, and the truth about them is kept, whatever went wrong and wherever it stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from telephony.core.client import ProviderClient
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    GrantEnded,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    ScopeMissing,
    ServerFault,
    TryLater,
    Unreachable,
    UnusableReply,
)
from telephony.core.write_errors import BalanceTooLow
from telephony.models import ActState, LinkState, Message
from telephony.models.acts import LOST_AFTER
from telephony.services import acts, gateway
from telephony.services.acts import Accepted
from telephony.tests.accounts import make_account

P = "Acme"


@pytest.fixture
def message(person: User) -> Message:
    """A text that waits."""
    return acts.register(drafted(person))[0]


def drafted(person: User, key: str = "key-1") -> Message:
    """A text that is not stored yet."""
    account = person.linked_accounts.first() or make_account(person)
    return Message(user=person, account=account, idempotency_key=key, recipient="+491711234567", body="Hello")


def raising(error: ProviderError) -> Callable[[ProviderClient], Accepted]:
    """Work that fails."""

    def work(client: ProviderClient) -> Accepted:
        raise error

    return work


def test_the_same_key_is_one_act(person: User, message: Message) -> None:
    again, is_new = acts.register(drafted(person))
    assert (again, is_new) == (message, False)
    assert acts.register(drafted(person, "key-2"))[1]


def test_the_same_key_of_another_person_is_another_act(message: Message, stranger: User) -> None:
    other = Message(user=stranger, account=message.account, idempotency_key="key-1", recipient="1", body="x")
    assert acts.register(other)[1]


def test_of_two_that_try_one_asks(message: Message) -> None:
    asked: list[ProviderClient] = []
    copy = Message.objects.get(pk=message.pk)

    def work(client: ProviderClient) -> Accepted:
        asked.append(client)
        return Accepted("r-1")

    assert acts.perform(message, work)
    assert not acts.perform(copy, work)
    assert len(asked) == 1
    assert (copy.act_state, copy.remote_id) == (ActState.ACCEPTED, "r-1")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OutcomeUnknown(P), ActState.UNKNOWN),
        (ServerFault(P, status=503), ActState.UNKNOWN),
        (UnusableReply(P, status=200), ActState.UNKNOWN),
        (UnusableReply(P, status=307), ActState.UNKNOWN),
        (TryLater(P, status=408), ActState.UNKNOWN),
        (UnusableReply(P, status=403), ActState.FAILED),
        (RateLimited(P, status=429, retry_after=7), ActState.FAILED),
        (BalanceTooLow(P, status=402), ActState.FAILED),
        (AccessDenied(P, status=403), ActState.FAILED),
        (Unreachable(P), ActState.FAILED),
    ],
    ids=repr,
)
def test_only_what_was_turned_down_has_failed(message: Message, error: ProviderError, state: ActState) -> None:
    acts.perform(message, raising(error))
    message.refresh_from_db()
    assert message.act_state is state
    assert message.settled_at
    assert message.error_sentence
    assert ("Nothing was sent" in message.error_next_step) is (state is ActState.FAILED)


def test_what_is_missing_and_how_long_to_wait_can_be_told_again(message: Message) -> None:
    acts.perform(message, raising(ScopeMissing(P, scopes=["SMS"], status=403, request_id="q-1")))
    message.refresh_from_db()
    assert (message.error_missing, message.request_id) == (["SMS"], "q-1")
    assert "SMS" in message.error_sentence
    other = acts.register(drafted(message.user, "key-2"))[0]
    acts.perform(other, raising(RateLimited(P, status=429, retry_after=7)))
    other.refresh_from_db()
    assert "7 seconds" in other.error_next_step


def test_a_refusal_of_one_text_says_nothing_about_the_link(message: Message) -> None:
    acts.perform(message, raising(BalanceTooLow(P, status=402)))
    message.account.refresh_from_db()
    assert message.account.last_error == ""
    assert message.account.link_state is LinkState.ACTIVE


def test_a_write_is_not_repeated_after_a_401_but_the_token_is_renewed(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[str] = []
    asked: list[ProviderClient] = []

    def renew(account: object, rejected: str) -> str:
        renewed.append(rejected)
        return "access-2"

    monkeypatch.setattr(gateway, "fresh_access_token", renew)

    def work(client: ProviderClient) -> Accepted:
        asked.append(client)
        raise CredentialRejected(P, "sending a text", status=401)

    acts.perform(message, work)
    message.refresh_from_db()
    assert (len(asked), renewed) == (1, ["access-1"])
    assert (message.act_state, message.error_code) == (ActState.FAILED, "access_renewed")


@pytest.mark.parametrize(
    ("end_of_renewal", "code"), [(GrantEnded(P, status=400), "grant_ended"), (OutcomeUnknown(P), "try_later")]
)
def test_a_renewal_after_a_401_never_makes_the_write_unclear(
    message: Message, monkeypatch: pytest.MonkeyPatch, end_of_renewal: ProviderError, code: str
) -> None:
    def renew(account: object, rejected: str) -> str:
        raise end_of_renewal

    monkeypatch.setattr(gateway, "fresh_access_token", renew)
    acts.perform(message, raising(CredentialRejected(P, status=401)))
    message.refresh_from_db()
    assert (message.act_state, message.error_code) == (ActState.FAILED, code)


def test_a_preparation_with_an_unclear_end_means_that_nothing_was_sent(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def header(account: object) -> str:
        raise OutcomeUnknown(P, "renewing the token")

    monkeypatch.setattr(gateway, "authorization_header", header)
    acts.perform(message, raising(AssertionError("not reached")))  # type: ignore[arg-type]  # must not be raised
    message.refresh_from_db()
    assert (message.act_state, message.error_code) == (ActState.FAILED, "unreachable")
    assert "Nothing was sent" in message.error_next_step


def test_nothing_is_sent_for_an_account_that_needs_relinking(message: Message) -> None:
    message.account.state = LinkState.NEEDS_RELINKING
    acts.perform(message, raising(AssertionError("not reached")))  # type: ignore[arg-type]  # must not be raised
    assert (message.act_state, message.error_code) == (ActState.FAILED, "grant_ended")


def test_a_worker_that_dies_after_claiming_leaves_an_unknown_outcome(message: Message) -> None:
    with pytest.raises(RuntimeError):
        acts.perform(message, raising(RuntimeError("killed")))  # type: ignore[arg-type]  # no provider error
    message.refresh_from_db()
    assert message.act_state is ActState.ASKING
    assert acts.settle_lost(Message) == 0
    Message.objects.update(claimed_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    assert Message.objects.get().act_state is ActState.UNKNOWN
    assert acts.settle_lost(Message) == 1
    message.refresh_from_db()
    assert (message.state, message.error_code) == (ActState.UNKNOWN, "outcome_unknown")
    assert not acts.perform(message, raising(AssertionError("sent again")))  # type: ignore[arg-type]  # must not be


def test_a_worker_that_dies_before_claiming_leaves_nothing_sent(message: Message) -> None:
    Message.objects.update(asked_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    assert acts.settle_lost(Message) == 1
    message.refresh_from_db()
    assert (message.act_state, message.error_code) == (ActState.FAILED, "never_tried")
    assert not acts.perform(message, raising(AssertionError("sent late")))  # type: ignore[arg-type]  # must not be
