"""What somebody typed while her session ended is in the form again when she is back, and in nobody else's."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from telephony.models import PhoneBookEntry, RetentionRule, SavedView
from telephony.services import notices
from telephony.tests.conftest import sign_in, step_up
from telephony.tests.making import make_account

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


# --- forms of choices, of one account, and on another page --------------------------------------------------------------

SEARCH = "/telephony/calls/?number=0211"
CHOICES = [  # the page with the form, where it posts to, what is typed, and the form's name in the page
    (
        "/telephony/notices/settings/",
        "",
        {"quiet_from": "21:30", "quiet_until": "06:15", "mail_missed_calls": "on"},
        "form",
    ),
    ("/telephony/accounts/{pk}/balance/", "", {"threshold": "17.25"}, "form"),
    ("/telephony/accounts/{pk}/retention/", "", {"days": "400", "action": "delete"}, "form"),
    ("/telephony/forget/", "", {"number": "+49 211 580012"}, "form"),
    (SEARCH, "/telephony/calls/views/save/", {"name": "Head office", "default": "on"}, "view_form"),
]


@pytest.mark.parametrize(("page", "action", "typed", "form"), CHOICES)
@pytest.mark.usefixtures("contexts")
def test_other_forms_keep_what_was_typed_and_chosen_too(
    browser: Client, person: User, page: str, action: str, typed: dict[str, str], form: str
) -> None:
    page = page.format(pk=make_account(person).pk)
    owner = owner_of(browser.get(page).content.decode())
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    answer = browser.post(action or page, typed | {"owner": owner, "query": page.partition("?")[2]})
    assert unquote(answer["Location"]) == f"/accounts/login/?next={page}"
    browser.force_login(person)
    step_up(browser, person)
    back = browser.get(page)
    assert "What you typed is still here and was not saved yet." in back.content.decode()
    shown = {name: back.context[form][name].value() for name in typed}
    assert shown == typed
    assert not SavedView.objects.exists()
    assert not RetentionRule.objects.exists()
    assert notices.settings_of(person).quiet_from is None
    assert "still here" not in browser.get(page).content.decode()


def test_a_box_that_was_cleared_stays_cleared(browser: Client, person: User) -> None:
    page = f"/telephony/accounts/{make_account(person).pk}/balance/"
    before = browser.get(page).content.decode()
    assert " checked" in before.partition('name="enabled"')[2].partition(">")[0]
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    browser.post(page, {"threshold": "3", "owner": owner_of(before)})
    browser.force_login(person)
    step_up(browser, person)
    after = browser.get(page).content.decode()
    assert 'value="3"' in after
    assert " checked" not in after.partition('name="enabled"')[2].partition(">")[0]


def test_the_form_of_one_account_is_not_filled_with_that_of_another(browser: Client, person: User) -> None:
    one, other = (f"/telephony/accounts/{make_account(person, remote_id=of).pk}/retention/" for of in ("1:1", "1:2"))
    interrupted(browser, one, {"days": "400", "action": "delete"})
    browser.force_login(person)
    step_up(browser, person)
    assert 'value="400"' not in browser.get(other).content.decode()
    assert 'value="400"' in browser.get(one).content.decode()
