"""What staff can do with linked accounts, what they are told about it, and who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState, OAuthClient, Reading, Section, Token
from telephony.tests.accounts import make_account, make_personal
from telephony.tests.conftest import link
from telephony.tests.desk import ACCOUNTS, act, desk, page_of, said, viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    return desk()


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person, label="Mia Muster", company="Beispiel GmbH", remote_id="acc-77:ext-5")


@pytest.fixture
def linked(sandbox: RunningSandbox, browser: Client, oauth_client: Any) -> LinkedAccount:
    """An account that is really linked, at the sandbox."""
    return link(browser, sandbox, oauth_client("goto"))


def kinds(account_pk: int | None = None) -> list[str]:
    return list(AccountEvent.objects.filter(account=account_pk).values_list("kind", flat=True))


def state_of(account: LinkedAccount) -> LinkState:
    return LinkedAccount.objects.get(pk=account.pk).link_state


# --- doing ------------------------------------------------------------------------------------------------------------


def test_refresh_now_reads_the_account_and_says_so(boss: Client, linked: LinkedAccount) -> None:
    response = act(boss, ACCOUNTS, "refresh_now", linked.pk, _from_object=str(linked.pk))

    assert response["Location"] == page_of(linked)
    assert "are up to date" in said(response)
    assert set(Reading.objects.values_list("section", flat=True)) == {Section.FACTS, Section.EXTENSIONS}


def test_refresh_now_says_what_failed_and_what_to_do(
    boss: Client, linked: LinkedAccount, sandbox: RunningSandbox
) -> None:
    sandbox.faults.add("server_error", provider="goto")

    told = said(act(boss, ACCOUNTS, "refresh_now", linked.pk))

    assert "GoTo Connect reports a fault of its own (error 500)." in told
    assert "Nothing is lost" in told


def test_refresh_now_does_not_keep_staff_waiting_for_a_provider_that_is_away(
    boss: Client, linked: LinkedAccount, sandbox: RunningSandbox
) -> None:
    sandbox.faults.add("rate_limited", provider="goto")

    told = said(act(boss, ACCOUNTS, "refresh_now", linked.pk))

    assert told.count("asks us to slow down") == 1
    assert Reading.objects.count() == 1


def test_refresh_now_leaves_a_provider_alone_that_asked_for_it(
    boss: Client, linked: LinkedAccount, sandbox: RunningSandbox
) -> None:
    later = timezone.now() + timedelta(minutes=5)
    for section in (Section.FACTS, Section.EXTENSIONS):
        Reading.objects.create(
            account=linked,
            section=section,
            tried_at=timezone.now(),
            error_code="rate_limited",
            sentence="GoTo Connect asks us to slow down.",
            retry_at=later,
        )
    sandbox.requests.clear()

    assert "asks us to slow down" in said(act(boss, ACCOUNTS, "refresh_now", linked.pk))
    assert not sandbox.requests.entries()


def test_a_test_says_that_the_link_works(boss: Client, linked: LinkedAccount) -> None:
    assert "GoTo Connect accepts the credentials." in said(act(boss, ACCOUNTS, "test", linked.pk))
    event = AccountEvent.objects.get(kind=EventKind.TESTED)
    assert event.actor == User.objects.get(email="desk@example.org")
    assert event.sentence == "GoTo Connect accepts the credentials."


def test_a_test_finds_that_the_credentials_are_somebody_elses(boss: Client, linked: LinkedAccount) -> None:
    LinkedAccount.objects.update(remote_id="another")

    assert "belong to another account" in said(act(boss, ACCOUNTS, "test", linked.pk))


def test_a_disabled_account_is_not_asked_about(boss: Client, account: LinkedAccount) -> None:
    act(boss, ACCOUNTS, "disable", account.pk)

    assert "Not tried" in said(act(boss, ACCOUNTS, "test", account.pk))


def test_an_account_whose_environment_is_gone_is_staffs_to_mend(boss: Client, account: LinkedAccount) -> None:
    OAuthClient.objects.update(environment="moon")

    assert "does not accept this site" in said(act(boss, ACCOUNTS, "test", account.pk))


def test_disabling_and_enabling_leave_events_with_the_staff_members_name(boss: Client, account: LinkedAccount) -> None:
    act(boss, ACCOUNTS, "disable", account.pk)
    assert state_of(account) is LinkState.DISABLED

    act(boss, ACCOUNTS, "enable", account.pk)
    assert state_of(account) is LinkState.ACTIVE
    assert kinds(account.pk) == [EventKind.ENABLED, EventKind.DISABLED]
    assert {event.actor.email for event in AccountEvent.objects.all() if event.actor} == {"desk@example.org"}


def test_enabling_what_is_not_disabled_changes_nothing(boss: Client, account: LinkedAccount) -> None:
    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)

    assert "It was not disabled." in said(act(boss, ACCOUNTS, "enable", account.pk))
    assert state_of(account) is LinkState.NEEDS_RELINKING


def test_unlinking_asks_first(boss: Client, account: LinkedAccount) -> None:
    response = act(boss, ACCOUNTS, "unlink_and_revoke", account.pk)

    assert "This cannot be undone." in response.content.decode()
    assert LinkedAccount.objects.exists()


def test_unlinking_revokes_at_the_provider_and_deletes(
    boss: Client, linked: LinkedAccount, sandbox: RunningSandbox
) -> None:
    response = act(boss, ACCOUNTS, "unlink_and_revoke", linked.pk, confirmed="yes", _from_object=str(linked.pk))

    assert response["Location"] == ACCOUNTS
    assert "Unlinked, revoked at the provider" in said(response)
    assert not LinkedAccount.objects.exists()
    assert not Token.objects.exists()
    assert AccountEvent.objects.get(kind=EventKind.UNLINKED).actor == User.objects.get(email="desk@example.org")
    assert [entry.path for entry in sandbox.requests.entries() if "revoke" in entry.path]


def test_what_could_not_be_revoked_is_for_telling_the_person(boss: Client, person: User) -> None:
    account = make_personal(person)

    told = said(act(boss, ACCOUNTS, "unlink_and_revoke", account.pk, confirmed="yes"))

    assert "Tell the person: <q>Your personal access token still exists" in told


def test_one_click_is_bounded_and_says_where_it_stopped(boss: Client, person: User) -> None:
    accounts = [make_account(person, remote_id=f"2:{number}") for number in range(12)]

    told = said(act(boss, ACCOUNTS, "disable", *(account.pk for account in accounts)))

    assert "Stopped after 10 accounts" in told
    assert LinkedAccount.objects.filter(state=LinkState.DISABLED).count() == 10


# --- who may do what --------------------------------------------------------------------------------------------------

EVERYTHING = ("refresh_now", "test", "enable", "disable", "unlink_and_revoke")


def test_who_may_only_look_finds_no_buttons_and_changes_nothing(account: LinkedAccount) -> None:
    browser = viewer()

    page = browser.get(page_of(account)).content.decode()
    assert "desk-action" not in page
    for action in EVERYTHING:
        act(browser, ACCOUNTS, action, account.pk, confirmed="yes", _from_object=str(account.pk))

    assert state_of(account) is LinkState.ACTIVE
    assert kinds(account.pk) == [EventKind.VIEWED]


def test_support_without_the_right_to_delete_cannot_unlink(account: LinkedAccount) -> None:
    browser = desk("view_linkedaccount", "change_linkedaccount")

    assert "Unlink" not in browser.get(page_of(account)).content.decode()
    act(browser, ACCOUNTS, "unlink_and_revoke", account.pk, confirmed="yes")

    assert LinkedAccount.objects.exists()


@pytest.mark.parametrize("way", ["add/", "{}/delete/"])
def test_not_even_a_superuser_adds_or_deletes_past_the_provider(boss: Client, account: LinkedAccount, way: str) -> None:
    assert boss.post(ACCOUNTS + way.format(account.pk), {"post": "yes"}).status_code == 403
    act(boss, ACCOUNTS, "delete_selected", account.pk, post="yes")

    assert LinkedAccount.objects.exists()


def test_a_forged_change_is_refused(boss: Client, account: LinkedAccount) -> None:
    assert boss.post(page_of(account), {"state": "active", "user": "1", "label": "x"}).status_code == 403


def test_staff_without_rights_see_nothing_of_telephony(account: LinkedAccount) -> None:
    browser = desk("add_call", email="new@example.org")

    assert browser.get(ACCOUNTS).status_code == 403
    assert browser.get(page_of(account)).status_code == 403
    assert "Linked accounts" not in browser.get("/admin/").content.decode()
    assert kinds(account.pk) == []
