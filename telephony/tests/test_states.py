"""What staff or an unlinking have decided is never overwritten by a request that was under way."""

from __future__ import annotations

import pytest

from accounts.models import User
from telephony.core.errors import Unreachable
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState
from telephony.services import states
from telephony.tests.accounts import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def state_of(account: LinkedAccount) -> str:
    return LinkedAccount.objects.get(pk=account.pk).state


@pytest.mark.parametrize("decided", [LinkState.DISABLED, LinkState.UNLINKING])
def test_a_request_under_way_does_not_overrule_what_was_decided_meanwhile(
    account: LinkedAccount, decided: LinkState
) -> None:
    LinkedAccount.objects.update(state=decided)

    states.delayed(account, Unreachable("RingCentral"), None)
    assert (state_of(account), account.state) == (decided, decided)

    states.needs_relinking(account, "It is over.")
    assert state_of(account) == decided
    assert not AccountEvent.objects.exists()


def test_an_account_that_was_unlinked_meanwhile_breaks_nothing(account: LinkedAccount) -> None:
    LinkedAccount.objects.all().delete()

    states.delayed(account, Unreachable("RingCentral"), None)
    states.needs_relinking(account, "It is over.")

    assert account.link_state is LinkState.UNLINKING
    assert not account.usable


def test_the_same_state_again_keeps_its_beginning_and_leaves_one_event(account: LinkedAccount) -> None:
    states.delayed(account, Unreachable("RingCentral"), None)
    since = account.state_since
    states.delayed(account, Unreachable("RingCentral"), None)

    assert LinkedAccount.objects.get().state_since == since
    assert [event.kind for event in AccountEvent.objects.all()] == [EventKind.FAILED]


@pytest.mark.parametrize("state", [LinkState.ACTIVE, LinkState.DELAYED, LinkState.NEEDS_RELINKING])
def test_staff_can_switch_off_what_is_linked(account: LinkedAccount, stranger: User, state: LinkState) -> None:
    LinkedAccount.objects.update(state=state)

    assert states.switch_off(account, stranger)

    assert state_of(account) == LinkState.DISABLED
    assert AccountEvent.objects.get().actor == stranger
    assert not states.switch_off(account, stranger), "there is nothing left to do"


def test_an_account_that_is_being_unlinked_is_left_alone(account: LinkedAccount, stranger: User) -> None:
    LinkedAccount.objects.update(state=LinkState.UNLINKING)

    assert not states.switch_off(account, stranger)
    assert not states.switch_on(account, stranger)
    assert state_of(account) == LinkState.UNLINKING
