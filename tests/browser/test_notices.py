"""The bell, the page behind it, the way out of a mail, the balance's limit, and the dashboard at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.visitor import DESK, PHONE, Visitor, enter


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def told(request: pytest.FixtureRequest, open_window: Callable[..., Visitor]) -> Visitor:
    """Somebody with a low balance, a link that will end and callers who wait."""
    ada = enter(open_window(size=request.param))
    ada.has_linked("sipgate", "ringcentral", "goto")
    ada.stage.backstage("tell", email=ada.email)
    return ada


def test_the_bell_leads_to_what_it_counts_and_is_quiet_when_that_was_seen(told: Visitor) -> None:
    told.go("/telephony/")
    bell = told.page.locator("#bell")
    expect(bell.locator(".bell__count")).to_contain_text(re.compile(r"^\d"))
    bell.click()
    told.sees("Only €4.10 left", "will end soon")
    expect(bell.locator(".bell__count")).to_have_count(0)
    told.follow(re.compile("^To the balance"))
    told.sees("The balance is below €5.00.", "about 2")


def test_the_answers_come_when_the_page_is_there(told: Visitor) -> None:
    told.go("/telephony/")
    glance = told.page.locator("#glance")
    for title in ("Links", "Unreturned calls", "Balance", "The last seven days"):
        expect(glance.get_by_role("heading", name=title)).to_be_visible()
    expect(glance).to_contain_text("All connected")
    expect(glance).to_contain_text("Lasts for about 2 days")
    glance.get_by_text("As a table").click()
    expect(glance.get_by_role("table")).to_be_visible()


def test_a_limit_that_is_no_number_is_refused_and_another_kept(told: Visitor) -> None:
    told.go("/telephony/notices/")
    told.follow(re.compile("^To the balance"))
    told.main.get_by_label("Warn below").fill("plenty")
    told.press("Save")
    told.sees("Enter a number")
    told.main.get_by_label("Warn below").fill("2.50")
    told.press("Save")
    told.sees("Saved.")
    expect(told.main.get_by_label("Warn below")).to_have_value("2.50")
    expect(told.main).not_to_contain_text("The balance is below")


def test_quiet_hours_and_kinds_are_chosen(told: Visitor) -> None:
    told.go("/telephony/notices/settings/")
    told.main.get_by_label("Quiet from").fill("22:00")
    told.press("Save")
    told.sees("Quiet hours need a beginning and an end")
    told.main.get_by_label("Quiet until").fill("07:00")
    told.main.get_by_label("A balance is low: by mail").uncheck()
    told.main.get_by_label("Daily summary at").fill("06:30")
    told.press("Save")
    told.sees("Saved.", "it comes when they end")
    expect(told.main.get_by_label("A balance is low: by mail")).not_to_be_checked()
    expect(told.main.get_by_label("Quiet until")).to_have_value("07:00")


def test_the_way_out_of_a_mail_needs_no_signing_in_and_a_press(
    open_window: Callable[..., Visitor], told: Visitor
) -> None:
    reader = open_window()
    reader.go(told.stage.backstage("keys", email=told.email)["opt_out"])
    reader.sees("Shall we send you no more mails of this kind?")
    reader.press("No more mails of this kind")
    reader.sees("You get no more mails of this kind.")
    reader.press("Send them again after all")
    reader.sees("You get mails of this kind again.")


def test_an_overview_that_does_not_come_says_so(ada: Visitor) -> None:
    ada.has_linked("goto")
    ada.watch.allow_only(500)
    ada.page.route("**/telephony/glance/", _fail)
    ada.go("/telephony/")
    ada.sees("The overview could not be loaded. Reload the page to try again.")
    assert all("500" in problem for problem in ada.watch.take()), "htmx itself tells the console"


def _fail(route: Route) -> None:
    route.fulfill(status=500, body="no")


def test_without_javascript_the_overview_is_one_link_away(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(scripts=False))
    ada.has_linked("goto")
    ada.go("/telephony/")
    ada.follow("Show the overview")
    ada.sees("All connected")
