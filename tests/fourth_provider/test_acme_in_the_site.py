"""The whole site with a fourth provider. Run by tests/test_fourth_provider.py in a copy that holds the folder, never in the checkout."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from config.environment import client_seed, provider_slugs
from telephony.core.call_filter import CallFilter
from telephony.core.calling import CallStage
from telephony.core.capabilities import capability_card
from telephony.core.dialling import read_number
from telephony.core.registry import get_spec
from telephony.core.types import CapabilityState, Feature
from telephony.models import Call, Extension, LinkedAccount, OAuthClient, Section, Token
from telephony.models.acts import ActState
from telephony.providers.acme.tests import test_contract as contract
from telephony.services import placing, texting
from telephony.services.call_log import read_calls
from telephony.services.clients import seed_clients
from telephony.services.readings import refresh_section
from telephony.services.unlinking import unlink

ANY = re.compile(r".*")
LOGIN, API = "https://login.acme-phone.example", "https://api.acme-phone.example"
ACCESS, REFRESH = "acme-access-token-1", "acme-refresh-token-1"


@pytest.fixture
def person(db: None) -> User:
    """Somebody who is allowed to link."""
    return User.objects.create_user("ada@example.org", "correct horse battery", name="Ada")


@pytest.fixture
def browser(person: User) -> Client:
    """Ada's browser; her password has been asked for a moment ago."""
    return signed_in(person)


def signed_in(user: User) -> Client:
    """A browser that need not prove again whose it is."""
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session.save()
    return browser


@pytest.fixture
def oauth_client(db: None, settings: object, monkeypatch: pytest.MonkeyPatch) -> OAuthClient:
    """The client that ACME_CLIENT_ID and its companion describe."""
    monkeypatch.setenv("ACME_CLIENT_ID", "acme-client")
    monkeypatch.setenv("ACME_CLIENT_SECRET", "acme-secret")
    settings.PROVIDER_SEEDS = [client_seed("acme")]
    (client,) = seed_clients()
    return client


@pytest.fixture
def acme() -> Iterator[responses.RequestsMock]:
    """Acme's servers, with the answers of the contract tests."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        tokens = {"access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 3600, "token_type": "Bearer"}
        mock.post(f"{LOGIN}/token", json=tokens)
        mock.post(f"{LOGIN}/revoke", json={})
        mock.add_callback(responses.GET, ANY, callback=answer, content_type=None)
        yield mock


def answer(request: object) -> tuple[int, dict[str, str], str]:
    """The contract's answer to a GET, for whoever brings the access token."""
    if request.headers.get("Authorization") != f"Bearer {ACCESS}":
        return 401, {}, ""
    found = next(one for one in contract.TestAcme.answers if one.matches(request.url))
    return 200, {"Content-Type": "application/json"}, json.dumps(found.body)


def linked(browser: Client, client: OAuthClient, acme: responses.RequestsMock) -> LinkedAccount:
    """Walk through the whole flow: confirmation, Acme's redirect, exchange of the code."""
    start = f"/accounts/acme/login/?process=connect&client={client.pk}"
    assert "See your calls" in browser.get(start).content.decode()
    to_acme = browser.post(start)["Location"]
    assert to_acme.startswith(f"{LOGIN}/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(to_acme).query).items()}
    assert asked["redirect_uri"] == "http://testserver/accounts/acme/login/callback/"
    back = browser.get("/accounts/acme/login/callback/", {"code": "acme-code", "state": asked["state"]})
    account = LinkedAccount.objects.get(provider="acme")
    assert back["Location"] == account.get_absolute_url(), back.content.decode()
    exchange = parse_qs(str(acme.calls[0].request.body))
    assert exchange["code"] == ["acme-code"]
    assert exchange["code_verifier"]
    return account


def test_presence_is_enough() -> None:
    assert "acme" in provider_slugs()
    assert get_spec("acme").name == "Acme Phone"


def test_the_environment_variables_seed_a_client(oauth_client: OAuthClient) -> None:
    assert (oauth_client.provider, oauth_client.client_id, oauth_client.environment) == (
        "acme",
        "acme-client",
        "production",
    )
    assert oauth_client.scopes == ["profile", "balance", "lines", "calls", "calls:start", "texts"]


def test_the_link_page_offers_it_once_there_is_a_client(browser: Client, request: pytest.FixtureRequest) -> None:
    link_url = "/accounts/acme/login/?process=connect"
    before = browser.get(reverse("telephony:link")).content.decode()
    assert "Acme Phone" in before
    assert link_url not in before
    request.getfixturevalue("oauth_client")
    after = browser.get(reverse("telephony:link")).content.decode()
    assert link_url in after
    assert "providers/acme.svg" in after


def test_staff_add_a_client_in_the_admin(person: User) -> None:
    person.is_staff = True
    person.save()
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="telephony"))
    browser, url = signed_in(person), reverse("admin:telephony_oauthclient_add")
    assert "provider=acme" in browser.get(url).content.decode()
    page = browser.get(url, {"provider": "acme"}).content.decode()
    assert "http://testserver/accounts/acme/login/callback/" in page
    for scope in get_spec("acme").scopes:
        assert str(scope.gives) in page
    form = {
        "provider": "acme",
        "name": "Acme",
        "client_id": "from-the-admin",
        "client_secret": "s3cret-of-acme",
        "environment": "production",
        "scopes": ["profile", "calls"],
        "enabled": "on",
    }
    answer = browser.post(f"{url}?provider=acme", form)
    assert answer.status_code == 302, answer.content.decode()
    client = OAuthClient.objects.get(client_id="from-the-admin")
    assert client.config().client_secret == "s3cret-of-acme"


