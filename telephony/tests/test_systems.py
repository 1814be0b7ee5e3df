"""One set of credentials, two telephone systems: the person chooses which is read, and nothing of the two is mixed."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.types import AccountFacts
from telephony.models import (
    AccountEvent,
    Call,
    Extension,
    LinkedAccount,
    OAuthClient,
    Reading,
    Section,
    SyncState,
    TallyBook,
)
from telephony.services import rollup
from telephony.services.readings import refresh_section, store_facts
from telephony.services.sync import ensure_states, sync_log
from telephony.services.sync_steps import Busy
from telephony.services.systems import NoSuchSystem, choose_system, systems_of
from telephony.tests import making
from telephony.tests.conftest import link, sign_in

HEAD, BRANCH = "1000000000000000001", "1000000000000000002"
KEYS = {
    "user_key": "7",
    "account_key": HEAD,
    "accounts": [
        {"key": HEAD, "name": "Muster <b>GmbH</b>", "connect": True},
        {"key": BRANCH, "name": "Zweigstelle", "connect": True},
    ],
}


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """An account at GoTo that reaches two systems, with something stored of the first."""
    account = making.make_account(
        person, provider="goto", keys=KEYS, observed={"recordings": {"state": "role_missing"}}
    )
    making.make_extensions(account, 2)
    making.make_calls(account, 3)
    ensure_states(account)
    rollup.rebuild(account)
    return account


def choosing(account: LinkedAccount) -> str:
    """The page's address."""
    return reverse("telephony:system", args=[account.pk])


@pytest.mark.usefixtures("contexts")
def test_the_account_page_says_which_is_read_and_leads_to_the_choice(browser: Client, account: LinkedAccount) -> None:
    page = browser.get(account.get_absolute_url()).content.decode()
    assert choosing(account) in page
    assert "Muster &lt;b&gt;GmbH&lt;/b&gt;" in page
    assert "one of 2" in page
    choice = browser.get(choosing(account))
    assert choice.context["form"].initial == {"system": HEAD}
    assert "Zweigstelle" in choice.content.decode()


def test_another_system_is_read_from_then_on_and_the_first_is_forgotten(
    browser: Client, person: User, account: LinkedAccount
) -> None:
    answer = browser.post(choosing(account), {"system": BRANCH}, follow=True)
    assert "“Zweigstelle” is read from now on." in unescape(answer.content.decode())
    account.refresh_from_db()
    assert account.client_keys == {**KEYS, "chosen_account_key": BRANCH}
    assert [one.name for one in systems_of(account) if one.is_read] == ["Zweigstelle"]
    assert (account.facts, account.observed) == ({}, {})
    for model in (Call, Extension, Reading, TallyBook):
        assert not model._default_manager.filter(account=account).exists()
    assert {state.covered_since for state in SyncState.objects.filter(account=account)} == {None}
    assert AccountEvent.objects.values_list("kind", "sentence", "actor").get() == (
        "system_chosen",
        "Zweigstelle",
        person.pk,
    )


def test_the_one_that_is_read_already_loses_nothing(person: User, account: LinkedAccount) -> None:
    choose_system(account, HEAD, actor=person)
    assert Call.objects.count() == 3
    assert not AccountEvent.objects.exists()


@pytest.mark.parametrize("given", [{}, {"system": ""}, {"system": "999"}])
@pytest.mark.usefixtures("contexts")
def test_a_system_that_is_not_hers_is_refused(browser: Client, account: LinkedAccount, given: dict[str, str]) -> None:
    answer = browser.post(choosing(account), given)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert Call.objects.count() == 3
    with pytest.raises(NoSuchSystem):
        choose_system(account, "999", actor=account.user)


def test_where_there_is_no_choice_there_is_no_page(browser: Client, person: User) -> None:
    for keys in ({}, {"accounts": KEYS["accounts"][:1]}):
        single = making.make_account(person, provider="goto", keys=keys)
        assert browser.get(choosing(single)).status_code == 404
        assert choosing(single) not in browser.get(single.get_absolute_url()).content.decode()
    assert browser.get(choosing(making.make_account(person))).status_code == 404


def test_nobody_else_chooses(account: LinkedAccount, stranger: User) -> None:
    assert sign_in(stranger).post(choosing(account), {"system": BRANCH}).status_code == 404
    assert Call.objects.count() == 3


def test_a_reading_that_was_under_way_does_not_undo_the_choice(person: User, account: LinkedAccount) -> None:
    reading = LinkedAccount.objects.get(pk=account.pk)
    choose_system(account, BRANCH, actor=person)
    store_facts(reading, AccountFacts(keys={"account_key": HEAD}))
    assert LinkedAccount.objects.get(pk=account.pk).client_keys["chosen_account_key"] == BRANCH


def test_each_system_has_its_own_calls_at_the_provider(
    browser: Client,
    person: User,
    sandbox: RunningSandbox,
    oauth_client: Callable[..., OAuthClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = link(browser, sandbox, oauth_client("goto"))
    refresh_section(account, Section.FACTS)
    state = next(state for state in ensure_states(account) if state.scope == "company")
    sync_log(state.pk, pages=1)
    head = set(Call.objects.values_list("key", flat=True))
    other = next(system for system in systems_of(account) if not system.is_read)
    choose_system(account, other.key, actor=person)
    with pytest.raises(SyncState.DoesNotExist):
        state.refresh_from_db()
    with pytest.raises(Busy):
        sync_log(state.pk)
    state = next(state for state in ensure_states(account) if state.scope == "company")
    sync_log(state.pk, pages=1)
    branch = set(Call.objects.values_list("key", flat=True))
    assert head
    assert branch
    assert not head & branch
