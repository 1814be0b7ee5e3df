"""Those who run the site: signing in to the administration, setting up an OAuth client by hand, looking after accounts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from sandbox.clients import SEEDED
from tests.browser.visitor import DESK, PHONE, Visitor, enter


@pytest.fixture
def stefan(visitor: Visitor) -> Visitor:
    """Staff, at a desk."""
    return enter(visitor, name="Stefan Staff", staff=True)


def test_the_administration_is_entered_by_the_sites_own_sign_in(visitor: Visitor) -> None:
    staff = visitor.stage.backstage("person", name="Stefan Staff", staff=True)
    visitor.go("/admin/")
    assert visitor.path == "/accounts/login/"
    visitor.fill({"E-mail address": staff["email"], "Password": staff["password"]})
    visitor.press("Sign in")
    assert visitor.path == "/admin/"
    expect(visitor.page.get_by_role("link", name="OAuth clients").first).to_be_visible()


def test_people_without_staff_rights_are_refused_by_the_administration(ada: Visitor) -> None:
    ada.watch.expect(403)
    response = ada.go("/admin/")
    assert response is not None
    assert response.status == 403


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_client_is_set_up_by_hand_tested_and_linked_with(
    open_window: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    stefan = enter(open_window(size=size), name="Stefan Staff", staff=True)
    stefan.stage.backstage("no_clients")
    stefan.go("/telephony/")
    stefan.follow("Add an OAuth client")
    stefan.main.get_by_role("link", name=re.compile("RingCentral")).first.click()
    stefan.settle()
    redirect_uri = f"{stefan.stage.url}/accounts/ringcentral/login/callback/"
    stefan.sees(redirect_uri)
    client_id, secret = SEEDED["ringcentral"]
    stefan.page.locator("#id_name").fill("Office")
    stefan.page.locator("#id_client_id").fill(client_id)
    stefan.page.locator("#id_client_secret").fill(secret)
    stefan.main.get_by_label(re.compile("Local sandbox")).first.check()
    stefan.page.locator("input[name=_continue]").click()
    stefan.settle()
    assert re.search(r"/oauthclient/\d+/change/", stefan.path)
    assert secret not in stefan.page.content()

    stefan.page.get_by_role("button", name="Test this client").click()
    stefan.settle()
    expect(stefan.page.locator(".messagelist .success, .messagelist .ok")).to_be_visible()

    stefan.go("/telephony/link/")
    stefan.follow("Link RingCentral", within=stefan.page.locator("#ringcentral"))
    stefan.press("Continue to RingCentral")
    stefan.consent()
    stefan.page.wait_for_url(re.compile(r"/telephony/accounts/\d+/"))


def test_the_redirect_uri_is_copied_by_its_button(stefan: Visitor) -> None:
    stefan.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=stefan.stage.url)
    stefan.go("/admin/telephony/oauthclient/add/?provider=goto")
    stefan.main.get_by_role("button", name=re.compile("Copy")).first.click()
    copied = stefan.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == f"{stefan.stage.url}/accounts/goto/login/callback/"


def test_a_wrong_secret_is_found_out_by_the_test(stefan: Visitor) -> None:
    stefan.stage.backstage("no_clients")
    stefan.go("/admin/telephony/oauthclient/add/?provider=goto")
    stefan.page.locator("#id_client_id").fill(SEEDED["goto"][0])
    stefan.page.locator("#id_client_secret").fill("not the secret")
    stefan.main.get_by_label(re.compile("Local sandbox")).first.check()
    stefan.page.locator("input[name=_continue]").click()
    stefan.page.get_by_role("button", name="Test this client").click()
    stefan.settle()
    expect(stefan.page.locator(".messagelist .error, .messagelist .danger, .messagelist .warning")).to_contain_text(
        re.compile("secret", re.IGNORECASE)
    )


def test_a_linked_account_is_found_by_its_owners_address_and_read_again(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window())
    ada.has_linked("goto")
    stefan = enter(open_window(), name="Stefan Staff", staff=True)
    stefan.go("/admin/telephony/linkedaccount/")
    stefan.page.locator("#searchbar").fill(ada.email)
    stefan.page.get_by_role("button", name="Search").click()
    stefan.main.get_by_role("link", name=re.compile("Grete Beispiel")).first.click()
    stefan.settle()
    stefan.page.get_by_role("button", name=re.compile("Refresh|Read")).first.click()
    stefan.settle()
    expect(stefan.page.locator(".messagelist li").first).to_be_visible()


def test_staff_unlink_for_somebody_after_a_question(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window())
    key = ada.has_linked("ringcentral")["ringcentral"]
    stefan = enter(open_window(), name="Stefan Staff", staff=True)
    stefan.go(f"/admin/telephony/linkedaccount/{key}/change/")
    stefan.page.get_by_role("button", name=re.compile("Unlink")).first.click()
    stefan.settle()
    stefan.main.locator("form input[type=submit], form button[type=submit]").first.click()
    stefan.settle()
    assert stefan.stage.sandbox.requests("ringcentral", "/restapi/oauth/revoke")
    ada.go("/telephony/")
    ada.sees("No account is linked yet")


def test_no_page_about_tokens_shows_one(open_window: Callable[..., Visitor]) -> None:
    enter(open_window()).has_linked("sipgate")
    stefan = enter(open_window(), name="Stefan Staff", staff=True)
    stefan.go("/admin/telephony/token/")
    stefan.main.locator("#result_list a").first.click()
    stefan.settle()
    assert not re.search(r"eyJ[\w-]{20,}", stefan.page.content())
    assert "Fingerprint" in stefan.main.inner_text() or "fingerprint" in stefan.main.inner_text()
