"""Language, time zone, theme, keyboard, and life without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.visitor import PHONE, Visitor, enter

DARK = "rgb(16, 19, 20)"  # the page's background in static/css/tokens.css
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def test_the_language_is_switched_in_the_footer_and_stays_with_the_person(
    open_window: Callable[..., Visitor],
) -> None:
    visitor = open_window()
    visitor.go("/")
    _choose_german(visitor)
    visitor.go("/accounts/login/")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
    ada = enter(visitor)
    ada.go("/telephony/")
    expect(ada.page.locator("html")).to_have_attribute("lang", "en")
    _choose_german(ada)
    other_device = open_window()
    other_device.sign_in(ada.email, ada.password)
    expect(other_device.page.locator("html")).to_have_attribute("lang", "de")


def test_money_and_times_follow_language_and_zone(ada: Visitor) -> None:
    ada.has_linked("sipgate")
    ada.go("/telephony/")
    expect(ada.main.locator(".stat__value, .stat").first).to_contain_text(re.compile(r"€\d+\.\d\d"))
    _choose_german(ada)
    expect(ada.main.locator(".stat__value, .stat").first).to_contain_text(re.compile(r"\d+,\d\d\s€"))


def test_the_time_zone_is_searched_and_changed_in_the_profile(ada: Visitor) -> None:
    key = ada.has_linked("goto")["goto"]
    ada.go("/accounts/profile/")
    zone = ada.main.get_by_label(re.compile("Time zone", re.IGNORECASE))
    zone.fill("Mars/Olympus")
    ada.press("Save")
    ada.sees("is not a time zone")
    zone.fill("Asia/Tokyo")
    ada.press("Save")
    ada.go(f"/telephony/accounts/{key}/calls/")
    ada.sees("Asia/Tokyo")


def test_the_theme_follows_the_system_until_somebody_chooses(open_window: Callable[..., Visitor]) -> None:
    visitor = open_window(dark=True)
    visitor.go("/")
    switch = visitor.page.get_by_role("button", name="Dark theme")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(visitor.page.locator("body")).to_have_css("background-color", DARK)
    switch.click()
    expect(visitor.page.locator("body")).not_to_have_css("background-color", DARK)
    visitor.go("/accounts/login/")
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(visitor.page.locator("body")).not_to_have_css("background-color", DARK)


def test_the_keyboard_reaches_the_content_first_and_its_focus_is_seen(ada: Visitor) -> None:
    ada.go("/telephony/link/")
    ada.page.keyboard.press("Tab")
    skip = ada.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    ada.page.keyboard.press("Enter")
    ada.page.keyboard.press("Tab")
    assert ada.page.evaluate("() => document.querySelector('main').contains(document.activeElement)")
    _assert_focus_is_seen_everywhere(ada.page)


def test_the_persons_menu_opens_and_closes_by_keyboard(ada: Visitor) -> None:
    ada.go("/telephony/")
    menu = ada.page.locator("details.menu")
    menu.locator("summary").focus()
    ada.page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Profile")).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Profile")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_without_javascript_everything_that_matters_works(open_window: Callable[..., Visitor]) -> None:
    visitor = open_window(scripts=False)
    person = visitor.stage.backstage("person", name="Ada Lovelace")
    visitor.sign_in(person["email"], person["password"])
    keys = visitor.has_linked()
    visitor.go("/telephony/")
    expect(visitor.main.locator("section.account-card")).to_have_count(3)

    visitor.go(f"/telephony/accounts/{keys['goto']}/")
    visitor.press("Refresh")
    visitor.sees("Everything has been read from GoTo Connect just now.")
    visitor.follow("Calls")
    visitor.follow("Read now")
    expect(visitor.main.locator("table.calls tbody tr").first).to_be_visible()
    visitor.main.get_by_text("More filters", exact=True).click()
    visitor.main.get_by_label("Direction").select_option(label="Outbound")
    visitor.press("Search")
    expect(visitor.main.locator("table.calls tbody tr").first).to_contain_text("Outbound")

    visitor.go(f"/telephony/accounts/{keys['goto']}/unlink/")
    visitor.press("Unlink")
    visitor.sees("is unlinked")
    expect(visitor.main.locator("section.account-card")).to_have_count(2)


def test_on_a_phone_the_menus_and_the_call_log_are_reached_by_thumb(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(size=PHONE))
    keys = ada.has_linked("ringcentral")
    ada.go(f"/telephony/accounts/{keys['ringcentral']}/calls/")
    expect(ada.main.locator("table.calls tbody tr").first).to_be_visible()
    ada.page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboard").click()
    ada.settle()
    assert ada.path == "/telephony/"
    ada.page.locator("details.menu summary").click()
    ada.page.get_by_role("button", name="Sign out").click()
    ada.settle()
    expect(ada.page.get_by_role("link", name="Sign in").first).to_be_visible()


def _choose_german(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Deutsch").click()
    visitor.settle()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "de")


def _assert_focus_is_seen_everywhere(page: Page) -> None:
    """Go on by the keyboard; every stop shows where the focus is."""
    for _step in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            return
        stop = page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
        assert page.evaluate(FOCUS), f"no outline on {stop}"