def test_an_account_is_linked_read_shown_and_unlinked(
    browser: Client, oauth_client: OAuthClient, acme: responses.RequestsMock
) -> None:
    account = linked(browser, oauth_client, acme)
    assert (account.remote_id, account.company, account.person) == ("u-4711", "Example Ltd", "Ada Example")
    assert Token.objects.get(account=account).refresh_token.reveal(f"token:{account.pk}") == REFRESH

    for section in (Section.FACTS, Section.BALANCE, Section.EXTENSIONS):
        assert refresh_section(account, section).error_code == "", section
    assert str(account.balances.get()) == "12.3400 EUR"
    assert Extension.objects.filter(account=account).count() == len(contract.LINES)
    assert read_calls(account, CallFilter(since=contract.TestAcme.query.since)).complete
    assert Call.objects.filter(account=account).count() == len(contract.CALLS)

    account.refresh_from_db()
    card = {
        one.feature: one.state
        for one in capability_card(account.spec, frozenset(account.granted_scopes), account.observed_capabilities())
    }
    assert card[Feature.BALANCE] is CapabilityState.AVAILABLE
    assert card[Feature.OWN_CALLS] is CapabilityState.AVAILABLE
    assert card[Feature.RECORDINGS] is CapabilityState.NOT_OFFERED
    for url in (reverse("telephony:dashboard"), account.get_absolute_url()):
        page = browser.get(url)
        assert page.status_code == 200
        assert "Acme Phone" in page.content.decode()
        assert "12.34" in page.content.decode()
    assert "Acme Phone does not record calls." in browser.get(account.get_absolute_url()).content.decode()

    assert unlink(account).revoked
    revoked = parse_qs(str(acme.calls[-1].request.body))
    assert revoked == {"token": [REFRESH], "token_type_hint": ["refresh_token"]}
    assert not LinkedAccount.objects.exists()


def test_a_call_is_started_and_a_text_sent(
    person: User, browser: Client, oauth_client: OAuthClient, acme: responses.RequestsMock
) -> None:
    account = linked(browser, oauth_client, acme)
    acme.post(f"{API}/v1/started", json={"id": "s-1", "state": "ringing"})
    acme.post(f"{API}/v1/texts", json=contract.TestAcme.sent_answer.body)

    device = placing.devices(account)[0]
    call, _is_new = placing.start(person, account, device, read_number("+493023125999", "DE"), "once")
    sender = contract.TestAcme.text
    box = texting.text_box(account)
    draft = texting.Draft(
        account, texting.TextSender("+4930123450", "Front desk", "+4930123450"), sender.recipient, sender.body, "once"
    )
    message, _is_new = texting.send_message(person, draft)

    assert (call.remote_id, call.call_stage) == ("s-1", CallStage.RINGING_OWN)
    assert "Front desk" in browser.get(call.get_absolute_url()).content.decode()
    assert box.senders == [["+4930123450", "Front desk", "+4930123450"]]
    assert (message.remote_id, message.act_state) == ("t-1", ActState.ACCEPTED)
