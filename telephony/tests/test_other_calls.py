"""A call's page tells what else there was with its number, in every account of the person and in nobody else's."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from telephony.models import Call, LinkedAccount
from telephony.tests.conftest import sign_in
from telephony.tests.making import make_account, make_calls

HTMX = {"HX-Request": "true"}
NUMBER = {"caller_e164": "+4922112345", "caller_digits": "4922112345", "caller_name": ""}


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def others(browser: Client, call: Call) -> str:
    """The part of the page, as htmx gets it."""
    answer = browser.get(reverse("telephony:other_calls", args=[call.pk]), headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_asks_for_them_and_links_to_the_list_for_those_without_javascript(
    browser: Client, account: LinkedAccount
) -> None:
    (call,) = make_calls(account, 1, **NUMBER)
    page = browser.get(call.get_absolute_url()).content.decode()
    assert f'hx-get="{reverse("telephony:other_calls", args=[call.pk])}"' in page
    assert f'href="/telephony/calls/?q={quote("+4922112345")}"' in page
    assert browser.get(reverse("telephony:other_calls", args=[call.pk])).status_code == 302


def test_calls_of_all_her_accounts_are_there_and_no_others(
    browser: Client, person: User, account: LinkedAccount, stranger: User
) -> None:
    (call,) = make_calls(account, 1, **NUMBER)
    (outbound,) = make_calls(
        make_account(person),
        1,
        direction="outbound",
        caller_e164=None,
        caller_digits="",
        callee_e164="+4922112345",
        callee_digits="4922112345",
    )
    (another_number,) = make_calls(account, 1, key="other")
    (of_a_stranger,) = make_calls(make_account(stranger), 1, **NUMBER)
    part = others(browser, call)
    assert outbound.get_absolute_url() in part
    for absent in (call, another_number, of_a_stranger):
        assert absent.get_absolute_url() not in part
    assert call.get_absolute_url() in others(browser, outbound)


def test_five_are_shown_and_the_rest_is_a_click_away(browser: Client, account: LinkedAccount) -> None:
    calls = make_calls(account, 7, **NUMBER)
    part = others(browser, calls[0])
    assert [call.get_absolute_url() in part for call in calls] == [False, *[True] * 5, False]
    assert "All calls with this number" in part
    calls[6].delete()
    assert "All calls with this number" not in others(browser, calls[0])


@pytest.mark.parametrize(
    "columns",
    [
        {"caller_e164": None, "caller_number": "", "caller_digits": "", "caller_withheld": True},
        {"caller_e164": None, "caller_number": "23", "caller_digits": "23"},
    ],
    ids=["withheld", "extension"],
)
def test_a_number_that_cannot_be_looked_for_is_not(
    browser: Client, account: LinkedAccount, columns: dict[str, object]
) -> None:
    (call, _other) = make_calls(account, 2, **columns)
    assert "Other calls with this number" not in browser.get(call.get_absolute_url()).content.decode()
    assert "the only stored call" in others(browser, call)


def test_nobody_else_sees_them(account: LinkedAccount, stranger: User) -> None:
    (call,) = make_calls(account, 1, **NUMBER)
    address = reverse("telephony:other_calls", args=[call.pk])
    assert sign_in(stranger).get(address, headers=HTMX).status_code == 404
