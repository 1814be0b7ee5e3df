"""From the empty dashboard to the detail of a single call, at each provider."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PROVIDERS, Visitor, enter


@pytest.mark.parametrize("provider", PROVIDERS)
def test_linking_leads_to_the_account_its_call_log_and_a_single_call(ada: Visitor, provider: str) -> None:
    ada.link(provider)
    ada.settle()
    ada.sees("Connected", "Sandbox", "Müller & Söhne Elektrotechnik GmbH", "Grete Beispiel", "What this link can do")
    expect(ada.main.locator("#capabilities .capability").first).to_be_visible()
    ada.follow("All extensions")
    expect(ada.main.locator("tbody tr").first).to_be_visible()
    ada.fill({"Name, number or owner": "Müller"})
    ada.press("Apply")
    expect(ada.main.locator("tbody tr", has_text="Müller").first).to_be_visible()

    ada.go("/telephony/")
    ada.follow("Calls")
    rows = ada.main.locator("table.calls tbody tr")
    expect(rows.first).to_be_visible()
    ada.follow(re.compile("Older"))
    expect(rows.first).to_be_visible()
    ada.follow(re.compile("Newer"))
    first = rows.first.get_by_role("link").first
    moment = first.inner_text()
    first.click()
    ada.settle()
    assert re.fullmatch(r"/telephony/calls/\d+/", ada.path)
    ada.sees(moment, "What happened", "The provider's record")
    ada.main.locator("summary").click()
    expect(ada.main.locator("pre").first).to_be_visible()


def test_the_call_log_is_narrowed_by_its_filters(ada: Visitor) -> None:
    key = ada.has_linked("sipgate")["sipgate"]
    ada.go(f"/telephony/accounts/{key}/calls/")
    ada.main.get_by_text("More filters", exact=True).click()
    ada.main.get_by_label("Direction").select_option(label="Inbound")
    ada.press("Search")
    directions = ada.main.locator("table.calls tbody tr td:nth-child(2)")
    expect(directions.first).to_contain_text("Inbound")
    assert {text.strip().split("\n")[0] for text in directions.all_inner_texts()} == {"Inbound"}


def test_a_wrong_filter_is_named_beside_its_field_and_the_calls_stay(ada: Visitor) -> None:
    key = ada.has_linked("sipgate")["sipgate"]
    ada.go(f"/telephony/accounts/{key}/calls/?number=12&direction=xyz&page=-1")
    expect(ada.main.locator(".field__error, .errorlist").first).to_be_visible()
    expect(ada.main.locator("table.calls tbody tr").first).to_be_visible()


def test_three_accounts_stand_on_the_dashboard_and_their_calls_in_one_list(ada: Visitor) -> None:
    ada.has_linked()
    ada.go("/telephony/")
    expect(ada.main.locator("section.account-card")).to_have_count(3)
    ada.sees("€", "RingEX", "Connected")
    ada.follow("All calls")
    accounts = ada.main.locator("table.calls tbody tr td:last-child")
    expect(accounts.first).to_be_visible()
    for name in PROVIDERS.values():
        expect(ada.main.locator(".read-statuses")).to_contain_text(name)


def test_the_first_paint_of_the_dashboard_waits_for_no_provider(ada: Visitor) -> None:
    ada.has_linked()
    ada.stage.sandbox.fail("slow", delay_seconds=3)
    ada.page.goto(f"{ada.stage.url}/telephony/", wait_until="domcontentloaded")
    painted = ada.page.evaluate(
        "() => performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"
    )
    expect(ada.main.locator("section.account-card")).to_have_count(3)
    ada.sees("Being read")
    assert painted < 2000, f"the page was there after {painted} ms while providers take 3 s"
    ada.stage.sandbox.mend()


def test_one_provider_that_is_away_hides_nothing_and_stops_no_other(ada: Visitor) -> None:
    ada.has_linked()
    ada.go("/telephony/")
    ada.stage.backstage("age_readings")
    ada.stage.sandbox.fail("unavailable", provider="sipgate")
    ada.go("/telephony/")
    cards = ada.main.locator("section.account-card")
    away = cards.filter(has_text="€")
    expect(away).to_contain_text(re.compile("does not answer|not available|cannot be reached|busy|fault|delayed", re.I))
    for plan in ("RingEX", "GoTo"):
        expect(cards.filter(has_text=plan).first).to_contain_text("Connected")


def test_what_others_wrote_into_names_is_shown_as_text(ada: Visitor) -> None:
    key = ada.has_linked("sipgate")["sipgate"]
    ada.go(f"/telephony/accounts/{key}/calls/?scope=company")
    assert not ada.page.evaluate("() => document.querySelectorAll('main table script, main table b').length")


def test_times_are_in_the_persons_zone_not_the_browsers(open_window: object) -> None:
    visitor = enter(open_window(), time_zone="Asia/Tokyo")  # type: ignore[operator]
    key = visitor.has_linked("goto")["goto"]
    visitor.go(f"/telephony/accounts/{key}/calls/")
    visitor.sees("Asia/Tokyo")
