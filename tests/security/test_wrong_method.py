"""Whoever opens an address the wrong way gets a page that says what to do, or the page with the form; never an empty error."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from telephony.core.testing.effort import takes_seconds
from tests.security.addresses import addresses
from tests.security.world import Who, World

WORDS = b"This address cannot be opened like this"


def ask(browser: Client, method: str, path: str) -> HttpResponseBase:
    """One answer, whose effects are taken back."""
    cache.clear()
    with transaction.atomic():
        response: HttpResponseBase = browser.generic(method, path)
        transaction.set_rollback(True)
    return response


@takes_seconds
def test_the_wrong_method_gets_a_page_or_a_redirect_at_every_address(world: World) -> None:
    browser, empty, refused = world.browser(Who.PERSON, raise_request_exception=False), [], 0
    for address in addresses():
        for method in ("GET", "PUT"):
            response = ask(browser, method, address.path(world.keys))
            if response.status_code == 405:
                refused += 1
                designed = WORDS in getattr(response, "content", b"")
                empty += [] if designed and response["Allow"] else [f"{method} {address.name}"]
    assert refused > 50
    assert not empty


@takes_seconds
def test_no_form_of_the_site_leads_to_a_refusal_after_signing_in_again(world: World) -> None:
    nobody, person, stuck = world.browser(Who.NOBODY), world.browser(Who.PERSON, raise_request_exception=False), []
    for address in addresses():
        response = ask(nobody, "POST", address.path(world.keys))
        target = parse_qs(urlsplit(response.headers.get("Location", "")).query).get("next")
        if target and ask(person, "GET", target[0]).status_code == 405:
            stuck.append(address.name)
    assert not stuck


def test_a_form_that_was_sent_while_signed_out_says_that_nothing_was_done(world: World) -> None:
    browser = world.browser(Who.NOBODY)
    response = browser.post("/telephony/phone-book/clear/", follow=True)
    assert response.redirect_chain == [("/accounts/login/?next=/telephony/phone-book/", 302)]
    assert "nothing was done. Sign in, then do it again." in response.content.decode()


def test_scripts_get_the_bare_refusal(world: World) -> None:
    response = world.browser(Who.PERSON).post("/telephony/", headers={"Accept": "application/json"})
    assert (response.status_code, response.content) == (405, b"")
