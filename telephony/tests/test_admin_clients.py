"""OAuth clients in the admin: adding, editing, disabling, deleting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.core.registry import all_specs, get_spec
from telephony.models import LinkedAccount, OAuthClient, SyncState, Token
from telephony.services.sync import ensure_states
from telephony.tests.accounts import make_account, make_client
from telephony.tests.desk import CLIENTS, act, desk, filled, said, viewer

pytestmark = pytest.mark.django_db
SLUGS = [spec.slug for spec in all_specs()]


@pytest.fixture
def boss() -> Client:
    return desk()


def add(browser: Client, provider: str, **changes: object) -> str:
    """Send the form for a new client; gives the page where it is shown again, "" where it was saved."""
    response = browser.post(f"{CLIENTS}add/?provider={provider}", filled(provider, **changes))
    return "" if response.status_code == 302 else response.content.decode()


def change(browser: Client, client: OAuthClient, **changes: object) -> str:
    data = {
        "name": client.name,
        "client_id": client.client_id,
        "environment": client.environment,
        "scopes": client.scopes,
        "client_secret": "",
        **changes,
    }
    response = browser.post(f"{CLIENTS}{client.pk}/change/", filled(client.provider, **data))
    client.refresh_from_db()
    return "" if response.status_code == 302 else response.content.decode()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_permission_says_what_it_is_for(boss: Client, slug: str) -> None:
    page = boss.get(f"{CLIENTS}add/?provider={slug}").content.decode()
    texts = get_spec(slug).texts

    assert "No page of this site needs it" not in page
    assert texts is None or "Follow sent texts, and read received ones" in page


# --- adding -----------------------------------------------------------------------------------------------------------


def test_adding_begins_with_the_choice_of_a_provider(boss: Client) -> None:
    page = boss.get(f"{CLIENTS}add/").content.decode()

    for spec in all_specs():
        assert f'href="?provider={spec.slug}"' in page


def test_an_unknown_provider_leads_back_to_the_choice(boss: Client) -> None:
    assert 'href="?provider=' in boss.get(f"{CLIENTS}add/?provider=nobody").content.decode()


@pytest.mark.parametrize("slug", SLUGS)
def test_the_form_shows_the_redirect_uri_the_steps_and_every_scope(boss: Client, slug: str) -> None:
    spec = get_spec(slug)

    page = boss.get(f"{CLIENTS}add/?provider={slug}").content.decode()

    assert f'data-copy="http://testserver/accounts/{slug}/login/callback/"' in page
    assert spec.portal.url in page
    assert page.count('name="scopes"') == len(spec.scopes)
    assert page.count("checked") == len(spec.default_scopes) + 2, "the default scopes, the environment, and enabled"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_client_is_added_with_its_secret_sealed(boss: Client, slug: str) -> None:
    assert add(boss, slug) == ""

    client = OAuthClient.objects.get()
    assert client.provider == slug
    assert client.client_secret.reveal(client.purpose) == "hush-hush-secret"
    assert client.scopes == list(get_spec(slug).default_scopes)
    assert client.config().environment.key == get_spec(slug).environments[0].key


def test_a_forged_provider_in_the_form_is_ignored(boss: Client) -> None:
    boss.post(f"{CLIENTS}add/?provider=ringcentral", {**filled("ringcentral"), "provider": "goto"})

    assert OAuthClient.objects.get().provider == "ringcentral"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_secret": ""}, "This field is required."),
        ({"client_id": ""}, "This field is required."),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["everything"]}, "everything is not one of the available choices."),
        ({"environment": "moon"}, "moon is not one of the available choices."),
    ],
)
def test_a_wrong_field_says_what_is_wrong(boss: Client, changes: dict[str, object], sentence: str) -> None:
    assert sentence in add(boss, "ringcentral", **changes)
    assert not OAuthClient.objects.exists()


def test_the_same_client_twice_is_refused_in_words(boss: Client) -> None:
    add(boss, "ringcentral")

    assert "This OAuth client is registered here already." in add(boss, "ringcentral")


def test_a_secret_is_asked_for_again_when_the_form_comes_back(boss: Client) -> None:
    page = add(boss, "ringcentral", name="")

    assert "hush-hush-secret" not in page
    assert "it is not sent back to the page" in page


def test_the_brand_reaches_the_authorize_parameters_and_only_known_ones_do(boss: Client) -> None:
    add(boss, "ringcentral", parameter_brand_id="3420", parameter_evil="1")

    assert OAuthClient.objects.get().parameters == {"brand_id": "3420"}


# --- other hosts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "http://169.254.169.254/latest/",
        "https://platform.ringcentral.com.evil.example",
        "https://platform.ringcentral.com@evil.example",
        "http://platform.ringcentral.com",
        "ftp://127.0.0.1/",
        "http://127.0.0.1/?next=1",
        "http://127.0.0.1\\@evil.example/",
        "javascript:alert(1)",
    ],
)
def test_hosts_that_are_not_allowed_are_refused(boss: Client, settings: object, url: str) -> None:
    settings.PROVIDER_ALLOW_LOOPBACK = True  # type: ignore[attr-defined]  # pytest-django's wrapper

    assert "errorlist" in add(boss, "ringcentral", environment="custom", auth_url=url, api_url=url)
    assert not OAuthClient.objects.exists()


def test_hosts_that_settings_name_are_taken(boss: Client, settings: object) -> None:
    settings.PROVIDER_EXTRA_HOSTS = ["pbx.example"]  # type: ignore[attr-defined]  # pytest-django's wrapper

    url = "https://pbx.example/oauth/"
    assert add(boss, "ringcentral", environment="custom", auth_url=url, api_url=url) == ""

    assert OAuthClient.objects.get().auth_url == "https://pbx.example/oauth"


def test_other_hosts_are_not_offered_where_settings_allow_none(boss: Client, settings: object) -> None:
    settings.PROVIDER_ALLOW_LOOPBACK = False  # type: ignore[attr-defined]  # pytest-django's wrapper
    settings.PROVIDER_EXTRA_HOSTS = []  # type: ignore[attr-defined]  # pytest-django's wrapper
    settings.SANDBOX_URL = ""  # type: ignore[attr-defined]  # pytest-django's wrapper

    page = boss.get(f"{CLIENTS}add/?provider=ringcentral").content.decode()

    assert 'value="custom"' not in page
    assert 'value="sandbox"' not in page
    assert "custom is not one of" in add(boss, "ringcentral", environment="custom", auth_url="https://pbx.example")


def test_an_address_that_nothing_would_use_is_not_swallowed(boss: Client) -> None:
    assert "Choose “Other hosts”" in add(boss, "ringcentral", auth_url="https://platform.ringcentral.com")


# --- editing ----------------------------------------------------------------------------------------------------------


def test_an_empty_secret_keeps_the_stored_one_and_shows_nothing_of_it(boss: Client) -> None:
    client = make_client()

    page = boss.get(f"{CLIENTS}{client.pk}/change/").content.decode()
    assert change(boss, client, name="Renamed") == ""

    assert "secret-1" not in page
    assert client.client_secret.stored not in page
    assert client.name == "Renamed"
    assert client.client_secret.reveal(client.purpose) == "secret-1"


def test_a_mended_secret_is_tried_at_once_by_the_accounts_that_waited_for_it(boss: Client, person: User) -> None:
    account, later = make_account(person), timezone.now() + timedelta(minutes=14)
    Token.objects.filter(account=account).update(cooldown_until=later)
    LinkedAccount.objects.filter(pk=account.pk).update(next_refresh_at=later)
    (state, *_others) = ensure_states(account)
    SyncState.objects.filter(pk=state.pk).update(error_code="client_rejected", failures=4, next_pass_at=later)
    assert account.client is not None

    change(boss, account.client, name="Renamed")
    assert Token.objects.get(account=account).cooldown_until == later
    change(boss, account.client, client_secret="mended")  # a test's

    assert Token.objects.get(account=account).cooldown_until is None
    account.refresh_from_db()
    state.refresh_from_db()
    assert account.next_refresh_at < later
    assert (state.failures, state.next_pass_at < later) == (0, True)


def test_a_new_client_id_needs_its_own_secret(boss: Client) -> None:
    client = make_client()

    assert "each belongs to the other" in change(boss, client, client_id="client-2")
    assert change(boss, client, client_id="client-2", client_secret="secret-2") == ""

    assert client.client_secret.reveal(client.purpose) == "secret-2"


def test_a_stored_secret_is_never_sent_to_another_server(boss: Client) -> None:
    client = make_client()

    assert "it is not sent to a server" in change(boss, client, environment="segregated")
    assert client.environment == "production"


def test_the_server_of_linked_accounts_cannot_be_changed(boss: Client, person: User) -> None:
    client = make_client()
    make_account(person, client=client)

    change(boss, client, environment="segregated", client_id="client-2", client_secret="secret-2")

    assert (client.environment, client.client_id) == ("production", "client-1")


def test_staffs_own_secret_is_not_replaced_by_the_environment_variables(boss: Client) -> None:
    client = make_client(seeded=True)

    change(boss, client, client_secret="secret-2")

    assert client.seeded is False


def test_scopes_of_an_older_version_are_shown_and_kept(boss: Client) -> None:
    client = make_client()
    client.scopes = ["ReadAccounts", "OldScope"]
    client.save()

    assert "OldScope" in boss.get(f"{CLIENTS}{client.pk}/change/").content.decode()
    assert change(boss, client) == ""
    assert client.scopes == ["ReadAccounts", "OldScope"]


def test_disabling_stops_linking_and_nothing_else(boss: Client, person: User) -> None:
    client = make_client()
    account = make_account(person, client=client)

    act(boss, CLIENTS, "disable", client.pk)

    client.refresh_from_db()
    assert not client.enabled
    assert LinkedAccount.objects.get(pk=account.pk).usable


# --- deleting ---------------------------------------------------------------------------------------------------------


def test_a_client_with_linked_accounts_is_not_deleted_and_the_page_says_why(boss: Client, person: User) -> None:
    client = make_client()
    make_account(person, client=client)

    response = boss.post(f"{CLIENTS}{client.pk}/delete/", {"post": "yes"})

    assert "cannot be deleted: 1 account is linked with it. Disable it instead." in said(response)
    assert OAuthClient.objects.filter(pk=client.pk).exists()


def test_a_client_without_accounts_is_deleted(boss: Client) -> None:
    client = make_client()

    boss.post(f"{CLIENTS}{client.pk}/delete/", {"post": "yes"})

    assert not OAuthClient.objects.exists()


def test_deleting_many_at_once_is_not_offered(boss: Client) -> None:
    client = make_client()

    act(boss, CLIENTS, "delete_selected", client.pk, post="yes")

    assert OAuthClient.objects.exists()


# --- who may do what --------------------------------------------------------------------------------------------------


def test_who_may_only_look_changes_nothing() -> None:
    client, browser = make_client(), viewer()

    page = browser.get(f"{CLIENTS}{client.pk}/change/")
    assert page.status_code == 200
    assert "secret-1" not in page.content.decode()
    assert 'name="client_secret"' not in page.content.decode()
    assert browser.post(f"{CLIENTS}{client.pk}/change/", filled("ringcentral")).status_code == 403
    assert browser.get(f"{CLIENTS}add/").status_code == 403
    assert browser.post(f"{CLIENTS}add/?provider=ringcentral", filled("ringcentral")).status_code == 403
    assert browser.post(f"{CLIENTS}{client.pk}/delete/", {"post": "yes"}).status_code == 403
    for action in ("test", "enable", "disable"):
        act(browser, CLIENTS, action, client.pk)
    client.refresh_from_db()
    assert not LogEntry.objects.exists()
    assert client.enabled


def test_a_client_whose_provider_was_removed_can_be_looked_at(boss: Client) -> None:
    client = make_client()
    OAuthClient.objects.update(provider="gone")

    assert "not installed any more" in boss.get(f"{CLIENTS}{client.pk}/change/").content.decode()
    assert "Not available here" in boss.get(CLIENTS).content.decode()
    assert "not installed any more" in said(act(boss, CLIENTS, "test", client.pk))
