"""*Test this client*, against the sandbox over real HTTP: each way to be wrong has its own sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from sandbox.testing import RunningSandbox
from telephony.core.registry import all_specs
from telephony.models import OAuthClient
from telephony.tests.desk import CLIENTS, act, desk, said

MakeClient = Callable[..., OAuthClient]
SLUGS = [spec.slug for spec in all_specs()]


@pytest.fixture
def boss(db: None) -> Client:
    return desk()


def finding(boss: Client, client: OAuthClient) -> str:
    response = act(boss, CLIENTS, "test", client.pk, _from_object=str(client.pk))
    assert response["Location"] == f"{CLIENTS}{client.pk}/change/"
    return said(response)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_good_client_is_fine(slug: str, boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    assert "accepts its secret and redirect URI" in finding(boss, oauth_client(slug))
    assert LogEntry.objects.get().change_message == "Tested: fine."


@pytest.mark.parametrize("slug", SLUGS)
def test_an_unknown_client_is_told_from_a_wrong_secret(
    slug: str, boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client(slug, client_id="3000009-0-00000000-0000-4000-8000-000000000000")

    assert "does not know this client ID" in finding(boss, client)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_wrong_secret_is_told_and_not_repeated(
    slug: str, boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client(slug)
    client.set_secret("mistyped-secret")
    client.save()

    told = finding(boss, client)

    assert "refuses the secret" in told
    assert "mistyped-secret" not in told


@pytest.mark.parametrize("slug", SLUGS)
def test_a_redirect_uri_that_is_not_registered_is_shown_for_copying(
    slug: str, boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient, settings: object
) -> None:
    settings.BASE_URL = "https://moved.example"  # type: ignore[attr-defined]  # pytest-django's wrapper

    told = finding(boss, oauth_client(slug))

    assert "not this site's redirect URI" in told
    assert f"https://moved.example/accounts/{slug}/login/callback/" in told


@pytest.mark.parametrize("slug", SLUGS)
def test_a_provider_that_is_away_says_nothing_about_the_client(
    slug: str, boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    sandbox.faults.add("unavailable", provider=slug)

    assert "could not be reached" in finding(boss, oauth_client(slug))


def test_a_server_that_is_not_there_is_unreachable(boss: Client, oauth_client: MakeClient, settings: object) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]  # the discard port: nobody listens

    assert "could not be reached" in finding(boss, oauth_client("goto"))


def test_a_secret_under_a_lost_key_is_told_without_asking_the_provider(
    boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient, settings: object
) -> None:
    client = oauth_client("goto")
    settings.FIELD_ENCRYPTION_KEYS = ["bm90LXRoZS1rZXktdGhhdC1zZWFsZWQtdGhlLXJvdy0="]  # type: ignore[attr-defined]

    assert "Nothing was sent" in finding(boss, client)
    assert "Key is not configured" in boss.get(CLIENTS).content.decode()


def test_the_list_tests_a_few_at_once_and_says_so(boss: Client, settings: object, oauth_client: MakeClient) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]  # the discard port: nobody listens
    clients = [oauth_client("goto", client_id=f"client-{number}") for number in range(6)]

    told = said(act(boss, CLIENTS, "test", *(client.pk for client in clients)))

    assert told.count("could not be reached") == 5
    assert "Only the first 5 were tested." in told


def test_permissions_that_the_client_may_not_ask_for_are_told(
    boss: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client("sipgate", scopes=["account:read", "no-such-scope"])

    assert "does not let it ask for all of these permissions" in finding(boss, client)
