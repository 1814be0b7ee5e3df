"""Staff see a person's calls only after saying why, and the person sees that they did."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from telephony.models import AccountEvent, EventKind, LinkedAccount
from telephony.tests.conftest import sign_in
from telephony.tests.desk import desk, page_of
from telephony.tests.making import make_account, make_calls

REASON = "Ticket 4711: she misses calls of Tuesday"
MAY = ("view_linkedaccount", "view_call")


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """Ada's account with two calls."""
    found = make_account(person, state="disabled", label="Office")
    make_calls(found, 2)
    return found


def calls_page(account: LinkedAccount) -> str:
    """Where the reason is asked for."""
    return f"/admin/telephony/linkedaccount/{account.pk}/calls/"


def test_the_account_page_leads_there_and_shows_no_call(account: LinkedAccount) -> None:
    page = desk(*MAY).get(page_of(account)).content.decode()

    assert calls_page(account) in page
    assert "Ina Muster" not in page


@pytest.mark.parametrize("reason", ["", "   ", "test", "x" * 301])
def test_without_a_real_reason_nothing_is_shown_and_nothing_noted(reason: str, account: LinkedAccount) -> None:
    browser = desk(*MAY)

    pages = [browser.get(calls_page(account)), browser.post(calls_page(account), {"reason": reason})]
    pages.append(browser.get(f"{calls_page(account)}?reason={REASON}"))

    assert not [page for page in pages if "Ina Muster" in page.content.decode()]
    assert "Why do you have to see these calls?" in pages[0].content.decode()
    assert not AccountEvent.objects.filter(kind=EventKind.CALLS_VIEWED).exists()


def test_with_a_reason_the_calls_are_shown_and_every_look_is_noted(account: LinkedAccount) -> None:
    browser = desk(*MAY)

    pages = [browser.post(calls_page(account), {"reason": REASON}) for _ in range(2)]

    assert all("Ina Muster" in page.content.decode() for page in pages)
    found = AccountEvent.objects.filter(kind=EventKind.CALLS_VIEWED)
    assert [(event.sentence, str(event.actor)) for event in found] == [(REASON, "desk@example.org")] * 2


def test_the_person_reads_the_reason_among_her_activity(
    account: LinkedAccount, browser: Client, stranger: User
) -> None:
    desk(*MAY).post(calls_page(account), {"reason": REASON})

    hers = browser.get("/telephony/activity/").content.decode()
    theirs = sign_in(stranger).get("/telephony/activity/").content.decode()

    assert "Calls looked at by staff: sipgate: Office" in hers
    assert f"The reason given: {REASON} By the support desk." in hers
    assert "desk@example.org" not in hers
    assert "Office" not in theirs


@pytest.mark.parametrize("rights", [("view_linkedaccount",), ("view_call",), ("change_linkedaccount",)])
def test_who_may_not_view_calls_cannot_even_give_a_reason(rights: tuple[str, ...], account: LinkedAccount) -> None:
    browser = desk(*rights)

    assert browser.get(calls_page(account)).status_code == 403
    assert browser.post(calls_page(account), {"reason": REASON}).status_code == 403
    assert not AccountEvent.objects.filter(kind=EventKind.CALLS_VIEWED).exists()


@pytest.mark.parametrize("key", ["0", "999999999", "x", "1/2"])
def test_an_account_that_is_not_there_is_not_found(key: str, account: LinkedAccount) -> None:
    assert desk(*MAY).get(f"/admin/telephony/linkedaccount/{key}/calls/").status_code in (302, 404)


def test_a_reason_with_markup_is_shown_as_it_was_typed(account: LinkedAccount, browser: Client) -> None:
    desk(*MAY).post(calls_page(account), {"reason": "<script>alert(1)</script>"})

    assert "<script>alert" not in browser.get("/telephony/activity/").content.decode()


def test_without_any_event_the_page_says_what_will_be_there(browser: Client) -> None:
    assert "its history begins here" in browser.get("/telephony/activity/").content.decode()
