"""Click to call at each provider, at a desk and on a phone, with what can go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESK, PHONE, PROVIDERS, Visitor, enter

NUMBER = "+49 30 23125999"
STARTS = {"sipgate": "/sessions/calls", "ringcentral": "/ring-out", "goto": "/calls/v2/calls"}
SIZES = {"desk": DESK, "phone": PHONE}


def starts(visitor: Visitor, provider: str) -> int:
    """How often the provider was asked to start a call."""
    asked = visitor.stage.sandbox.requests(provider, "call" if provider != "ringcentral" else "ring-out")
    return sum(one["method"] == "POST" and one["path"].endswith(STARTS[provider]) for one in asked)


def may_call(visitor: Visitor, provider: str) -> int:
    """Link an account and, where starting calls takes a permission of its own, ask for it by the one click."""
    key = visitor.has_linked(provider)[provider]
    visitor.go("/telephony/calls/new/")
    ask = visitor.main.get_by_role("link", name=re.compile("Ask for the permission"))
    if ask.count():
        ask.click()
        visitor.press(f"Continue to {PROVIDERS[provider]}")
        visitor.consent()
        visitor.page.wait_for_url(re.compile(rf"/telephony/accounts/{key}/"))
    return key


def fill_in(visitor: Visitor, number: str = NUMBER) -> None:
    """Open the form with a number, as the link beside a number does, and wait for the devices."""
    visitor.go(f"/telephony/calls/new/?number={number.replace('+', '%2B').replace(' ', '+')}")
    expect(visitor.main.get_by_role("radio").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_number_is_called_and_the_call_is_on_its_page(
    open_window: Callable[..., Visitor], provider: str, size: str
) -> None:
    ada = enter(open_window(size=SIZES[size]))
    before = starts(ada, provider)
    may_call(ada, provider)

    fill_in(ada)
    ada.sees("This number is called", NUMBER)
    ada.press("Call now")

    expect(ada.page).to_have_url(re.compile(r"/telephony/calls/placed/\d+/$"))
    ada.sees("Your device rings", "Pick up")
    assert starts(ada, provider) == before + 1
    ada.go("/telephony/calls/placed/")
    ada.sees(NUMBER, "Your device rings")


def test_a_ring_out_is_seen_from_the_own_telephone_to_the_connection(ada: Visitor) -> None:
    may_call(ada, "ringcentral")
    fill_in(ada)
    ada.press("Call now")

    ada.sees("Your device rings", "Cancel the call")
    expect(ada.main).to_contain_text("The other end rings", timeout=15_000)
    expect(ada.main).to_contain_text("You are connected", timeout=15_000)


def test_a_ring_out_is_cancelled(ada: Visitor) -> None:
    may_call(ada, "ringcentral")
    fill_in(ada)
    ada.press("Call now")

    ada.press("Cancel the call")

    ada.sees("cancelled before anybody answered", "Call again")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_lost_answer_is_unknown_and_whoever_goes_back_is_asked_to_look_first(ada: Visitor, provider: str) -> None:
    before = starts(ada, provider)
    may_call(ada, provider)
    fill_in(ada)
    ada.stage.sandbox.fail("lost_reply", provider=provider, method="POST", path_prefix=f"*{STARTS[provider]}")
    ada.press("Call now")
    ada.sees("Unknown: look at your phone", "Look at your phone before you call again")

    ada.stage.sandbox.mend()
    ada.page.go_back()
    ada.settle()
    expect(ada.main.get_by_role("radio").first).to_be_visible()
    ada.press("Call now")

    ada.sees("We do not know whether that call was started. Look at your phone first.")
    assert starts(ada, provider) == before + 1


def test_a_double_click_calls_once(ada: Visitor) -> None:
    before = starts(ada, "goto")
    may_call(ada, "goto")
    fill_in(ada)
    ada.main.get_by_role("button", name="Call now").dblclick()
    ada.settle()

    ada.sees("Your device rings")
    assert starts(ada, "goto") == before + 1


def test_an_emergency_number_is_refused_and_a_premium_number_wants_a_tick(ada: Visitor) -> None:
    may_call(ada, "goto")
    fill_in(ada, "112")
    ada.sees("112 is an emergency number. Use a telephone")

    ada.fill({"Number": "0900 3 123456"})
    ada.press("Call now")
    ada.sees("premium-rate number", "Tick this box")
    ada.main.get_by_label("I know that this call costs more").check()
    expect(ada.main.get_by_role("radio").first).to_be_visible()
    ada.press("Call now")
    ada.sees("Your device rings")


def test_a_refusal_says_that_nobody_was_called(ada: Visitor) -> None:
    may_call(ada, "goto")
    fill_in(ada)
    ada.stage.sandbox.fail("rate_limited", provider="goto", method="POST", retry_after=20)
    ada.press("Call now")

    ada.sees("Not started", "Nobody was called. Try again in 20 seconds.")


def test_a_call_is_started_without_scripts(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(scripts=False))
    ada.has_linked("goto")
    ada.page.goto(f"{ada.stage.url}/telephony/calls/new/?number=%2B493023125999")
    ada.main.get_by_role("link", name="Show devices").click()
    ada.main.get_by_role("button", name="Call now").click()

    ada.sees("Your device rings")


def test_the_link_beside_a_number_leads_to_the_form(ada: Visitor) -> None:
    key = may_call(ada, "goto")
    ada.go(f"/telephony/accounts/{key}/calls/")
    link = ada.main.locator("table.calls .call-link").first
    label = link.inner_text().strip()
    link.click()
    ada.settle()

    assert ada.title() == "Call a number"
    assert ada.main.get_by_label("Number").input_value() in label.replace(" ", "").replace("-", "") or label
