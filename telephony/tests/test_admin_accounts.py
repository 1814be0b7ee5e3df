"""Linked accounts in the admin: finding them, looking at them, and what staff can do."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from telephony.core.types import ExtensionKind
from telephony.models import (
    AccountEvent,
    EventKind,
    Extension,
    LinkedAccount,
    Reading,
    Section,
    Token,
)
from telephony.tests.accounts import make_account
from telephony.tests.desk import ACCOUNTS, desk, page_of, viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    return desk()


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person, label="Mia Muster", company="Beispiel GmbH", remote_id="acc-77:ext-5")


def found(browser: Client, **query: str) -> str:
    response = browser.get(ACCOUNTS, query)
    assert response.status_code == 200
    return response.content.decode()


def kinds(account_pk: int | None = None) -> list[str]:
    return list(AccountEvent.objects.filter(account=account_pk).values_list("kind", flat=True))


# --- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["ada@example", "MUSTER", "beispiel gmbh", "acc-77", "ext-5", "mia beispiel"])
def test_an_account_is_found_by_what_a_caller_can_tell(boss: Client, account: LinkedAccount, text: str) -> None:
    assert "Mia Muster" in found(boss, q=text)


@pytest.mark.parametrize("text", ["stranger", "mia nobody", "'; --", "%", "\\", "a" * 3000])
def test_other_texts_find_nothing_and_break_nothing(boss: Client, account: LinkedAccount, text: str) -> None:
    assert "Mia Muster" not in found(boss, q=text)


@pytest.mark.parametrize("text", ["+49 211 555-123", "0211 555123", "(0211) 555/123", "555123", "4921166"])
def test_an_account_is_found_by_the_numbers_of_its_extensions(boss: Client, account: LinkedAccount, text: str) -> None:
    Extension.objects.create(
        account=account, kind=ExtensionKind.USER, key="1", number="+49211555123", numbers=["+492116677"]
    )

    assert "Mia Muster" in found(boss, q=text)


def test_a_number_that_is_gone_finds_nothing(boss: Client, account: LinkedAccount) -> None:
    gone = {"key": "1", "number": "+49211555123", "gone_at": timezone.now()}
    Extension.objects.create(account=account, kind=ExtensionKind.USER, **gone)

    assert "Mia Muster" not in found(boss, q="555123")


def test_lists_filter_by_state_provider_and_client(boss: Client, account: LinkedAccount) -> None:
    assert "Mia Muster" in found(boss, state__exact="active", provider="ringcentral")
    assert "Mia Muster" not in found(boss, state__exact="disabled")
    assert "Mia Muster" not in found(boss, provider="goto")
    assert "Mia Muster" in found(boss, client__id__exact=str(account.client_id))


def test_the_list_costs_the_same_for_many_accounts_and_counts_nothing(boss: Client, person: User) -> None:
    make_account(person)
    found(boss)  # the first page of a session also writes the session
    with CaptureQueriesContext(connection) as few:
        found(boss)
    for number in range(60):
        make_account(person, remote_id=f"2:{number}")
    with CaptureQueriesContext(connection) as many:
        page = found(boss)

    assert len(many) == len(few)
    assert not [query["sql"] for query in many if "COUNT(" in query["sql"].upper()]
    assert "more than 50 linked accounts" in page
    assert "11 linked accounts" not in page
    assert "61 linked accounts" in found(boss, p="2")


@pytest.mark.parametrize("page", ["0", "-1", "3", "101", "9" * 30, "x", ""])
def test_pages_that_are_not_there_lead_to_one_that_is(boss: Client, person: User, page: str) -> None:
    for number in range(51):
        make_account(person, remote_id=f"2:{number}")

    response = boss.get(ACCOUNTS, {"p": page}, follow=True)

    assert response.status_code == 200
    assert "linked accounts" in response.content.decode()


@pytest.mark.parametrize(
    "query", ["q=%00x", "state__exact=xyz", "user__id__exact=x", "provider=nobody", "o=9.9", "e=1"]
)
def test_hand_written_queries_lead_to_a_page(boss: Client, account: LinkedAccount, query: str) -> None:
    assert boss.get(f"{ACCOUNTS}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("lookup", ["user__password__startswith", "token__access_token__contains", "nonsense"])
def test_lookups_cannot_be_used_to_guess_secrets(boss: Client, account: LinkedAccount, lookup: str) -> None:
    response = boss.get(ACCOUNTS, {lookup: "v1"})

    assert response.status_code in (302, 400)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_the_page_shows_token_capabilities_readings_and_events(boss: Client, account: LinkedAccount) -> None:
    Reading.objects.create(
        account=account,
        section=Section.FACTS,
        tried_at=timezone.now(),
        error_code="rate_limited",
        sentence="RingCentral asks us to slow down.",
        next_step="Refresh in a minute.",
        request_id="req-123",
    )

    page = boss.get(page_of(account)).content.decode()

    assert account.token.fingerprint in page
    assert "RingCentral asks us to slow down: too many requests in a short time." in page
    assert "req-123" in page
    assert "Not offered by the provider" in page
    assert "Looked at by staff" in page


def test_a_look_leaves_one_event_an_hour_for_each_of_the_staff(boss: Client, account: LinkedAccount) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _look in range(3):
            boss.get(page_of(account))
        viewer().get(page_of(account))
        assert kinds(account.pk) == [EventKind.VIEWED] * 2

        clock.shift(timedelta(minutes=61))
        desk_again = desk(email="third@example.org")
        desk_again.get(page_of(account))

    assert kinds(account.pk) == [EventKind.VIEWED] * 3


def test_a_look_after_an_hour_leaves_another_event(boss: Client, account: LinkedAccount) -> None:
    boss.get(page_of(account))
    AccountEvent.objects.update(at=timezone.now() - timedelta(minutes=61))
    boss.get(page_of(account))

    assert kinds(account.pk) == [EventKind.VIEWED] * 2


def test_provider_texts_are_escaped(boss: Client, person: User) -> None:
    evil = "<script>alert(1)</script>"
    facts = {"facts": [["Plan", evil]], "instead_of_balance": []}
    account = make_account(person, label=evil, company=evil, facts=facts, keys={"k": evil}, last_error=evil)

    for page in (found(boss), boss.get(page_of(account)).content.decode()):
        assert evil not in page
        assert "&lt;script&gt;" in page


def test_an_account_whose_provider_was_removed_can_still_be_looked_at(boss: Client, account: LinkedAccount) -> None:
    LinkedAccount.objects.update(provider="gone")

    assert "not installed any more" in boss.get(page_of(account)).content.decode()
    assert "gone" in found(boss)


def test_an_account_without_a_token_says_so(boss: Client, account: LinkedAccount) -> None:
    Token.objects.all().delete()

    assert "No token is stored" in boss.get(page_of(account)).content.decode()
