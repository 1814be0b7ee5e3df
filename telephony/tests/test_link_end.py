"""When a link ends, from what the provider declares and what renewing has shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.core.oauth import TokenSet
from telephony.core.registry import get_spec
from telephony.models import LinkedAccount, LinkState, Token
from telephony.services import link_end
from telephony.services.credentials import token_columns
from telephony.services.link_end import EndReason
from telephony.tests.accounts import make_account, make_personal

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """Linked at START; its refresh token lives for seven days."""
    with time_machine.travel(START, tick=False):
        return make_account(person, tokens=tokens(7 * DAY))


def tokens(life: timedelta, received: datetime = START) -> TokenSet:
    return TokenSet("access", "refresh", 3600, refresh_expires_in=int(life.total_seconds()), received_at=received)


def renew(account: LinkedAccount, at: datetime, life: timedelta) -> None:
    """What a renewal stores."""
    token = Token.objects.get(account=account)
    Token.objects.filter(pk=token.pk).update(**token_columns(account.spec, token, tokens(life, at)))


def end_at(account: LinkedAccount, now: datetime) -> link_end.LinkEnd | None:
    return link_end.link_end(account, Token.objects.get(account=account), now)


def test_a_link_that_is_renewed_every_day_has_no_end_though_each_token_has(account: LinkedAccount) -> None:
    for day in range(1, 20):
        renew(account, START + day * DAY, 7 * DAY)
        assert end_at(account, START + (day + 1) * DAY) is None


def test_a_link_that_is_not_renewed_ends_with_its_refresh_token(account: LinkedAccount) -> None:
    assert end_at(account, START + 2 * DAY) is None
    end = end_at(account, START + 2 * DAY + timedelta(minutes=1))

    assert end is not None
    assert (end.at, end.reason) == (START + 7 * DAY, EndReason.NOT_RENEWED)


def test_an_end_that_renewing_does_not_move_is_fixed(account: LinkedAccount) -> None:
    renew(account, START + DAY, 6 * DAY)
    renew(account, START + 2 * DAY, 5 * DAY + timedelta(seconds=2))
    end = end_at(account, START + 2 * DAY)

    assert end is not None
    assert end.reason is EndReason.FIXED
    assert abs(end.at - (START + 7 * DAY)) < timedelta(seconds=5)
    renew(account, START + 3 * DAY, 4 * DAY)
    later = end_at(account, START + 3 * DAY)
    assert later is not None
    assert later.event == end.event, "told a second differently, it is the same event"


def test_two_renewals_within_a_moment_do_not_make_an_end_fixed(account: LinkedAccount) -> None:
    renew(account, START + timedelta(seconds=1), 7 * DAY - timedelta(seconds=2))

    assert end_at(account, START + DAY) is None


def test_a_provider_that_declares_a_fixed_life_is_believed(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = get_spec(account.provider)
    fixed = replace(spec, refresh_rule=replace(spec.refresh_rule, slides=False, refresh_lifetime=30 * 86_400))
    monkeypatch.setattr(link_end, "find_spec", lambda _slug: fixed)
    end = end_at(account, START + DAY)

    assert end is not None
    assert (end.at, end.reason) == (START + 30 * DAY, EndReason.FIXED)


def test_a_provider_that_replaces_late_is_given_that_time(person: User) -> None:
    with time_machine.travel(START, tick=False):
        account = make_account(person, provider="goto", tokens=tokens(30 * DAY))

    assert end_at(account, START + 19 * DAY) is None
    assert end_at(account, START + 21 * DAY) is not None


def test_without_a_refresh_token_the_link_ends_with_its_access(person: User) -> None:
    with time_machine.travel(START, tick=False):
        account = make_account(person, tokens=TokenSet("access", "", 3600, received_at=START))
    end = end_at(account, START)

    assert end is not None
    assert (end.at, end.reason) == (START + timedelta(hours=1), EndReason.NOT_RENEWABLE)


@pytest.mark.parametrize(
    ("left", "stage"),
    [
        (8 * DAY, None),
        (7 * DAY, 7),
        (2 * DAY + timedelta(seconds=1), 7),
        (2 * DAY, 2),
        (timedelta(), None),
        (-DAY, None),
    ],
)
def test_people_are_warned_seven_and_two_days_ahead(left: timedelta, stage: int | None) -> None:
    assert link_end.LinkEnd(START + left, EndReason.FIXED, "event").stage(START) == stage


def test_the_account_page_says_when_the_link_ends(account: LinkedAccount, browser: Client) -> None:
    Token.objects.update(refresh_obtained_at=timezone.now() - 4 * DAY, refresh_expires_at=timezone.now() + 3.5 * DAY)
    page = browser.get(account.get_absolute_url()).content.decode()
    assert "in 3 days" in page
    assert "Renewing has not worked" in page

    Token.objects.update(refresh_obtained_at=timezone.now())
    assert "it is renewed every day" in browser.get(account.get_absolute_url()).content.decode()

    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)
    assert browser.get(account.get_absolute_url()).status_code == 200


def test_the_account_page_tells_no_end_of_a_personal_token(person: User, browser: Client) -> None:
    page = browser.get(make_personal(person).get_absolute_url()).content.decode()

    assert "The provider tells no end" in page
