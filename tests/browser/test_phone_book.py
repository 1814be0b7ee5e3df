"""The phone book: importing a file, reading what became of it, and an entry that outlives the session it was typed in."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.visitor import Visitor

BOOK = "/telephony/phone-book/"


def test_a_file_is_imported_and_what_it_did_is_read_again_in_another_language(ada: Visitor) -> None:
    ada.go(BOOK)
    file = {
        "name": "contacts.csv",
        "mimeType": "text/csv",
        "buffer": b"name,number\nGrete,0211 5800\nBad,12ab\nFoo,2\n",
    }
    ada.main.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a file's name, type and content
    ada.press("Import")
    assert ada.path == f"{BOOK}imported/"
    ada.sees("The file has been read", "“12ab” has letters in it", "“2”: The number is too short")
    assert axe.findings(ada.page, "light") == []
    ada.page.get_by_role("button", name="Deutsch").click()
    ada.settle()
    expect(ada.page.locator("html")).to_have_attribute("lang", "de")
    ada.sees("Buchstaben")
