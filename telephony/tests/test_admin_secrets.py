"""No page of the admin shows a character of a token or a client secret, runs inline code, or belongs to allauth's token tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urldefrag, urljoin

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.markup import inline_code
from telephony.core.oauth import TokenSet
from telephony.core.testing.effort import takes_seconds
from telephony.models import Call, EventKind, LinkedAccount, Token
from telephony.services import events
from telephony.tests.accounts import make_account, make_client, make_personal
from telephony.tests.desk import act, desk, viewer

pytestmark = pytest.mark.django_db
# No pair of letters of these is in any other text; a page that has four in a row shows a part of a token.
CANARIES = ("QzXqJ9-access-KvWx7Zj", "ZqVw8X-refresh-JxKq5Q", "XjQv4Z-client-WqZx6K")
MOST_PAGES = 60
OUR_OWN_CATALOGUE = "/admin/jsi18n/"
CSRF_TOKEN = re.compile(
    r"\b[A-Za-z0-9]{64}\b"
)  # of sixty pages' random letters, one in thirty runs has four of a secret's
LINK = re.compile(r'(?:href|action)="(/admin/[^"]*|\?[^"]*|\.\.?/[^"]*)"')


@pytest.fixture
def stored(person: User) -> LinkedAccount:
    """An account, a token and a client whose secrets are canaries, with something on every page."""
    access, refresh, secret = CANARIES
    client = make_client()
    client.set_secret(secret)
    client.save()
    account = make_account(person, client=client, tokens=TokenSet(access, refresh, 3600))
    make_personal(person)
    for kind in EventKind:
        events.record(kind, account, "Something happened.", actor=person)
    return account


def pages(browser: Client) -> Iterator[tuple[str, str]]:
    """Every page of the admin that can be reached by links from its index: address and HTML."""
    waiting, seen = ["/admin/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or "/logout/" in path or "/password_change" in path or "/jsi18n/" in path:
            continue
        seen.add(path)
        response = browser.get(path, follow=True)
        assert response.status_code in (200, 403), (path, response.status_code)
        html = CSRF_TOKEN.sub("", response.content.decode())
        yield path, html
        if len(seen) < MOST_PAGES and path.count("?") == 0:
            waiting += [urldefrag(urljoin(path, unescape(target)))[0] for target in LINK.findall(html)]


def parts(secret: str) -> set[str]:
    """Every four characters in a row that only the secret has."""
    return {secret[at : at + 4] for at in range(len(secret) - 3) if not secret[at : at + 4].strip("-").islower()}


@takes_seconds
@pytest.mark.parametrize("make_browser", [desk, viewer])
def test_no_page_shows_any_part_of_a_secret(stored: LinkedAccount, make_browser: object) -> None:
    browser = make_browser()  # type: ignore[operator]  # one of the two functions
    forbidden = set().union(*(parts(canary) for canary in CANARIES))
    sealed = {token.access_token.stored for token in Token.objects.all()} | {stored.client.client_secret.stored}  # type: ignore[union-attr]
    forbidden |= {text.split(":", 2)[2][:12] for text in sealed} | {"11111111-2222-4333"}

    visited = 0
    for path, html in pages(browser):
        visited += 1
        assert not [part for part in forbidden if part in html], path
        assert [code for code in inline_code(html) if OUR_OWN_CATALOGUE not in code] == [], path
    assert visited > 20


def test_pages_of_tokens_do_not_even_read_the_sealed_columns(stored: LinkedAccount) -> None:
    browser, token = desk(), Token.objects.get(account=stored)

    with CaptureQueriesContext(connection) as queries:
        browser.get("/admin/telephony/token/")
        browser.get(f"/admin/telephony/token/{token.pk}/change/")
        browser.get(f"/admin/telephony/linkedaccount/{stored.pk}/change/")

    assert not [query["sql"] for query in queries if "access_token" in query["sql"] or 'refresh_token"' in query["sql"]]


@pytest.mark.parametrize("way", ["add/", "{}/change/", "{}/delete/"])
@pytest.mark.parametrize("model", ["token", "accountevent"])
def test_tokens_and_events_are_read_only_for_everybody(stored: LinkedAccount, model: str, way: str) -> None:
    pk = Token.objects.get(account=stored).pk if model == "token" else stored.events.first().pk  # type: ignore[union-attr]
    browser = desk()

    assert browser.post(f"/admin/telephony/{model}/{way.format(pk)}", {"post": "yes"}).status_code == 403
    act(browser, f"/admin/telephony/{model}/", "delete_selected", pk, post="yes")
    assert Token.objects.count() == 2
    assert stored.events.count() == len(EventKind)


def test_a_token_under_a_lost_key_is_told(stored: LinkedAccount) -> None:
    Token.objects.filter(account=stored).update(key_id="0badc0de")

    page = desk().get("/admin/telephony/token/").content.decode()

    assert "Key is not configured" in page
    assert "0badc0de" in page


def test_an_access_token_that_has_ended_is_told_in_words(stored: LinkedAccount) -> None:
    token = Token.objects.get(account=stored)
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(hours=3), failures=2)

    page = re.sub("<[^>]+>", "", desk().get(f"/admin/telephony/token/{token.pk}/change/").content.decode())

    assert "ended 3\xa0hours ago" in page
    assert "Failed 2 times in a row" in page


def test_allauths_token_pages_are_gone_and_calls_have_none() -> None:
    shown = {model._meta.label for model in admin.site._registry}

    assert not {label for label in shown if label.startswith(("socialaccount.", "mfa.", "usersessions.", "sites."))}
    assert Call not in admin.site._registry
    assert {"telephony.OAuthClient", "telephony.LinkedAccount", "telephony.Token", "telephony.AccountEvent"} <= shown
    assert desk().get("/admin/socialaccount/socialtoken/").status_code == 404


def test_signed_out_people_are_sent_to_the_sites_own_sign_in(client: Client) -> None:
    for model in ("oauthclient", "linkedaccount", "token", "accountevent"):
        response = client.get(f"/admin/telephony/{model}/", follow=True)
        assert response.redirect_chain[-1][0].startswith("/accounts/login/")
