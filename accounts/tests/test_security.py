"""The overview of what guards an account, and the list of sessions."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.devices import device_name
from accounts.models import User
from accounts.security import SecurityOverview


def test_a_password_alone_is_called_the_only_guard(browser: Client) -> None:
    assert "Your password is the only guard" in browser.get(reverse("accounts:security")).content.decode()


def test_a_second_factor_silences_the_warning(browser: Client, person: User) -> None:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    assert "Your password is the only guard" not in browser.get(reverse("accounts:security")).content.decode()


def test_the_overview_counts_what_is_there(person: User) -> None:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "key"})
    EmailAddress.objects.create(user=person, email="ada@work.example", verified=False)
    overview = SecurityOverview.of(person)
    assert (overview.authenticator_app, overview.passkeys, overview.recovery_codes_left) == (True, 1, 10)
    assert overview.unverified_emails == 1


def test_the_sessions_page_lists_this_device(client: Client, person: User) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    credentials = {"login": person.email, "password": "correct horse battery"}
    client.post(reverse("account_login"), credentials, headers={"user-agent": firefox})
    html = client.get(reverse("usersessions_list"), headers={"user-agent": firefox}).content.decode()
    assert "Firefox on Linux" in html
    assert "This device" in html


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_called_by_their_names(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_an_address_is_made_primary_and_another_removed(trusted_browser: Client, person: User) -> None:
    EmailAddress.objects.create(user=person, email="ada@work.example", verified=True)
    trusted_browser.post(reverse("account_email"), {"email": "ada@work.example", "action_primary": ""})
    trusted_browser.post(reverse("account_email"), {"email": "ada@example.org", "action_remove": ""})
    assert [address.email for address in EmailAddress.objects.filter(user=person)] == ["ada@work.example"]


def test_a_wrong_code_says_what_to_do(trusted_browser: Client) -> None:
    trusted_browser.get(reverse("mfa_activate_totp"))
    html = trusted_browser.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()
    assert "type the one it shows now" in html


def test_changing_the_password_speaks_as_signing_up_does_and_tells_what_happens_to_the_devices(
    trusted_browser: Client, person: User
) -> None:
    html = trusted_browser.get(reverse("account_change_password")).content.decode()
    new = {"password1": "another long rope 7", "password2": "another long rope 7"}
    answer = trusted_browser.post(
        reverse("account_change_password"), {"oldpassword": "correct horse battery", **new}, follow=True
    )

    assert "New password, once more" in html
    assert "At least 10 characters; not a common password" in html
    assert "signed out on all devices" in html
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    person.refresh_from_db()
    assert person.check_password(new["password1"])
