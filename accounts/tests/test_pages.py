"""Every page of allauth and of this app wears the design and passes the Content-Security-Policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.markup import inline_code

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

VISITOR_PAGES = [
    "home",
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
    "socialaccount_login_cancelled",
]
PERSON_PAGES = [
    "accounts:profile",
    "accounts:security",
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
]
GUARDED_PAGES = ["accounts:delete", "mfa_activate_totp", "mfa_add_webauthn"]
# What a browser's passkey dialogue gave allauth; it guards nothing.
KEY = json.loads((Path(__file__).parent / "passkey.json").read_text())
SECOND_FACTOR_PAGES = [
    "mfa_index",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
]


def assert_ours(response: Page, status: int = 200) -> None:
    """The page has our frame and nothing that the policy would block."""
    html = response.content.decode()
    assert response.status_code == status, response.headers.get("Location")
    assert 'class="skip-link"' in html
    assert "<h1" in html
    assert inline_code(html) == []
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("name", VISITOR_PAGES)
def test_every_page_for_visitors_wears_the_design(client: Client, name: str) -> None:
    assert_ours(client.get(reverse(name)))


@pytest.mark.parametrize("name", PERSON_PAGES)
def test_every_page_for_signed_in_people_wears_the_design(browser: Client, name: str) -> None:
    assert_ours(browser.get(reverse(name)))


@pytest.mark.parametrize("name", GUARDED_PAGES)
def test_guarded_pages_wear_the_design(trusted_browser: Client, name: str) -> None:
    assert_ours(trusted_browser.get(reverse(name)))


@pytest.mark.parametrize("name", GUARDED_PAGES)
def test_guarded_pages_ask_for_the_password_again(browser: Client, name: str) -> None:
    response = browser.get(reverse(name))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize("name", SECOND_FACTOR_PAGES)
def test_second_factor_pages_wear_the_design(trusted_browser: Client, person: User, name: str) -> None:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)
    assert_ours(trusted_browser.get(reverse(name)))


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_list_webauthn"])
def test_pages_about_one_key_wear_the_design(trusted_browser: Client, person: User, name: str) -> None:
    key = Authenticator.objects.create(
        user=person,
        type=Authenticator.Type.WEBAUTHN,
        data={**KEY, "name": "<b>my key</b>"},
    )
    arguments = [] if name == "mfa_list_webauthn" else [key.pk]
    response = trusted_browser.get(reverse(name, args=arguments))
    assert_ours(response)
    assert "<b>my key" not in response.content.decode()


def test_the_second_factor_question_wears_the_design(client: Client, person: User) -> None:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    credentials = {"login": person.email, "password": "correct horse battery"}
    response = client.post(reverse("account_login"), credentials, follow=True)
    assert response.redirect_chain[-1][0] == reverse("mfa_authenticate")
    assert_ours(response)


@pytest.mark.django_db
def test_a_failed_link_wears_the_design(client: Client) -> None:
    assert_ours(client.get(reverse("socialaccount_login_error")), status=401)


def test_proving_oneself_by_passkey_wears_the_design(browser: Client, person: User) -> None:
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=KEY)
    response = browser.get(reverse("mfa_reauthenticate_webauthn"))
    assert_ours(response)
    assert 'id="mfa_webauthn_reauthenticate"' in response.content.decode()


def test_the_confirmation_link_of_a_mail_wears_the_design(client: Client, make_person: Callable[..., User]) -> None:
    person = make_person()
    address = EmailAddress.objects.get(user=person)
    address.verified = False
    address.save()
    assert_ours(client.get(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/confirm-email/spoilt/", "/accounts/password/reset/key/1-spoilt/"])
def test_a_spoilt_link_gets_a_page_that_says_what_to_do(client: Client, path: str) -> None:
    response = client.get(path)
    assert_ours(response)
    assert "does not work any more" in response.content.decode()


def test_markup_in_a_name_is_escaped(browser: Client, person: User) -> None:
    person.name = "<script>alert(1)</script>"
    person.save()
    html = browser.get(reverse("accounts:profile")).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_the_third_party_page_leads_to_the_dashboard_and_removes_nothing(browser: Client) -> None:
    url = reverse("socialaccount_connections")
    assert browser.get(url).headers["Location"] == reverse("telephony:dashboard")
    assert browser.post(url, {"account": 1}).headers["Location"] == reverse("telephony:dashboard")


def test_signed_in_people_go_from_the_start_page_to_their_dashboard(browser: Client) -> None:
    assert browser.get("/").headers["Location"] == reverse("telephony:dashboard")


def test_liveness_needs_no_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
