"""RFC 9700, point by point, for an OAuth client that links at several providers: the numbers are the RFC's sections."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.errors import UnusableReply
from telephony.core.flow import redirect_uri
from telephony.core.http import HttpDoor, new_session
from telephony.core.oauth import OAuthEndpoints, TokenEndpoint
from telephony.core.registry import all_specs
from telephony.models import LinkedAccount, OAuthClient, Token
from telephony.services.unlinking import unlink
from telephony.tests.conftest import authorize_url, callback, link_through_pages, path_of, sign_in

MakeClient = Callable[..., OAuthClient]
SLUGS = [spec.slug for spec in all_specs()]
MAIL = "ada@example.org"
TOKEN_PATH = "token"  # every provider's token endpoint ends so


def asked_for_tokens(sandbox: RunningSandbox) -> int:
    """How often a token endpoint was asked."""
    return len(sandbox.requests.entries(path_contains=TOKEN_PATH))


@pytest.mark.parametrize("slug", SLUGS)
def test_2_1_1_only_the_code_grant_with_pkce_s256_and_a_fresh_challenge(
    slug: str, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client(slug)
    first, second = (parse_qs(urlsplit(authorize_url(browser, client)).query) for _ in range(2))

    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first["code_challenge"][0])
    assert first["code_challenge"] != second["code_challenge"]
    assert first["state"] != second["state"]


@pytest.mark.parametrize("slug", SLUGS)
def test_2_1_the_redirect_uri_is_one_text_that_no_header_changes(
    slug: str, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient, settings: Settings
) -> None:
    client = oauth_client(slug)
    settings.ALLOWED_HOSTS = ["*"]
    start = f"/accounts/{slug}/login/?process=connect&client={client.pk}"
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}

    answer = browser.post(start, headers=headers)

    assert parse_qs(urlsplit(answer["Location"]).query)["redirect_uri"] == [
        f"{settings.BASE_URL}/accounts/{slug}/login/callback/"
    ]


def test_2_1_every_provider_has_a_redirect_path_of_its_own() -> None:
    assert len({redirect_uri(slug) for slug in SLUGS}) == len(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_2_3_only_scopes_that_the_client_is_set_up_for_are_asked(
    slug: str, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client(slug)

    query = parse_qs(urlsplit(authorize_url(browser, client, "&scope=admin+made.up")).query)

    asked = set(query.get("scope", [""])[0].replace(",", " ").split())
    assert asked <= set(client.scopes)


@pytest.mark.parametrize(("start", "end"), [(SLUGS[0], SLUGS[1]), (SLUGS[1], SLUGS[2]), (SLUGS[2], SLUGS[0])])
def test_4_4_a_code_of_one_provider_is_never_sent_to_another(
    start: str, end: str, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client(start))
    oauth_client(end)
    sandbox.requests.clear()

    answer = browser.get(back.replace(f"/{start}/", f"/{end}/"))

    assert answer.status_code == 403
    assert asked_for_tokens(sandbox) == 0
    assert not LinkedAccount.objects.exists()


def test_4_4_a_wrong_issuer_is_refused_before_the_code_is_used(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    slug = next(spec.slug for spec in all_specs() if spec.endpoints(spec.environments[0]).issuer)
    back = callback(browser, sandbox, oauth_client(slug))
    sandbox.requests.clear()
    forged = re.sub(r"&iss=[^&]*", "", back) + "&iss=https%3A%2F%2Fevil.example"

    answer = browser.get(forged)

    assert answer.status_code == 403
    assert asked_for_tokens(sandbox) == 0
    assert not LinkedAccount.objects.exists()


def test_4_7_another_browser_of_the_same_person_cannot_finish_what_this_one_began(
    browser: Client, person: User, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client(SLUGS[0]))
    sandbox.requests.clear()

    answer = sign_in(person).get(back)

    assert answer.status_code == 403
    assert asked_for_tokens(sandbox) == 0


def test_4_7_a_state_is_good_for_one_use_even_when_the_exchange_failed(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client(SLUGS[0]))
    browser.get(back.replace("code=", "code=made-up-"))
    sandbox.requests.clear()

    assert browser.get(back).status_code == 403
    assert asked_for_tokens(sandbox) == 0


def test_4_2_the_page_of_a_failed_callback_passes_the_code_on_to_nobody(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client(SLUGS[0]))
    (code,) = parse_qs(urlsplit(back).query)["code"]
    failed = browser.get(back.replace("code=", "code=made-up-"))
    refused = browser.get(back)

    for page in (failed, refused):
        assert page["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page["Cache-Control"]
        assert code not in page.content.decode()


def test_4_2_a_completed_callback_goes_on_at_once_to_an_address_without_code(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    answer = browser.get(callback(browser, sandbox, oauth_client(SLUGS[0])))

    assert answer.status_code == 302
    assert "?" not in answer["Location"]
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("slug", SLUGS)
def test_4_3_2_no_token_is_in_any_address(
    slug: str, browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link_through_pages(browser, sandbox, oauth_client(slug))
    token = Token.objects.get(account=account)
    secrets = {sealed.reveal(token.purpose) for sealed in (token.access_token, token.refresh_token) if sealed}

    asked = [f"{entry.path}?{entry.query}" for entry in sandbox.requests.entries()]

    assert asked
    assert not [address for address in asked if any(secret in address for secret in secrets)]
    assert not [address for address in asked if "access_token" in address or "client_secret" in address]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_4_12_a_redirect_of_the_token_endpoint_is_not_followed(status: int) -> None:
    door = HttpDoor("Acme", frozenset({"https://acme.example", "https://evil.example"}), session=new_session())
    endpoint = TokenEndpoint(door, OAuthEndpoints("https://acme.example/a", "https://acme.example/token"), "id", "hush")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post("https://acme.example/token", status=status, headers={"Location": "https://evil.example/token"})
        mock.add(responses.POST, "https://evil.example/token", json={"access_token": "x"})
        mock.add(responses.GET, "https://evil.example/token", json={"access_token": "x"})
        with pytest.raises(UnusableReply):
            endpoint.exchange("code", "https://site.example/callback", "verifier")

        assert [call.request.url for call in mock.calls] == ["https://acme.example/token"]


def test_4_11_nobody_is_sent_to_another_site_after_signing_in_or_linking(
    browser: Client, person: User, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    EmailAddress.objects.create(user=person, email=MAIL, verified=True, primary=True)
    client = oauth_client(SLUGS[0])
    hostile = (
        "https://evil.example",
        "//evil.example",
        "https:evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    )

    for target in hostile:
        answer = browser.get(callback(browser, sandbox, client, more=f"&next={target}"))
        again = browser.post("/accounts/reauthenticate/", {"next": target, "password": "correct horse battery"})
        out = browser.post("/accounts/logout/", {"next": target})
        signing_in = browser.post(
            "/accounts/login/", {"next": target, "login": MAIL, "password": "correct horse battery"}
        )

        assert [found.status_code for found in (answer, again, out, signing_in)] == [302] * 4
        for found in (answer, again, out, signing_in):
            assert urlsplit(found["Location"]).netloc == ""
            assert re.match(r"/[^/\\]|/$", found["Location"]), (target, found["Location"])
        browser = sign_in(person)


def test_revocation_on_unlink_ends_the_grant_with_the_refresh_token(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    slug = next(
        spec.slug for spec in all_specs() if spec.sandbox and spec.endpoints(spec.sandbox.at(sandbox.url)).revoke
    )
    account = link_through_pages(browser, sandbox, oauth_client(slug))
    sandbox.requests.clear()

    report = unlink(account)

    assert report.revoked
    assert [entry.method for entry in sandbox.requests.entries() if "revoke" in entry.path] == ["POST"]
    assert not Token.objects.exists()


def test_a_person_without_a_session_can_neither_link_nor_come_to_exist(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    back = callback(browser, sandbox, oauth_client(SLUGS[0]))
    people = User.objects.count()
    sandbox.requests.clear()

    assert Client().get(back).status_code == 403
    assert User.objects.count() == people
    assert asked_for_tokens(sandbox) == 0


def test_a_link_to_linking_does_nothing_by_itself(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    client = oauth_client(SLUGS[0])
    page = browser.get(reverse(f"{SLUGS[0]}_login") + f"?process=connect&client={client.pk}")

    assert page.status_code == 200
    assert "Location" not in page.headers
    assert path_of(authorize_url(browser, client))
