"""Texts, at a desk and on a phone, with all three providers: counted while they are typed, sent once, followed, and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESK, PHONE, PROVIDERS, Visitor, enter

NEW = "/telephony/messages/new/"
SENT_TO = {"sipgate": "/sessions/sms", "ringcentral": "/extension/~/sms", "goto": "/messaging/v1/messages"}
SIZES = {"desk": DESK, "phone": PHONE}
END = {"sipgate": "Sent", "ringcentral": "Delivered", "goto": "Delivered"}


def writes(visitor: Visitor, provider: str) -> int:
    """How many texts the provider was asked to send."""
    asked = visitor.stage.sandbox.requests(provider, SENT_TO[provider])
    return sum(request["method"] == "POST" for request in asked)


def write(visitor: Visitor, body: str, recipient: str = "+1 212 555 0142") -> None:
    """Fill in the form."""
    visitor.go(NEW)
    visitor.main.get_by_label("To", exact=True).fill(recipient)
    visitor.main.get_by_label("Text", exact=True).fill(body)


def let_time_pass(visitor: Visitor) -> None:
    """Half a minute at the provider, after which it is looked at again."""
    visitor.stage.sandbox.advance(30)
    visitor.stage.backstage("due_texts", email=visitor.email)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_text_is_counted_sent_once_and_followed(
    open_window: Callable[..., Visitor], provider: str, size: str
) -> None:
    ada = enter(open_window(size=SIZES[size]))
    ada.has_linked(provider)
    write(ada, "a" * 161)
    expect(ada.main.locator("[data-text-length]")).to_contain_text("161 characters · 2 parts · 145 left")
    ada.main.get_by_label("Text", exact=True).fill("🚗 Is nine fine?")
    expect(ada.main.locator("[data-text-length]")).to_contain_text("16 characters · 1 part · 54 left")
    before = writes(ada, provider)
    ada.main.get_by_role("button", name="Send", exact=True).dblclick()
    expect(ada.page).to_have_url(re.compile(r"/telephony/messages/\d+/"))
    ada.settle()
    ada.sees("Accepted", "🚗 Is nine fine?")
    let_time_pass(ada)
    expect(ada.page.locator("#message-state")).to_contain_text(END[provider])
    assert writes(ada, provider) == before + 1
    ada.go("/telephony/messages/")
    ada.press("Look for new texts")
    ada.sees("Yes, that suits me.")
    wide = ada.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_lost_answer_is_looked_up_and_never_sent_again(open_window: Callable[..., Visitor], provider: str) -> None:
    ada = enter(open_window(size=PHONE))
    ada.has_linked(provider)
    write(ada, "Did this arrive")
    before = writes(ada, provider)
    ada.stage.sandbox.fail("lost_reply", provider=provider, method="POST", path_prefix=f"*{SENT_TO[provider]}*")
    ada.press("Send")
    ada.sees("Unknown", "Do not send it again yet")
    ada.stage.sandbox.mend()
    let_time_pass(ada)
    expect(ada.page.locator("#message-state")).to_contain_text(END[provider])
    assert writes(ada, provider) == before + 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_keeps_the_text_for_another_try(open_window: Callable[..., Visitor], provider: str) -> None:
    ada = enter(open_window(size=DESK))
    ada.has_linked(provider)
    write(ada, "Try this")
    path = f"*{SENT_TO[provider]}*"
    ada.stage.sandbox.fail("rate_limited", provider=provider, method="POST", path_prefix=path, retry_after=7)
    ada.press("Send")
    ada.sees("Not sent", "Nothing was sent. Try again in 7 seconds.")
    ada.stage.sandbox.mend()
    ada.follow("Edit and send again")
    expect(ada.main.get_by_label("Text", exact=True)).to_have_value("Try this")
    ada.press("Send")
    ada.sees("Accepted")


def test_what_was_typed_survives_the_end_of_the_session(ada: Visitor) -> None:
    ada.has_linked("sipgate")
    write(ada, "A long letter")
    ada.page.context.clear_cookies(name=re.compile("session"))
    ada.press("Send")
    ada.fill({"E-mail address": ada.email, "Password": ada.password})
    ada.press("Sign in")
    ada.sees("Your text is still here and was not sent yet")
    expect(ada.main.get_by_label("Text", exact=True)).to_have_value("A long letter")
    ada.press("Send")
    ada.sees("Accepted")


def test_a_text_is_sent_and_counted_without_javascript(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(scripts=False))
    ada.has_linked("goto")
    write(ada, "🚗" * 36)
    ada.press("Count the characters")
    ada.sees("72 characters · 2 parts · 61 left in the last")
    ada.press("Send")
    ada.sees("Accepted")
