"""What changes a link wants credentials that were shown a moment ago: at the sign-in, or again."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from telephony.tests.accounts import make_client
from telephony.tests.conftest import sign_in

PASSWORD = "correct horse battery"


def signs_in(person: User, **more: str) -> Client:
    """A browser in which the person has typed her password."""
    EmailAddress.objects.get_or_create(user=person, email=person.email, verified=True, primary=True)
    browser = Client()
    answer = browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD, **more})
    assert answer.status_code == 302
    return browser


def is_asked(browser: Client) -> bool:
    """Whether linking, and forgetting a number, lead to re-authentication."""
    client = make_client("goto")
    start = browser.get(f"/accounts/goto/login/?process=connect&client={client.pk}")
    forgetting = browser.get(reverse("telephony:forget"))
    client.delete()
    asked = {"reauthenticate" in answer.headers.get("Location", "") for answer in (start, forgetting)}
    assert len(asked) == 1
    return asked.pop()


def test_who_has_just_signed_in_is_not_asked_again(person: User) -> None:
    assert not is_asked(signs_in(person))


@pytest.mark.parametrize("remember", [{}, {"remember": "on"}])
def test_a_session_that_goes_on_is_asked(person: User, remember: dict[str, str]) -> None:
    browser = signs_in(person, **remember)
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1)):
        browser.get("/telephony/")
        assert is_asked(browser)


def test_a_session_without_credentials_is_asked(person: User) -> None:
    assert is_asked(sign_in(person, stepped_up=False))


@pytest.mark.parametrize("method", ["password_reset", "code", "socialaccount", "email"])
def test_what_proves_less_than_a_password_does_not_count(person: User, method: str) -> None:
    assert is_asked(with_records(person, {"method": method, "at": time.time()}))


def test_a_time_to_come_does_not_count(person: User) -> None:
    assert is_asked(with_records(person, {"method": "password", "at": time.time() + 3600}))


def test_another_persons_sign_in_does_not_count(person: User, stranger: User) -> None:
    assert is_asked(with_records(person, {"method": "password", "at": time.time()}, of=stranger))


def test_who_has_a_second_factor_must_have_shown_it(person: User) -> None:
    TOTP.activate(person, generate_totp_secret())
    password = {"method": "password", "at": time.time()}

    assert is_asked(with_records(person, password))
    assert is_asked(with_records(person, {"method": "mfa", "at": time.time() - 3600}, password))
    assert not is_asked(with_records(person, password, {"method": "mfa", "at": time.time(), "type": "totp"}))


def test_a_sign_in_with_the_second_factor_counts(person: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    browser = signs_in(person)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert browser.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert not is_asked(browser)


def with_records(person: User, *records: dict[str, object], of: User | None = None) -> Client:
    """A signed-in browser whose session holds these authentication records of somebody."""
    browser = sign_in(person, stepped_up=False)
    session = browser.session
    session["account_authentication_methods_user"] = str((of or person).pk)
    session["account_authentication_methods"] = list(records)
    session.save()
    return browser
