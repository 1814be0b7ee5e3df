"""Shortcuts for lists and search, and what call lists look like on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import findings
from tests.browser.visitor import Visitor


@pytest.fixture
def list_of_calls(ada: Visitor) -> Visitor:
    """Ada looks at her calls."""
    key = ada.has_linked("sipgate")["sipgate"]
    ada.go(f"/telephony/accounts/{key}/calls/")
    return ada


def _row(visitor: Visitor, number: int) -> Locator:
    return visitor.main.locator("tbody tr").nth(number).locator("a").first


def test_j_and_k_walk_through_a_list_and_enter_opens(list_of_calls: Visitor) -> None:
    keyboard = list_of_calls.page.keyboard
    keyboard.press("j")
    expect(_row(list_of_calls, 0)).to_be_focused()
    keyboard.press("j")
    expect(_row(list_of_calls, 1)).to_be_focused()
    keyboard.press("k")
    keyboard.press("k")
    expect(_row(list_of_calls, 0)).to_be_focused()
    keyboard.press("Enter")
    list_of_calls.page.wait_for_url("**/telephony/calls/*/")


def test_the_keyboard_stays_at_its_row_when_the_list_is_fetched_again(list_of_calls: Visitor) -> None:
    page = list_of_calls.page
    page.reload()  # now there are rows from the first
    list_of_calls.settle()
    _row(list_of_calls, 3).focus()
    with page.expect_response("**/calls/list/*"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('calls-changed'))")
    list_of_calls.settle()
    page.wait_for_timeout(200)  # the rows are exchanged a moment after the answer
    expect(_row(list_of_calls, 3)).to_be_focused()


def test_a_slash_searches_wherever_one_is_and_types_in_a_field(list_of_calls: Visitor) -> None:
    page = list_of_calls.page
    page.keyboard.press("/")
    field = list_of_calls.main.locator("input[type=search]").first
    expect(field).to_be_focused()
    page.keyboard.type("j/?")
    expect(field).to_have_value("j/?")
    list_of_calls.go("/accounts/profile/")
    page.keyboard.press("/")
    page.wait_for_url("**/telephony/calls/#search")
    expect(list_of_calls.main.locator("input[type=search]").first).to_be_focused()


def test_the_help_shows_the_keys_and_switches_them_off(list_of_calls: Visitor) -> None:
    page, dialog = list_of_calls.page, list_of_calls.page.locator("#keys")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    assert not findings(page, "light")
    dialog.get_by_label("Use shortcuts in this browser").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    list_of_calls.settle()
    page.keyboard.press("j")
    expect(_row(list_of_calls, 0)).not_to_be_focused()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_label("Use shortcuts in this browser").check()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()  # it closes a moment after the key
    page.keyboard.press("j")
    expect(_row(list_of_calls, 0)).to_be_focused()


def test_on_paper_a_list_is_a_table_and_nothing_else(list_of_calls: Visitor) -> None:
    page = list_of_calls.page
    page.set_viewport_size({"width": 690, "height": 1000})  # A4 between its margins
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".topbar", ".footer", ".filter-bar__fields", ".read-statuses", ".pager"):
        for found in page.locator(hidden).all():
            expect(found).to_be_hidden()
    expect(page.get_by_role("columnheader", name="Direction")).to_be_visible()
    assert page.locator("tbody tr").first.evaluate("row => getComputedStyle(row).display") == "table-row"
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(27, 31, 33)", "dark ink on white paper"
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 690
