"""Filling the phone book from the address book at a provider."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.models import LinkedAccount, OAuthClient, PhoneBookEntry
from telephony.services import phone_book
from telephony.services.forgetting import forget
from telephony.tests.conftest import link, sign_in
from telephony.tests.making import make_account

Linking = Callable[..., OAuthClient]


@pytest.fixture
def account(browser: Client, sandbox: RunningSandbox, oauth_client: Linking) -> LinkedAccount:
    """A linked sipgate account whose contacts may be read."""
    return link(browser, sandbox, oauth_client("sipgate"))


def press(browser: Client, account: LinkedAccount) -> str:
    """Press the button and return the page that follows."""
    answer = browser.post(reverse("telephony:import_contacts", args=[account.pk]), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_contacts_become_entries_and_names_by_hand_stay(browser: Client, person: User, account: LinkedAccount) -> None:
    assert (
        reverse("telephony:import_contacts", args=[account.pk])
        in browser.get(reverse("telephony:phone_book")).content.decode()
    )
    page = press(browser, account)
    assert "The contacts have been read" in page
    entries = PhoneBookEntry.objects.filter(user=person, source="account", account=account)
    assert entries.count() > 10
    mine = entries[0]
    phone_book.keep(person, "My own name", mine.number)
    report = phone_book.import_from_account(account)
    assert (report.added, report.changed, report.kept) == (0, 0, 1)
    mine.refresh_from_db()
    assert (mine.name, mine.source) == ("My own name", "hand")


def test_a_forgotten_number_does_not_come_back_with_the_contacts(person: User, account: LinkedAccount) -> None:
    phone_book.import_from_account(account)
    entries = PhoneBookEntry.objects.filter(user=person)
    before, gone = entries.count(), entries.filter(number__startswith="+")[0]
    forget(person, gone.number)
    report = phone_book.import_from_account(account)
    assert (report.added, entries.count()) == (0, before - 1)
    assert not entries.filter(digits=gone.digits).exists()


@pytest.mark.parametrize("kind", ["unavailable", "html", "rate_limited", "truncated"])
def test_a_fault_changes_nothing_and_says_so(
    browser: Client, person: User, sandbox: RunningSandbox, account: LinkedAccount, kind: str
) -> None:
    sandbox.faults.add(kind, provider="sipgate", path_prefix="/sipgate/api/v2/contacts/internal")
    page = press(browser, account)
    assert "The phone book is as it was." in page
    assert not PhoneBookEntry.objects.filter(user=person).exists()


def test_a_missing_permission_is_named_and_remembered(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking
) -> None:
    client = oauth_client("sipgate")
    client.scopes = [scope for scope in client.scopes if scope != "contacts:read"]
    client.save()
    account = link(browser, sandbox, client)
    assert "This link lacks a permission: contacts:read." in press(browser, account)
    account.refresh_from_db()
    assert account.observed["contacts"]["state"] == "scope_missing"


def test_other_providers_and_other_people_have_no_such_button(browser: Client, person: User, stranger: User) -> None:
    goto = make_account(person, provider="goto")
    assert browser.post(reverse("telephony:import_contacts", args=[goto.pk])).status_code == 404
    assert "From a linked account" not in browser.get(reverse("telephony:phone_book")).content.decode()
    mine = make_account(person)
    assert sign_in(stranger).post(reverse("telephony:import_contacts", args=[mine.pk])).status_code == 404
