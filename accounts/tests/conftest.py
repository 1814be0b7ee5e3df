"""People and browsers for the tests of the accounts app."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User

PASSWORD = "correct horse battery"


@pytest.fixture
def make_person(db: None) -> Callable[..., User]:
    """Creates people with a confirmed address and the password above."""

    def make(email: str = "ada@example.org", **fields: object) -> User:
        person = User.objects.create_user(email, PASSWORD, **{"name": "Ada Lovelace", **fields})
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        return person

    return make


@pytest.fixture
def person(make_person: Callable[..., User]) -> User:
    return make_person()


@pytest.fixture
def browser(person: User, client: Client) -> Client:
    """Signed in as `person`, who has not proved lately that it is her."""
    client.force_login(person)
    return client


@pytest.fixture
def trusted_browser(browser: Client) -> Client:
    """Signed in as `person`, who has just typed her password again."""
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser
