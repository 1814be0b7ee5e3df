"""The dashboard's four answers, the way to them without JavaScript, and the first steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.models import BalanceReading, LinkedAccount, LinkState, OAuthClient, Reading, SyncState, Token
from telephony.services import rollup
from telephony.tests.accounts import make_account as make_linked
from telephony.tests.conftest import sign_in
from telephony.tests.making import make_account, make_calls

DAY = timedelta(days=1)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def glance(browser: Client) -> str:
    """The part as htmx gets it."""
    return browser.get("/telephony/glance/", headers={"HX-Request": "true"}).content.decode()


def test_all_is_well(account: LinkedAccount, browser: Client) -> None:
    part = glance(browser)

    assert "All connected" in part
    assert "Nobody waits" in part
    assert "€123.46" in part
    assert "Days left: not known yet" in part
    assert "No calls in the last seven days" in part
    assert "being fetched" not in part


def test_links_that_want_a_look_are_named_with_their_end(browser: Client, person: User) -> None:
    make_account(person, label="Broken", state=LinkState.NEEDS_RELINKING)
    ending = make_linked(person, provider="sipgate", label="Ending")
    Token.objects.filter(account=ending).update(end_is_fixed=True, refresh_expires_at=timezone.now() + 3 * DAY)
    make_account(person)
    part = glance(browser)

    assert "2 of 3 connected" in part
    assert "Needs re-linking" in part
    assert "ends <time" in part


def test_links_that_are_only_late_are_not_called_lost(browser: Client, person: User) -> None:
    late = [make_account(person, state=LinkState.DELAYED) for _ in range(2)]
    assert "2 linked, 2 delayed" in glance(browser)
    assert "nothing is to be done" in glance(browser)

    LinkedAccount.objects.filter(pk=late[0].pk).update(state=LinkState.NEEDS_RELINKING)
    assert "1 of 2 linked, 1 delayed" in glance(browser)


def test_who_waits_is_named_and_the_rest_is_behind_a_link(account: LinkedAccount, browser: Client) -> None:
    for number in range(5):
        at = timezone.now() - number * DAY
        make_calls(
            account,
            1,
            key=str(number),
            outcome="missed",
            started_at=at,
            caller_digits=f"49{number}0",
            caller_name=f"P{number}",
        )
    part = glance(browser)

    assert '<p class="glance__figure">5</p>' in part
    assert [name in part for name in ("P0", "P1", "P2", "P3", "P4")] == [True, True, True, False, False]
    assert "/telephony/calls/missed/" in part


def test_the_week_is_a_picture_and_a_table_from_the_roll_up(account: LinkedAccount, browser: Client) -> None:
    make_calls(account, 3, started_at=timezone.now())
    make_calls(account, 1, key="m", outcome="missed", started_at=timezone.now() - 2 * DAY)
    make_calls(account, 1, key="old", started_at=timezone.now() - 9 * DAY)
    rollup.rebuild(account)
    part = glance(browser)

    assert "4 calls · 75% answered" in part
    assert part.count('<th scope="row">') == 7
    assert 'role="img"' in part


def test_the_balance_that_ends_first_comes_first(account: LinkedAccount, browser: Client, person: User) -> None:
    low = make_account(person, label="Low")
    Reading.objects.filter(account=low, section="balance").update(summary={"amount": "2.50", "currency": "EUR"})
    BalanceReading.objects.filter(account=low).delete()
    for day in range(6):
        amount = f"{2 + day}.50"
        BalanceReading.objects.create(account=low, amount=amount, currency="EUR", read_at=timezone.now() - day * DAY)
    part = glance(browser)

    assert part.index("€2.50") < part.index("€123.46")
    assert "Low</span>" in part
    assert "about 2 days" in part


def test_a_provider_without_a_balance_is_no_gap(person: User, browser: Client) -> None:
    make_account(person, provider="goto")
    Reading.objects.filter(section="balance").delete()

    assert "None of your accounts tells a balance" in glance(browser)


def test_the_first_fetch_shows_how_far_it_is(account: LinkedAccount, browser: Client) -> None:
    now = timezone.now()
    state = SyncState.objects.create(
        account=account, scope="own", floor=now - 100 * DAY, boundary=now - 40 * DAY, calls=1234
    )
    part = glance(browser)
    assert "being fetched" in part
    assert 'value="40"' in part
    assert "1,234 calls so far" in part or "1234 calls so far" in part

    SyncState.objects.filter(pk=state.pk).update(finished_backfill_at=now)
    assert "being fetched" not in glance(browser)


def test_without_javascript_the_answers_are_one_link_away(account: LinkedAccount, browser: Client) -> None:
    assert "?glance=1" in browser.get("/telephony/").content.decode()
    assert "All connected" in browser.get("/telephony/?glance=1").content.decode()
    assert browser.get("/telephony/glance/")["Location"] == "/telephony/"


def test_the_answers_are_about_ones_own_accounts(account: LinkedAccount, stranger: User) -> None:
    make_calls(account, 1, outcome="missed", started_at=timezone.now())

    assert "Ina Muster" not in glance(sign_in(stranger))


def test_the_first_steps_say_whose_turn_it_is(
    browser: Client, person: User, oauth_client: Callable[..., OAuthClient]
) -> None:
    assert "For staff to do" in browser.get("/telephony/").content.decode()
    User.objects.update(is_staff=True)
    assert 'aria-current="step"' in browser.get("/telephony/").content.decode()
    oauth_client("sipgate")
    page = browser.get("/telephony/").content.decode()
    assert "Your turn" in page
    assert "Done" in page
