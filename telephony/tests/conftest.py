"""People, browsers and a running sandbox for the tests of the telephony pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import User
from sandbox.clients import SEEDED
from sandbox.testing import RunningSandbox, running_sandbox
from telephony.core.client_config import Grant
from telephony.core.flow import redirect_uri
from telephony.core.registry import get_spec
from telephony.models import LinkedAccount, OAuthClient
from telephony.services.linking import link_grant

SITE = "http://testserver"


@pytest.fixture
def person(db: None) -> User:
    """Somebody with a password."""
    return User.objects.create_user("ada@example.org", "correct horse battery", name="Ada")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody else."""
    return User.objects.create_user("bob@example.org", "correct horse battery", name="Bob")


def sign_in(user: User, *, stepped_up: bool = True, **options: Any) -> Client:
    """A browser that is signed in; `stepped_up` as if the password had been asked for a moment ago."""
    browser = Client(**options)
    browser.force_login(user)
    if stepped_up:
        step_up(browser, user)
    return browser


def step_up(browser: Client, user: User) -> None:
    """As if the password had been asked for a moment ago."""
    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session.save()


@pytest.fixture
def browser(person: User) -> Client:
    """Ada's browser, stepped up."""
    return sign_in(person)


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(site_urls=(SITE,), volume=0.3) as running:
        yield running


@pytest.fixture
def sandbox(_sandbox: RunningSandbox, settings: object) -> Iterator[RunningSandbox]:
    """The stand-ins over real HTTP, without faults, grants and requests of earlier tests."""
    settings.SANDBOX_URL = _sandbox.url  # type: ignore[attr-defined]  # pytest-django's wrapper
    yield _sandbox
    _sandbox.faults.clear()
    _sandbox.revoke_grants()
    _sandbox.requests.clear()


@pytest.fixture
def oauth_client(db: None) -> Callable[..., OAuthClient]:
    """Makes an OAuth client that the sandbox knows."""

    def make(provider: str, **columns: object) -> OAuthClient:
        client_id, secret = SEEDED[provider]
        spec = get_spec(provider)
        fields = {"name": spec.name, "client_id": client_id, "environment": "sandbox"} | columns
        client = OAuthClient(provider=provider, **fields)
        client.scopes = list(columns.get("scopes", spec.default_scopes))  # type: ignore[call-overload]  # a list
        client.set_secret(secret)
        client.save()
        return client

    return make


def path_of(url: str) -> str:
    """Path and query of a URL, as the test client takes them."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def link(browser: Client, sandbox: RunningSandbox, client: OAuthClient, persona: str = "admin") -> LinkedAccount:
    """Agree at the provider, exchange the code and store the grant, as linking does but without the site's own pages.

    Hundreds of tests need a linked account and look at nothing on the way; `link_through_pages` walks through them.
    """
    config, proof = client.config(), generate_code_challenge()
    asked = {
        **config.parameters,
        "client_id": client.client_id,
        "redirect_uri": redirect_uri(client.provider),
        "response_type": "code",
        "scope": " ".join(client.scopes),
        "state": "of-a-test",
        "code_challenge": proof["code_challenge"],
        "code_challenge_method": proof["code_challenge_method"],
    }
    back = sandbox.login_and_consent(f"{config.endpoints.authorize}?{urlencode(asked)}", persona)
    code = parse_qs(urlsplit(back).query)["code"][0]
    tokens = config.token_endpoint().exchange(code, redirect_uri(client.provider), proof["code_verifier"])
    grant = Grant(config, tokens, config.api(tokens.access_token).identity())
    user = User.objects.get(pk=browser.session[SESSION_KEY])
    return link_grant(user, grant, requested=frozenset(client.scopes)).account


def link_through_pages(
    browser: Client, sandbox: RunningSandbox, client: OAuthClient, persona: str = "admin"
) -> LinkedAccount:
    """Walk through the whole flow, as a person does, and return the account that it made."""
    response = browser.get(callback(browser, sandbox, client, persona))
    assert response.status_code == 302, response.content.decode()
    return LinkedAccount.objects.get(pk=response["Location"].rstrip("/").rpartition("/")[2])


def callback(
    browser: Client, sandbox: RunningSandbox, client: OAuthClient, persona: str = "admin", more: str = ""
) -> str:
    """Start linking, agree at the provider, and return the address that the provider sends the browser back to."""
    return path_of(sandbox.login_and_consent(authorize_url(browser, client, more), persona))


def authorize_url(browser: Client, client: OAuthClient, more: str = "") -> str:
    """Press *Continue* on the confirmation page and return where it leads."""
    start = f"/accounts/{client.provider}/login/?process=connect&client={client.pk}{more}"
    page = browser.get(start)
    assert page.status_code == 200, page
    return address_after_continue(browser, start)


def address_after_continue(browser: Client, start: str) -> str:
    """Where pressing *Continue* on the confirmation page at `start` leads."""
    answer = browser.post(start)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])
