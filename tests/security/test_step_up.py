"""What a stolen, unlocked browser must not do: each of these asks for the password or the second factor first."""

from __future__ import annotations

import re
import time
from copy import deepcopy
from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client

from telephony.models import Export, LinkedAccount, OAuthClient
from tests.security.world import PASSWORD, Who, World

NEEDS_IT = {
    "linking by OAuth": "/accounts/sipgate/login/?process=connect",
    "linking by personal token": "/telephony/link/sipgate/token/",
    "unlinking": "/telephony/accounts/{accounts}/unlink/",
    "asking for everything about oneself": "/telephony/own-data/",
    "fetching everything about oneself": "/telephony/exports/{everything}/file/",
    "shorter keeping, which deletes calls": "/telephony/accounts/{accounts}/retention/",
    "forgetting a number": "/telephony/forget/",
    "deleting the account": "/accounts/delete/",
    "showing recovery codes": "/accounts/2fa/recovery-codes/",
    "downloading recovery codes": "/accounts/2fa/recovery-codes/download/",
    "making recovery codes": "/accounts/2fa/recovery-codes/generate/",
    "switching the authenticator app off": "/accounts/2fa/totp/deactivate/",
    "adding a passkey": "/accounts/2fa/webauthn/add/",
    "removing a passkey": "/accounts/2fa/webauthn/keys/{webauthn/keys}/remove/",
}
READ_ONLY = {"showing recovery codes", "fetching everything about oneself"}
METHODS = ("GET", "POST")


def path(world: World, name: str) -> str:
    """The address of a deed."""
    found = NEEDS_IT[name]
    everything = Export.objects.get(user=world.people[Who.PERSON])
    if "{everything}" in found:
        Export.objects.filter(pk=everything.pk).update(kind="own_data", format="zip")
    for key, value in {**world.keys, "everything": everything.pk}.items():
        found = found.replace(f"{{{key}}}", str(value))
    return found


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NEEDS_IT)
def test_it_asks_again_and_does_nothing_before(name: str, method: str, world: World) -> None:
    browser = world.browser(Who.PERSON, stepped_up=False)
    before = (LinkedAccount.objects.count(), Export.objects.count(), OAuthClient.objects.count())
    target = path(world, name)

    answer = (
        browser.post(target, {"action_add": "", "email": "x@example.org"}) if method == "POST" else browser.get(target)
    )

    assert answer.status_code == (405 if method == "POST" and name in READ_ONLY else 302)
    assert "reauthenticate" in answer.headers.get("Location", "reauthenticate")
    assert (LinkedAccount.objects.count(), Export.objects.count(), OAuthClient.objects.count()) == before


@pytest.mark.parametrize("name", NEEDS_IT)
def test_five_minutes_later_it_asks_again(name: str, world: World) -> None:
    browser = world.browser(Who.PERSON)
    session = browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - 301, "reauthenticated": True}
    ]
    session.save()

    assert "reauthenticate" in browser.get(path(world, name))["Location"]


@pytest.mark.parametrize("name", sorted(set(NEEDS_IT) - {"adding a passkey", "linking by OAuth"}))
def test_just_after_the_password_it_is_open(name: str, world: World) -> None:
    assert world.browser(Who.PERSON).get(path(world, name)).status_code == 200


@pytest.mark.parametrize("action", ["action_add", "action_remove", "action_primary"])
def test_addresses_for_signing_in_are_changed_only_after_it(action: str, world: World) -> None:
    person = world.people[Who.STRANGER]
    EmailAddress.objects.create(user=person, email="second@example.net", verified=True)
    email = "third@example.net" if action == "action_add" else "second@example.net"

    answer = world.browser(Who.STRANGER, stepped_up=False).post("/accounts/email/", {action: "", "email": email})

    assert "reauthenticate" in answer["Location"]
    assert set(EmailAddress.objects.filter(user=person, primary=False).values_list("email", flat=True)) == {
        "second@example.net"
    }


def test_the_answer_leads_back_to_where_she_was(world: World) -> None:
    browser = world.browser(Who.STRANGER, stepped_up=False)
    asked = browser.get("/telephony/own-data/")

    answer = browser.post(asked["Location"], {"password": PASSWORD, "next": "/telephony/own-data/"})

    assert answer["Location"] == "/telephony/own-data/"
    assert browser.get("/telephony/own-data/").status_code == 200


def test_who_has_a_second_factor_is_not_asked_for_the_password_alone_at_sign_in(world: World) -> None:
    browser = Client()

    answer = browser.post("/accounts/login/", {"login": world.people[Who.PERSON].email, "password": PASSWORD})

    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert browser.get("/telephony/")["Location"].startswith("/accounts/login/")


def test_a_new_session_begins_with_signing_in_and_ends_with_signing_out(world: World) -> None:
    browser = Client()
    browser.get("/accounts/login/")
    session = browser.session
    session["planted"] = "by somebody who knows this session"
    session.save()
    before = session.session_key
    browser.post("/accounts/login/", {"login": world.people[Who.STRANGER].email, "password": PASSWORD})
    inside = browser.session.session_key
    old = Client()
    old.cookies = deepcopy(browser.cookies)
    browser.post("/accounts/logout/")

    assert before != inside
    assert old.get("/telephony/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("same_browser", [True, False])
def test_who_signed_up_a_moment_ago_in_this_browser_may_link_at_once(
    same_browser: bool, world: World, mailoutbox: list[EmailMessage]
) -> None:
    browser = Client()
    chosen = {"email": "grace@example.net", "name": "Grace", "password1": PASSWORD, "password2": PASSWORD}
    browser.post("/accounts/signup/", chosen)
    found = re.search(r"http://[^/\s]+(/accounts/\S+)", str(mailoutbox[0].body))
    assert found
    if not same_browser:
        browser = Client()
    browser.post(found[1])

    answer = browser.get("/telephony/link/sipgate/token/")

    assert answer.status_code == (200 if same_browser else 302)


def test_what_was_typed_waits_for_the_password(world: World) -> None:
    browser = world.browser(Who.PERSON)
    owner = re.search(r'name="owner" value="([^"]+)"', browser.get("/telephony/forget/").content.decode())
    assert owner
    session = browser.session
    del session["account_authentication_methods"]
    session.save()

    asked = browser.post("/telephony/forget/", {"number": "0211 5800", "owner": unescape(owner[1])})
    assert "reauthenticate" in asked["Location"]
    answer = browser.post(asked["Location"], {"password": PASSWORD, "next": "/telephony/forget/"})

    assert 'value="0211 5800"' in browser.get(answer["Location"]).content.decode()
