"""What somebody typed while her session ended is in the form again when she is back, and in nobody else's."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from telephony.models import PhoneBookEntry
from telephony.tests.conftest import sign_in

BOOK, PROFILE = "/telephony/phone-book/", "/accounts/profile/"
FORMS = [
    (BOOK, {"name": "Grete Beispiel", "number": "0211 5800"}),
    (PROFILE, {"name": "Ada King", "time_zone": "Asia/Tokyo", "region": "AT", "language": "de"}),
]


def owner_of(page: str) -> str:
    """The hidden field of the form."""
    found = re.search(r'name="owner" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def interrupted(browser: Client, address: str, typed: dict[str, str]) -> str:
    """Open the form, lose the session, send it: the address of the sign-in page, with the same browser."""
    owner = owner_of(browser.get(address).content.decode())
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    return str(browser.post(address, typed | {"owner": owner})["Location"])


@pytest.mark.parametrize(("address", "typed"), FORMS)
@pytest.mark.usefixtures("contexts")
def test_what_was_typed_is_there_again_after_signing_in(
    browser: Client, person: User, address: str, typed: dict[str, str]
) -> None:
    assert interrupted(browser, address, typed) == f"/accounts/login/?next={address}"
    browser.force_login(person)
    back = browser.get(address)
    page = back.content.decode()
    assert "What you typed is still here and was not saved yet." in page
    assert {name: back.context["form"][name].value() for name in typed} == typed
    assert not PhoneBookEntry.objects.exists()
    person.refresh_from_db()
    assert person.region == ""
    assert "still here" not in browser.get(address).content.decode()
    browser.post(address, typed | {"owner": owner_of(page)})
    person.refresh_from_db()
    assert PhoneBookEntry.objects.exists() or person.region == "AT"


@pytest.mark.parametrize(("address", "typed"), FORMS)
def test_nobody_else_gets_it(browser: Client, stranger: User, address: str, typed: dict[str, str]) -> None:
    interrupted(browser, address, typed)
    browser.force_login(stranger)
    page = browser.get(address).content.decode()
    assert typed["name"] not in page
    assert "still here" not in page


def test_a_forged_owner_gets_nothing(client: Client, person: User) -> None:
    client.post(BOOK, {"name": "Forged", "number": "0211 5800", "owner": str(person.pk)})
    client.force_login(person)
    assert "Forged" not in client.get(BOOK).content.decode()


def test_a_form_of_an_earlier_session_is_not_obeyed_and_not_lost(person: User) -> None:
    careful = sign_in(person, enforce_csrf_checks=True)
    owner = owner_of(careful.get(BOOK).content.decode())
    answer = careful.post(BOOK, {"name": "Grete", "number": "0211 5800", "owner": owner, "csrfmiddlewaretoken": "old"})
    assert answer.status_code == 403
    assert f'href="{BOOK}"' in answer.content.decode()
    assert 'value="Grete"' in careful.get(BOOK).content.decode()
