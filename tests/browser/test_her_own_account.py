"""The second factor, passkeys, and leaving."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from collections.abc import Callable

from playwright.sync_api import CDPSession, expect

from tests.browser import axe
from tests.browser.visitor import Visitor, enter


def test_an_authenticator_app_is_set_up_and_asked_for_at_the_next_sign_in(
    open_window: Callable[..., Visitor],
) -> None:
    ada = enter(open_window())
    ada.go("/accounts/2fa/totp/activate/")
    secret = ada.main.locator("code.secret").inner_text()
    ada.main.locator("input[name=code]").fill(_code(secret))
    ada.main.locator("form:has(input[name=code]) button[type=submit]").click()
    ada.settle()
    ada.sees("recovery codes")

    ada.stage.backstage(
        "forget_limits"
    )  # a code is good for one use; the next sign-in comes within the same half minute
    elsewhere = open_window()
    elsewhere.sign_in(ada.email, ada.password)
    assert elsewhere.path == "/accounts/2fa/authenticate/"
    elsewhere.watch.expect(400)
    elsewhere.main.locator("input[name=code]").fill("000000")
    elsewhere.main.locator("form:has(input[name=code]) button[type=submit]").first.click()
    expect(elsewhere.main.locator("[aria-invalid=true]")).to_be_visible()
    elsewhere.main.locator("input[name=code]").fill(_code(secret))
    elsewhere.main.locator("form:has(input[name=code]) button[type=submit]").first.click()
    elsewhere.settle()
    assert elsewhere.path == "/telephony/"


def test_a_passkey_is_added_and_opens_the_door_without_a_password(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window())
    cdp = _virtual_authenticator(ada)
    ada.go("/accounts/2fa/webauthn/add/")
    ada.main.get_by_label("Name").fill("Laptop")
    passwordless = ada.main.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    ada.main.locator("form button, button[form]").first.click()
    ada.page.wait_for_url(lambda url: not url.endswith("/add/"))
    ada.go("/accounts/2fa/webauthn/")
    ada.sees("Laptop")

    ada.page.context.clear_cookies()
    ada.go("/accounts/login/")
    ada.press("Sign in with a passkey")
    ada.page.wait_for_url("**/telephony/")
    cdp.detach()


def test_who_deletes_her_account_is_told_what_was_revoked_and_cannot_come_back(ada: Visitor) -> None:
    ada.has_linked("ringcentral")
    ada.go("/accounts/delete/")
    ada.fill({"Your e-mail address": "somebody@example.org"})
    ada.main.locator("form button[type=submit]").click()
    ada.sees("is not the address of this account")
    ada.fill({"Your e-mail address": ada.email})
    ada.main.locator("form button[type=submit]").click()
    ada.settle()
    assert ada.path == "/accounts/deleted/"
    assert not axe.findings(ada.page, "light") + axe.findings(ada.page, "dark")
    assert ada.stage.sandbox.requests("ringcentral", "/restapi/oauth/revoke")
    ada.sign_in(ada.email, ada.password)
    expect(ada.main.locator("[role=alert], .field__error, .errorlist").first).to_be_visible()


def _code(secret: str) -> str:
    """The code that an authenticator app shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    place = digest[-1] & 0x0F
    number = int(struct.unpack(">I", digest[place : place + 4])[0]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def _virtual_authenticator(visitor: Visitor) -> CDPSession:
    """Chrome's own stand-in for a fingerprint reader that says yes to everything."""
    cdp = visitor.page.context.new_cdp_session(visitor.page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp
