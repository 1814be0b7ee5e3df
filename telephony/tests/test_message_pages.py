"""The pages for texts: writing, sending once, what went wrong, and what was said. Nothing that somebody typed gets lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.models import (
    ActState,
    LinkedAccount,
    LinkState,
    Message,
    OAuthClient,
    PhoneBookEntry,
    ReceivedText,
    TextBox,
)
from telephony.services import texting
from telephony.tests.accounts import expire
from telephony.tests.conftest import link, sign_in
from telephony.tests.making import make_account, make_calls

NEW = "/telephony/messages/new/"
LIST = "/telephony/messages/"
Linking = Callable[..., OAuthClient]
RECIPIENT = "+12125550142"


@pytest.fixture
def account(browser: Client, sandbox: RunningSandbox, oauth_client: Linking) -> LinkedAccount:
    """A linked account whose texts are followed."""
    return link(browser, sandbox, oauth_client("ringcentral", scopes=["ReadAccounts", "ReadMessages", "SMS"]))


@pytest.fixture
def quiet(person: User) -> LinkedAccount:
    """An account whose senders are known, so that showing the form asks nobody."""
    return quiet_account(person)


def quiet_account(person: User, provider: str = "sipgate") -> LinkedAccount:
    """The same at another provider."""
    account = make_account(person, provider=provider)
    senders = [["s0", "SMS", ""]] if provider == "sipgate" else [["+12125550101", "Direct", "+12125550101"]]
    TextBox.objects.create(account=account, senders=senders, senders_read_at=timezone.now())
    return account


def fields(page: str) -> dict[str, str]:
    """What the form would post: its hidden fields and the chosen sender."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    chosen = re.search(r'<option value="([^"]+)"[^>]*selected', page) or re.search(r'<option value="(\d+:[^"]+)"', page)
    assert chosen, page
    return {"key": unescape(found["key"]), "owner": unescape(found["owner"]), "sender": unescape(chosen[1])}


def write(browser: Client, **values: str) -> dict[str, str]:
    """Open the form and fill it in."""
    return fields(browser.get(NEW).content.decode()) | {"recipient": RECIPIENT, "body": "See you at nine."} | values


