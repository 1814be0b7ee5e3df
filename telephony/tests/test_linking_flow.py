"""Linking from the first click to the stored account, over real HTTP against the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from sandbox.clients import BUCKET, SEEDED, find_client
from sandbox.testing import RunningSandbox
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState, OAuthClient, Token
from telephony.tests.conftest import authorize_url, callback, link_through_pages, path_of, sign_in
from telephony.views.addresses import relink_url

MakeClient = Callable[..., OAuthClient]
PROVIDERS = ["goto", "ringcentral", "sipgate"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_person_links_an_account_and_lands_on_its_page(
    provider: str, browser: Client, person: User, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link_through_pages(browser, sandbox, oauth_client(provider))

    assert account.user == person
    assert account.link_state is LinkState.ACTIVE
    assert Token.objects.get(account=account).access_token
    page = browser.get(account.get_absolute_url())
    assert "is linked." in page.content.decode()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_confirmation_page_lists_what_will_be_asked_for(
    provider: str, browser: Client, oauth_client: MakeClient
) -> None:
    client = oauth_client(provider)

    page = browser.get(f"/accounts/{provider}/login/?process=connect&client={client.pk}")

    for scope in client.spec.scopes:
        assert (f">{scope.name}<" in page.content.decode()) == (scope.name in client.scopes)


def test_the_authorize_url_carries_pkce_state_and_our_redirect_uri(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    query = parse_qs(urlsplit(authorize_url(browser, oauth_client("goto"))).query)

    assert query["code_challenge_method"] == ["S256"]
    assert query["state"][0]
    assert query["redirect_uri"] == ["http://testserver/accounts/goto/login/callback/"]


def test_a_denied_consent_links_nothing_and_says_so(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = path_of(sandbox.deny(authorize_url(browser, oauth_client("goto"))))

    page = browser.get(back)

    assert page.status_code == 200
    assert "You said no" in page.content.decode()
    assert not LinkedAccount.objects.exists()


def test_a_replayed_callback_is_refused(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    back = callback(browser, sandbox, oauth_client("goto"))
    browser.get(back)

    page = browser.get(back)

    assert page.status_code == 403
    assert "does not belong to a request of yours" in page.content.decode()


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=forged", "?state=forged&error=access_denied"])
def test_a_callback_without_our_state_is_refused(query: str, browser: Client, oauth_client: MakeClient) -> None:
    oauth_client("goto")
    oauth_client("goto", client_id="another")

    assert browser.get(f"/accounts/goto/login/callback/{query}").status_code == 403


def test_an_expired_state_is_refused(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = callback(browser, sandbox, oauth_client("goto"))
    monkeypatch.setattr("allauth.socialaccount.internal.statekit.STATE_TTL", -1)

    assert browser.get(back).status_code == 403
    assert not LinkedAccount.objects.exists()


def test_another_persons_state_is_refused(
    browser: Client, stranger: User, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client("goto"))

    page = sign_in(stranger).get(back)

    assert page.status_code == 403
    assert not LinkedAccount.objects.exists()


def test_who_is_signed_out_meanwhile_is_asked_to_sign_in(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client("goto"))

    page = Client().get(back)

    assert page.status_code == 403
    assert "Sign in and start again" in page.content.decode()


def test_a_code_that_the_provider_refuses_is_explained(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client("goto")).replace("code=", "code=made-up-")

    page = browser.get(back)

    assert page.status_code == 400
    assert "refused the code" in page.content.decode()


def test_a_wrong_client_secret_is_a_matter_for_staff(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("goto")
    back = callback(browser, sandbox, client)
    client.set_secret("wrong")
    client.save()

    page = browser.get(back)

    assert page.status_code == 409
    assert "An administrator has to check" in page.content.decode()


def test_a_provider_that_fails_during_the_exchange_links_nothing(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client("goto"))
    sandbox.faults.add("unavailable", provider="goto")

    page = browser.get(back)

    assert page.status_code == 409
    assert "Nothing was linked" in page.content.decode()


def test_an_answer_lost_during_the_exchange_is_called_that(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client("goto"))
    sandbox.faults.add("lost_reply", provider="goto")

    page = browser.get(back).content.decode()

    assert "The answer from GoTo Connect got lost on its way to us." in page
    assert "Nothing was linked. Start again." in page


def test_an_account_linked_by_someone_else_is_refused_without_touching_their_token(
    browser: Client, stranger: User, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("goto")
    theirs = link_through_pages(sign_in(stranger), sandbox, client)
    before = Token.objects.get(account=theirs)

    page = browser.get(callback(browser, sandbox, client))

    after = Token.objects.get(account=theirs)
    assert page.status_code == 409
    assert "Somebody else has linked this account" in page.content.decode()
    assert "bob@" not in page.content.decode()
    assert (after.generation, after.fingerprint) == (before.generation, before.fingerprint)


def test_linking_again_keeps_the_row(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    client = oauth_client("goto")
    account = link_through_pages(browser, sandbox, client)
    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)

    page = browser.get(callback(browser, sandbox, client, more=f"&relink={account.pk}"), follow=True)

    account.refresh_from_db()
    assert account.link_state is LinkState.ACTIVE
    assert "is linked again" in page.content.decode()
    assert LinkedAccount.objects.count() == 1
    assert AccountEvent.objects.filter(kind=EventKind.RELINKED, account=account).exists()


def test_linking_again_as_another_user_of_the_provider_changes_nothing(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("goto")
    account = link_through_pages(browser, sandbox, client, persona="admin")

    page = browser.get(callback(browser, sandbox, client, persona="user", more=f"&relink={account.pk}"))

    assert page.status_code == 409
    assert "That was another account" in page.content.decode()
    assert LinkedAccount.objects.count() == 1


def test_linking_again_somebody_elses_account_is_not_found(
    browser: Client, stranger: User, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("goto")
    theirs = link_through_pages(sign_in(stranger), sandbox, client)

    page = browser.get(f"/accounts/goto/login/?process=connect&client={client.pk}&relink={theirs.pk}")

    assert page.status_code == 404


def test_several_accounts_of_one_provider(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    client = oauth_client("goto")

    link_through_pages(browser, sandbox, client, persona="admin")
    link_through_pages(browser, sandbox, client, persona="user")

    assert LinkedAccount.objects.count() == 2


def test_one_click_asks_for_one_more_permission(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("goto", scopes=["users.v1.read"])

    url = authorize_url(browser, client, "&scope=cr.v1.read+made.up")

    assert set(parse_qs(urlsplit(url).query)["scope"][0].split()) == {"users.v1.read", "cr.v1.read"}


def test_a_provider_without_a_client_says_that_staff_have_to_set_it_up(browser: Client, db: None) -> None:
    start, chooser = browser.get("/accounts/goto/login/?process=connect"), browser.get("/telephony/link/")

    assert start.status_code == 409
    assert "have not set up" in start.content.decode()
    assert "Not set up yet" in chooser.content.decode()


def test_a_client_that_was_switched_off_meanwhile_fails_politely(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("goto")
    back = callback(browser, sandbox, client)
    OAuthClient.objects.update(enabled=False)

    page = browser.get(back)

    assert page.status_code == 409
    assert "switched it off" in page.content.decode()


def test_two_clients_are_told_apart_by_name(browser: Client, oauth_client: MakeClient) -> None:
    first, second = oauth_client("goto", name="Berlin"), oauth_client("goto", name="Boston", client_id="another")

    page = browser.get("/telephony/link/").content.decode()

    assert f"client={first.pk}" in page
    assert f"client={second.pk}" in page
    assert "Berlin" in page


@pytest.fixture
def two_clients(sandbox: RunningSandbox, oauth_client: MakeClient) -> Iterator[Callable[[str], list[OAuthClient]]]:
    """Makes two enabled clients of one provider, both registered there."""
    registered = []

    def make(provider: str) -> list[OAuthClient]:
        record = find_client(sandbox.store, provider, SEEDED[provider][0])
        assert record is not None
        registered.append(f"{provider}:second")
        sandbox.store.put(BUCKET, registered[-1], record)
        return [oauth_client(provider), oauth_client(provider, name="Second", client_id="second")]

    yield make
    for key in registered:
        sandbox.store.delete(BUCKET, key)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_either_of_two_clients_links_and_links_again(
    provider: str, browser: Client, sandbox: RunningSandbox, two_clients: Callable[[str], list[OAuthClient]]
) -> None:
    other, chosen = two_clients(provider)

    account = link_through_pages(browser, sandbox, chosen)
    assert account.client == chosen

    again = browser.get(callback(browser, sandbox, chosen, more=f"&relink={account.pk}"), follow=True)
    account.refresh_from_db()
    assert "is linked again" in again.content.decode()
    assert account.client == chosen

    browser.get(callback(browser, sandbox, other, more=f"&relink={account.pk}"), follow=True)
    account.refresh_from_db()
    assert account.client == other
    assert LinkedAccount.objects.count() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_with_two_clients_a_person_who_says_no_or_a_provider_that_fails_is_answered(
    provider: str, browser: Client, sandbox: RunningSandbox, two_clients: Callable[[str], list[OAuthClient]]
) -> None:
    chosen = two_clients(provider)[1]

    denied = browser.get(path_of(sandbox.deny(authorize_url(browser, chosen), "user")))  # sipgate remembers a yes
    refused = browser.get(callback(browser, sandbox, chosen).replace("code=", "code=made-up-"))

    assert "You said no" in denied.content.decode()
    assert "refused the code" in refused.content.decode()
    assert f"client={chosen.pk}" in denied.content.decode()


def test_starting_without_saying_which_of_two_clients_asks_which(browser: Client, oauth_client: MakeClient) -> None:
    first, second = oauth_client("goto", name="Berlin"), oauth_client("goto", name="Boston", client_id="another")

    page = browser.get("/accounts/goto/login/?process=connect&scope=cr.v1.read")
    text = page.content.decode()

    assert page.status_code == 409
    assert "more than one" in text
    for client in (first, second):
        assert f"/accounts/goto/login/?process=connect&amp;client={client.pk}&amp;scope=cr.v1.read" in text
        assert client.name in text


def test_linking_again_where_its_client_was_switched_off_asks_which_and_keeps_the_account(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient, two_clients: Callable[[str], list[OAuthClient]]
) -> None:
    old, new = two_clients("goto")
    account = link_through_pages(browser, sandbox, old)
    oauth_client("goto", name="Third", client_id="third")
    OAuthClient.objects.filter(pk=old.pk).update(enabled=False)
    account.refresh_from_db()

    asked = browser.get(relink_url(account)).content.decode()

    assert f"client={new.pk}&amp;relink={account.pk}" in asked
    assert f"client={old.pk}&amp;" not in asked


def test_linking_asks_for_the_password_again(person: User, oauth_client: MakeClient) -> None:
    client = oauth_client("goto")
    start = f"/accounts/goto/login/?process=connect&client={client.pk}"

    answer = sign_in(person, stepped_up=False).get(start)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Faccounts%2Fgoto%2Flogin%2F")


def test_nobody_signs_in_with_a_provider(browser: Client, oauth_client: MakeClient) -> None:
    oauth_client("goto")

    assert browser.get("/accounts/goto/login/")["Location"] == "/telephony/link/"
    assert Client().get("/accounts/goto/login/?process=connect")["Location"].startswith("/accounts/login/")
    assert "goto/login" not in Client().get("/accounts/login/").content.decode()


@pytest.mark.parametrize("key", ["x", "-1", "99999999999999999999999", "0", "%00"])
def test_a_made_up_client_is_no_crash(key: str, browser: Client, oauth_client: MakeClient) -> None:
    oauth_client("goto")

    assert browser.get(f"/accounts/goto/login/?process=connect&client={key}").status_code == 409
