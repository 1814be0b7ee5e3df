"""An outage from the person's seat: what every page says, the page that explains it, the file for support, and its end."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.stage import ROOT
from tests.browser.visitor import PHONE, Visitor

SHOTS = ROOT / "var" / "screenshots"


def _picture(visitor: Visitor, name: str) -> None:
    """Both themes and both sizes, to be looked at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    desk = visitor.page.viewport_size
    for size, theme in (("desk", "light"), ("phone", "dark")):
        if size == "phone":
            visitor.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        visitor.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
        visitor.page.screenshot(path=SHOTS / f"{name}-{size}-{theme}.png", full_page=True)
    assert desk
    visitor.page.set_viewport_size(desk)
    visitor.page.emulate_media(color_scheme="light")


def test_an_outage_is_told_explained_and_over(ada: Visitor) -> None:
    key = ada.has_linked("sipgate")["sipgate"]
    ada.stage.sandbox.fail("server_error", provider="sipgate")
    for _reading in range(3):
        ada.stage.backstage("age_readings")
        ada.go(f"/telephony/accounts/{key}/")
        ada.settle()
    ada.go("/telephony/")
    ada.sees("sipgate is not answering since", "no account is unlinked", "Delayed")
    _picture(ada, "outage-dashboard")

    ada.main.get_by_role("link", name="Details").first.click()
    ada.settle()
    assert ada.path == f"/telephony/accounts/{key}/why/"
    ada.sees("reports a fault of its own", "We keep trying by ourselves", "What was read when", "Next attempt")
    _picture(ada, "outage-why")

    with ada.page.expect_download() as download:
        ada.main.get_by_role("link", name="File for support").click()
    bundle = json.loads(Path(download.value.path()).read_text())
    assert bundle["failed_requests"][0]["status"] == 500
    assert "Beispiel" not in json.dumps(bundle)

    ada.stage.sandbox.mend()
    ada.stage.backstage("end_pauses")
    ada.press("Try now")
    expect(ada.main).to_contain_text("Connected")
    expect(ada.main).not_to_contain_text("is not answering since")


def test_a_link_that_has_ended_says_why_and_offers_the_one_click(ada: Visitor) -> None:
    key = ada.has_linked("sipgate")["sipgate"]
    ada.stage.sandbox.revoke("sipgate")
    ada.stage.backstage("age_readings")
    ada.go(f"/telephony/accounts/{key}/")
    ada.settle()
    ada.go(f"/telephony/accounts/{key}/why/")
    ada.sees("Needs re-linking", "it was revoked, or it had expired", "Its history is kept")
    ada.follow("Link again")
    ada.sees("sipgate")
