"""The headers of every page, as a production site sends them, and the cookies."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from pytest_django import Settings

from accounts.tests.markup import inline_code
from config.tests.production import PRODUCTION, settings_of
from telephony.core.testing.effort import takes_seconds
from tests.security.addresses import addresses
from tests.security.test_access import body_of
from tests.security.world import PASSWORD, Who, World

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
EXPECTED = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Content-Security-Policy": POLICY,
}
FROM_PRODUCTION = (
    "SECURE_SSL_REDIRECT", "SECURE_REDIRECT_EXEMPT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD",
    "SECURE_REFERRER_POLICY", "X_FRAME_OPTIONS", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "LANGUAGE_COOKIE_SECURE", "CONTENT_SECURITY_POLICY",
)  # fmt: skip


@pytest.fixture
def in_production(settings: Settings) -> None:
    """The headers and cookies of a production site; everything else as in all tests."""
    with pytest.MonkeyPatch.context() as patch:
        real = settings_of(patch, PRODUCTION)
    for name in FROM_PRODUCTION:
        setattr(settings, name, real[name])


def directives(policy: str) -> dict[str, set[str]]:
    """A Content-Security-Policy by directive."""
    parts = (part.split() for part in policy.split(";") if part.strip())
    return {name: set(sources) for name, *sources in parts}


def faults(response: HttpResponseBase, name: str = "") -> list[str]:
    """Headers of the page `name` that are not as they should be."""
    wanted = {name: text for name, text in EXPECTED.items() if name != "Content-Security-Policy"}
    if name.endswith("_callback"):
        wanted["Referrer-Policy"] = "no-referrer"  # its address holds the code
    found = [
        f"{name}: {response.headers.get(name)}" for name, text in wanted.items() if response.headers.get(name) != text
    ]
    policy = directives(response.headers.get("Content-Security-Policy", ""))
    if policy != directives(POLICY):
        found.append(f"Content-Security-Policy: {response.headers.get('Content-Security-Policy')}")
    if "no-store" not in response.headers.get("Cache-Control", ""):
        found.append(f"Cache-Control: {response.headers.get('Cache-Control')}")
    return found


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(Who.NOBODY, id="nobody"),
        pytest.param(Who.PERSON, id="person"),
        pytest.param(Who.ROOT, id="root", marks=takes_seconds),
    ],
)
def test_every_page_has_all_headers_and_no_inline_code(who: Who, world: World, in_production: None) -> None:
    browser, wrong = world.browser(who), []
    for address in addresses():
        if who is not Who.NOBODY and address.name.startswith("admin") != (who is Who.ROOT):
            continue
        cache.clear()
        cookies = deepcopy(browser.cookies)
        with transaction.atomic():
            response = browser.get(address.path(world.keys), secure=True)
            transaction.set_rollback(True)
        browser.cookies = cookies
        found = faults(response, address.name)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            found += [f"inline: {code}" for code in inline_code(body_of(response).decode()) if "/jsi18n/" not in code]
        wrong += [f"{address.name}: {fault}" for fault in found]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("path", "status"), [("/no-such-page", 404), ("/telephony/accounts/1/", 302), ("/status", 404)]
)
def test_pages_of_refusal_have_them_too(path: str, status: int, db: None, in_production: None) -> None:
    response = Client().get(path, secure=True)

    assert response.status_code == status
    assert faults(response) == []


def test_a_request_without_tls_is_sent_to_https_and_gets_nothing(db: None, in_production: None) -> None:
    response = Client().get("/accounts/login/?next=/telephony/")

    assert (response.status_code, response.content) == (301, b"")
    assert response["Location"] == "https://testserver/accounts/login/?next=/telephony/"


def test_the_cookies_of_a_signed_in_person_are_locked_to_this_host(world: World, in_production: None) -> None:
    browser = Client()
    browser.get("/accounts/login/", secure=True)
    credentials = {"login": world.people[Who.STRANGER].email, "password": PASSWORD}
    assert browser.post("/accounts/login/", credentials, secure=True).status_code == 302

    assert set(browser.cookies) >= {"__Host-session", "__Host-csrf"}
    for name in ("__Host-session", "__Host-csrf"):
        cookie = browser.cookies[name]
        assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax", name  # noqa: PT018
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name


def test_signing_out_empties_the_browser(world: World) -> None:
    browser = world.browser(Who.PERSON)

    assert "Clear-Site-Data" not in browser.get("/telephony/").headers
    assert browser.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_deleting_the_account_empties_the_browser_too(world: World) -> None:
    browser = world.browser(Who.STRANGER)

    response = browser.post("/accounts/delete/", {"email": world.people[Who.STRANGER].email})

    assert response["Location"] == "/accounts/deleted/"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'


@override_settings(ALLOWED_HOSTS=["calls.example.org"])
@pytest.mark.parametrize("host", ["evil.example", "calls.example.org.evil.example", "calls.example.org@evil.example"])
def test_another_host_name_is_refused(host: str, db: None) -> None:
    assert Client(raise_request_exception=False).get("/accounts/login/", headers={"host": host}).status_code == 400


def test_pages_never_depend_on_a_forwarded_host(db: None) -> None:
    assert site_settings.USE_X_FORWARDED_HOST is False
    response = Client().get("/admin/", headers={"x-forwarded-host": "evil.example"})
    assert "evil.example" not in response["Location"]
