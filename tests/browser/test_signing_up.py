"""Coming to the site for the first time."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from tests.browser.visitor import Visitor


def test_a_new_user_signs_up_confirms_her_address_and_is_led_to_her_first_link(visitor: Visitor) -> None:
    email, password = f"grace-{secrets.token_hex(3)}@example.org", "a quiet lighthouse 7"
    visitor.go("/")
    visitor.follow("Create your account")
    visitor.fill({"E-mail address": email, "Your name": "Grace Hopper"})
    visitor.fill({"Password": password, "Password, once more": password})
    visitor.press("Create account")
    visitor.sees(email)

    visitor.go("/dev/mail/")
    visitor.page.locator("article", has_text=email).get_by_role("link").first.click()
    visitor.press("Confirm this address")

    if "/login/" in visitor.path:
        visitor.sign_in(email, password)
    expect(visitor.page).to_have_url(f"{visitor.stage.url}/telephony/")
    visitor.sees("No account is linked yet")
    visitor.follow("Link an account")
    for provider in ("sipgate", "RingCentral", "GoTo Connect"):
        expect(visitor.main.get_by_role("heading", name=provider)).to_be_visible()