def signing_in(browser: Client, user: User, url: str) -> str:
    """The page that somebody sees after signing in."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return text_of(browser.post(url, {"login": user.email, "password": "correct horse battery"}, follow=True))


def text_of(response: object) -> str:
    """A page as text."""
    return unescape(response.content.decode())  # type: ignore[attr-defined]  # a response


def test_a_text_is_written_sent_and_shown(browser: Client, account: LinkedAccount, sandbox: RunningSandbox) -> None:
    answer = browser.post(NEW, write(browser))
    message = Message.objects.get()
    assert answer["Location"] == f"/telephony/messages/{message.pk}/"
    page = text_of(browser.get(answer["Location"]))
    assert "Accepted" in page
    assert "See you at nine." in page
    sandbox.clock.advance(30)
    Message.objects.update(next_check_at=timezone.now())
    part = text_of(browser.get(f"/telephony/messages/{message.pk}/state/", headers={"HX-Request": "true"}))
    assert "Delivered" in part
    assert "hx-get" not in part
    assert "Delivered" in text_of(browser.get(f"{LIST}?box=sent"))
    assert "+1 212-555-0142" in text_of(browser.get(LIST))


def test_a_form_that_is_posted_twice_sends_once(
    browser: Client, account: LinkedAccount, sandbox: RunningSandbox
) -> None:
    form = write(browser)
    first, second = browser.post(NEW, form), browser.post(NEW, form)
    assert first["Location"] == second["Location"]
    assert Message.objects.count() == 1
    assert sum(entry.method == "POST" and entry.path.endswith("/sms") for entry in sandbox.requests.entries()) == 1


def test_another_text_in_a_form_that_was_used_is_kept_and_asked_about(browser: Client, account: LinkedAccount) -> None:
    form = write(browser)
    browser.post(NEW, form)
    answer = browser.post(NEW, form | {"body": "Rather at ten."})
    assert answer.status_code == 409
    assert "What you see now has not been sent" in text_of(answer)
    assert "Rather at ten." in text_of(answer)
    assert Message.objects.count() == 1
    fresh = fields(answer.content.decode())
    assert fresh["key"] != form["key"]
    browser.post(NEW, form | {"body": "Rather at ten."} | fresh)
    assert Message.objects.count() == 2


def test_a_form_from_before_signing_in_again_is_not_sent_and_not_lost(person: User, quiet: LinkedAccount) -> None:
    careful = sign_in(person, enforce_csrf_checks=True)
    form = write(careful, body="A long letter")
    answer = careful.post(NEW, form | {"csrfmiddlewaretoken": "of-the-session-before"})
    assert answer.status_code == 403
    assert f'href="{NEW}"' in text_of(answer)
    answer = careful.get(NEW)
    assert "Your text is still here and was not sent yet" in text_of(answer)
    assert "A long letter" in text_of(answer)
    assert not Message.objects.exists()


def test_a_forged_form_plants_no_text(person: User, quiet: LinkedAccount) -> None:
    careful = sign_in(person, enforce_csrf_checks=True)
    answer = careful.post(NEW, {"body": "Planted", "recipient": RECIPIENT, "key": "k", "owner": "forged"})
    assert answer.status_code == 403
    answer = careful.get(NEW)
    assert "New text" in text_of(answer)
    assert "Planted" not in text_of(answer)


def test_two_forms_send_two_texts(browser: Client, account: LinkedAccount) -> None:
    browser.post(NEW, write(browser))
    browser.post(NEW, write(browser))
    assert Message.objects.count() == 2


def test_an_unknown_end_tells_not_to_send_again(
    browser: Client, account: LinkedAccount, sandbox: RunningSandbox
) -> None:
    form = write(browser)
    sandbox.faults.add("server_error", provider="ringcentral", method="POST", path_prefix="*sms")
    page = text_of(browser.post(NEW, form, follow=True))
    assert "We did not learn whether RingCentral sent this text." in page
    assert "Do not send it again yet" in page
    Message.objects.update(next_check_at=None)
    page = text_of(browser.get(Message.objects.get().get_absolute_url()))
    assert "ask the recipient before you send it again" in page


def test_a_refusal_keeps_the_text_for_another_try(
    browser: Client, account: LinkedAccount, sandbox: RunningSandbox
) -> None:
    form = write(browser)
    sandbox.faults.add("rate_limited", provider="ringcentral", method="POST", path_prefix="*sms", retry_after=9.0)
    page = text_of(browser.post(NEW, form, follow=True))
    assert "Nothing was sent. Try again in 9 seconds." in page
    again = re.search(r'href="([^"]*again=\d+)"', page)
    assert again
    page = text_of(browser.get(again[1]))
    assert "See you at nine." in page
    assert RECIPIENT in page


def test_what_was_typed_survives_the_end_of_the_session(browser: Client, person: User, quiet: LinkedAccount) -> None:
    form = write(browser, body="A long letter", recipient="030 1234567")
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    answer = browser.post(NEW, form)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert not Message.objects.exists()
    page = signing_in(browser, person, answer["Location"])
    assert "Your text is still here and was not sent yet" in page
    assert "A long letter" in page
    assert "030 1234567" in page
    assert fields(browser.get(NEW).content.decode())["key"] != form["key"]


def test_somebody_else_who_signs_in_does_not_get_it(browser: Client, stranger: User, quiet: LinkedAccount) -> None:
    form = write(browser, body="A private letter")
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    answer = browser.post(NEW, form)
    quiet_account(stranger)
    page = signing_in(browser, stranger, answer["Location"])
    assert "New text" in page
    assert "A private letter" not in page


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"body": ""}, "The text is empty"),
        ({"body": " \r\n "}, "The text is empty"),
        ({"body": "a" * 10_000}, "10000 characters, and 5000 are the most"),
        ({"recipient": ""}, "Say who is to get the text"),
        ({"recipient": "112"}, "mergency"),
        ({"recipient": "hello"}, "letters"),
        ({"recipient": "11833"}, "whole number"),
        ({"recipient": "+49900112233"}, "premium-rate"),
        ({"sender": "999:s0"}, "This sender is not yours"),
        ({"send_at": "2001-01-01T09:00"}, "This time has passed"),
        ({"send_at": "2101-01-01T09:00"}, "for 30 days at most"),
        ({"send_at": "soon"}, "This is not a time"),
    ],
)
def test_bad_input_has_its_own_sentence_and_is_kept(
    browser: Client, quiet: LinkedAccount, values: dict[str, str], sentence: str
) -> None:
    answer = browser.post(NEW, write(browser, **values))
    assert answer.status_code == 400
    page = text_of(answer)
    assert sentence in page
    assert "See you at nine." in page or "body" in values
    assert not Message.objects.exists()


def test_a_length_that_the_provider_states_is_kept_to(browser: Client, person: User) -> None:
    quiet_account(person, "ringcentral")
    page = text_of(browser.post(NEW, write(browser, body="ä" * 1001)))
    assert "1001 characters, and 1000 are the most" in page


def test_a_costly_number_takes_a_second_press(browser: Client, account: LinkedAccount) -> None:
    form = write(browser, recipient="+49900112233")
    page = text_of(browser.post(NEW, form))
    assert 'name="confirmed"' in page
    assert browser.post(NEW, form | {"confirmed": "on"}).status_code == 302


def test_a_name_of_the_phone_book_is_a_recipient(browser: Client, person: User, account: LinkedAccount) -> None:
    PhoneBookEntry.objects.create(user=person, name="Ina Muster", number=RECIPIENT, digits="12125550142")
    page = text_of(browser.get(NEW))
    assert "Ina Muster (+1 212-555-0142)" in page
    browser.post(NEW, write(browser, recipient="ina muster"))
    assert Message.objects.get().recipient == RECIPIENT
    assert "Ina Muster" in text_of(browser.get(LIST))


def test_the_length_is_counted_without_javascript(browser: Client, quiet: LinkedAccount) -> None:
    page = text_of(browser.post(NEW, write(browser, body="🚗" * 36, count="1")))
    assert "72 characters · 2 parts · 61 left in the last" in page
    assert "🚗" in page
    assert not Message.objects.exists()


def test_too_many_texts_wait_and_keep_the_text(browser: Client, person: User, quiet: LinkedAccount) -> None:
    Message.objects.bulk_create(
        Message(user=person, account=quiet, idempotency_key=f"k{n}", recipient="+1", body="x", state="failed")
        for n in range(texting.MOST_TEXTS)
    )
    answer = browser.post(NEW, write(browser, body="One more"))
    assert answer.status_code == 429
    assert "One more" in text_of(answer)
    assert Message.objects.count() == texting.MOST_TEXTS


def test_a_text_refused_for_want_of_a_permission_has_the_click_that_its_sentence_speaks_of(
    browser: Client, account: LinkedAccount, sandbox: RunningSandbox
) -> None:
    text = Message.objects.create(
        user=account.user,
        account=account,
        state=ActState.FAILED,
        error_code="scope_missing",
        sender="+12125550101",
        recipient=RECIPIENT,
        idempotency_key="k",
    )

    page = unescape(browser.get(text.get_absolute_url()).content.decode())

    assert "Ask for the permission" in page
    assert f"relink={account.pk}&scope=SMS" in page


def test_a_missing_scope_is_named_and_one_click_asks_for_it(browser: Client, quiet: LinkedAccount) -> None:
    quiet.granted_scopes = ["account:read", "sms:read"]
    quiet.save()
    page = text_of(browser.get(NEW))
    assert "lacks the permission sessions:sms:write" in page
    assert "/accounts/sipgate/login/?" in page or "/telephony/link/sipgate/token/" in page


def test_a_delayed_link_says_so_and_keeps_the_text(
    browser: Client, account: LinkedAccount, sandbox: RunningSandbox
) -> None:
    form = write(browser)
    LinkedAccount.objects.update(state=LinkState.DELAYED)
    assert "is delayed at the moment" in text_of(browser.get(NEW))
    sandbox.faults.add("unavailable", provider="ringcentral", path_prefix="/restapi/oauth", retry_after=5.0)
    expire(account)
    page = text_of(browser.post(NEW, form, follow=True))
    assert "Nothing was sent" in page
    assert "See you at nine." in page


def test_an_account_that_needs_relinking_cannot_send(browser: Client, quiet: LinkedAccount) -> None:
    form = write(browser)
    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)
    page = text_of(browser.post(NEW, form))
    assert "has to be linked again" in page
    assert "See you at nine." in page
    assert not Message.objects.exists()


def test_a_call_leads_to_a_text_without_its_number_in_the_address(browser: Client, quiet: LinkedAccount) -> None:
    (call,) = make_calls(quiet, 1)
    page = text_of(browser.get(call.get_absolute_url()))
    assert f"{NEW}?call={call.pk}" in page
    assert 'value="+4921158000"' in text_of(browser.get(f"{NEW}?call={call.pk}"))


def test_another_persons_rows_fill_in_nothing(browser: Client, stranger: User, quiet: LinkedAccount) -> None:
    other = quiet_account(stranger)
    (call,) = make_calls(other, 1)
    theirs = Message.objects.create(user=stranger, account=other, idempotency_key="k", recipient=RECIPIENT, body="Hi")
    for query in (f"call={call.pk}", f"message={theirs.pk}", f"again={theirs.pk}", "call=x", "entry=1"):
        page = text_of(browser.get(f"{NEW}?{query}"))
        assert "+4921158000" not in page
        assert RECIPIENT not in page
    assert browser.get(theirs.get_absolute_url()).status_code == 404


def test_a_received_text_is_part_of_the_conversation(browser: Client, person: User, quiet: LinkedAccount) -> None:
    digits = "12125550142"
    Message.objects.create(
        user=person,
        account=quiet,
        idempotency_key="k",
        recipient=RECIPIENT,
        digits=digits,
        body="Nine?",
        state="accepted",
    )
    text = ReceivedText.objects.create(
        account=quiet,
        key="1",
        sender=RECIPIENT,
        digits=digits,
        body="<b>Yes</b>",
        at=timezone.now() + timedelta(minutes=1),
    )
    page = browser.get(f"/telephony/messages/received/{text.pk}/").content.decode()
    assert page.index("Nine?") < page.index("&lt;b&gt;Yes&lt;/b&gt;")
    listed = text_of(browser.get(LIST))
    assert listed.count('class="text-list__item"') == 1
    assert f"?received={text.pk}" in page
    assert f"/telephony/calls/new/?number=%2B{digits}&amp;account={quiet.pk}" in page


def test_looking_for_new_texts_finds_the_answer(
    browser: Client, account: LinkedAccount, sandbox: RunningSandbox
) -> None:
    browser.post(NEW, write(browser, body="Is nine fine?"))
    sandbox.clock.advance(30)
    page = text_of(browser.post("/telephony/messages/read/", follow=True))
    assert re.search(r"\d+ new texts? came in", page)  # other tests have asked the same stand-in
    assert "Yes, that suits me" in page


def test_the_outbox_pages_by_key(browser: Client, person: User, quiet: LinkedAccount) -> None:
    Message.objects.bulk_create(
        Message(user=person, account=quiet, idempotency_key=f"k{n}", recipient="+1", body=f"Text {n}.", state="failed")
        for n in range(60)
    )
    page = browser.get(f"{LIST}?box=sent").content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    assert "Text 59." in page
    assert "Text 9." not in page
    assert "Text 9." in browser.get(unescape(older[1])).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_texts(
    browser: Client, person: User, quiet: LinkedAccount, django_assert_max_num_queries: Callable[..., object]
) -> None:
    Message.objects.bulk_create(
        Message(user=person, account=quiet, idempotency_key=f"k{n}", recipient=f"+1{n}", digits=f"1{n}", body="x")
        for n in range(40)
    )
    browser.get(LIST)  # the session is stored, and what is cached for a while is cached now
    for url in (LIST, f"{LIST}?box=sent"):
        with django_assert_max_num_queries(7):  # type: ignore[attr-defined]  # a context manager
            browser.get(url)


def test_nobody_else_sees_a_text(stranger: User, person: User, quiet: LinkedAccount) -> None:
    message = Message.objects.create(
        user=person, account=quiet, idempotency_key="k", recipient=RECIPIENT, body="Hi", state=ActState.FAILED
    )
    theirs = sign_in(stranger)
    for name in ("message", "message_state"):
        assert theirs.get(reverse(f"telephony:{name}", args=[message.pk]), follow=True).status_code == 404
