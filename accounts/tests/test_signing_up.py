"""From the sign-up form to the first sign-in, forgotten passwords, and what stops guessers."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.conftest import PASSWORD


def link_in(mail: EmailMessage) -> str:
    """The path of the only link in a mail that begins with our address."""
    match = re.search(r"http://[^/\s]+(/accounts/\S+)", str(mail.body))
    assert match
    return match[1]


@pytest.mark.django_db
def test_sign_up_confirm_the_address_and_sign_in(client: Client, mailoutbox: list[EmailMessage]) -> None:
    fields = {"email": "Grace@Example.org", "name": "Grace Hopper", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(reverse("account_signup"), fields)
    assert response.headers["Location"] == reverse("account_email_verification_sent")
    person = User.objects.get(email="grace@example.org")
    assert person.name == "Grace Hopper"

    response = client.post(link_in(mailoutbox[0]))
    assert response.status_code == 302
    assert EmailAddress.objects.get(user=person).verified

    stranger = Client()
    response = stranger.post(reverse("account_login"), {"login": "grace@example.org", "password": PASSWORD})
    assert response.headers["Location"] == reverse("telephony:dashboard")


@pytest.mark.django_db
def test_whoever_signs_up_in_german_stays_in_german(client: Client) -> None:
    client.post(reverse("accounts:language"), {"language": "de"})
    client.post(reverse("account_signup"), {"email": "g@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get().language == "de"


@pytest.mark.django_db
def test_nobody_signs_in_before_the_address_is_confirmed(client: Client, mailoutbox: list[EmailMessage]) -> None:
    client.post(reverse("account_signup"), {"email": "g@example.org", "password1": PASSWORD, "password2": PASSWORD})
    response = Client().post(reverse("account_login"), {"login": "g@example.org", "password": PASSWORD})
    assert response.headers["Location"] == reverse("account_email_verification_sent")


def test_signing_up_with_a_known_address_tells_only_its_owner(
    client: Client, person: User, mailoutbox: list[EmailMessage]
) -> None:
    fields = {"email": person.email, "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(reverse("account_signup"), fields)
    assert response.headers["Location"] == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert mailoutbox[0].to == [person.email]


def test_a_forgotten_password_is_replaced_by_mail(client: Client, person: User, mailoutbox: list[EmailMessage]) -> None:
    response = client.post(reverse("account_reset_password"), {"email": person.email}, follow=True)
    assert 'class="skip-link"' in response.content.decode()
    form = client.get(link_in(mailoutbox[0]), follow=True)
    assert form.status_code == 200
    path = form.redirect_chain[-1][0]
    new = {"password1": "another fine password", "password2": "another fine password"}
    response = client.post(path, new, follow=True)
    assert "Your password is changed" in response.content.decode()
    person.refresh_from_db()
    assert person.check_password("another fine password")


def test_the_sixth_wrong_password_is_refused_with_429(client: Client, person: User) -> None:
    wrong = {"login": person.email, "password": "wrong"}
    answers = [client.post(reverse("account_login"), wrong).status_code for _ in range(5)]
    assert answers == [200] * 5
    response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_errors_stand_beside_their_field_and_are_announced(client: Client, db: None) -> None:
    fields = {"email": "nonsense", "password1": "short", "password2": "short"}
    html = client.post(reverse("account_signup"), fields).content.decode()
    assert 'aria-invalid="true"' in html
    assert 'id="id_email_error"' in html
    assert re.search(r'aria-describedby="[^"]*id_email_error', html)


def test_a_switched_off_person_is_told_so(client: Client, person: User) -> None:
    person.is_active = False
    person.save()
    response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}, follow=True)
    assert "This account is switched off" in response.content.decode()
