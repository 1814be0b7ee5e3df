"""The phone book: files as the usual programs write them, numbers however they were written, and the names in the list of calls."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from telephony.core.types import ExtensionKind, LogScope, Party
from telephony.models import Extension, PhoneBookEntry
from telephony.services import phone_book
from telephony.services.call_store import store_page
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_search_index import record

PAGE = "/telephony/phone-book/"

GOOGLE = (
    "First Name,Last Name,Organization Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
    'Grete,Müller,ACME,Work,0211 58 00,Mobile,"+49 170 1234567 ::: +49 170 7654321"\n'
    ",,Pizza Roma,Work,(030) 777-777,,\n"
)


def entries(user: User) -> dict[str, str]:
    """Names by digits."""
    return dict(PhoneBookEntry.objects.filter(user=user).values_list("digits", "name"))


@pytest.mark.parametrize(
    "content",
    [
        b"Grete;0211 58 00\nHans;+49 30 777777\n",
        "Name;Rufnummer\nGrete;0211/5800\nHans;0049 30 777777\n".encode("utf-8-sig"),
        "name\tnumber\r\nGrete\t+49 (0)211 58-00\r\nHans\t030777777\r\n".encode("utf-16"),
        'Vorname,Nachname,Telefon\n"Grete","","0211 5800"\n"","Hans","030 777777"\n'.encode("cp1252"),
    ],
)
def test_a_file_is_read_whatever_its_encoding_delimiter_and_heading(person: User, content: bytes) -> None:
    report = phone_book.import_file(person, content, "DE")
    assert (report.added, report.refused) == (2, 0)
    assert entries(person) == {"492115800": "Grete", "4930777777": "Hans"}


def test_an_export_with_several_numbers_becomes_an_entry_for_each(person: User) -> None:
    phone_book.import_file(person, GOOGLE.encode(), "DE")
    assert entries(person) == {
        "492115800": "Grete Müller",
        "491701234567": "Grete Müller",
        "491707654321": "Grete Müller",
        "4930777777": "Pizza Roma",
    }


def test_the_same_file_again_changes_nothing_and_a_new_name_replaces_the_old(person: User) -> None:
    phone_book.import_file(person, b"name,number\nGrete,02115800\nHans,030777777\n", "DE")
    report = phone_book.import_file(person, b"name,number\nGrete,+492115800\nHans B,030777777\nIna,030888888\n", "DE")
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert entries(person)["4930777777"] == "Hans B"


def test_bad_lines_are_named_and_the_others_kept(person: User) -> None:
    report = phone_book.import_file(person, b"name,number\nGrete,none\n,02115800\n\nHans,030777777\nIna,\n", "DE")
    assert report.added == 1
    assert [one.line for one in report.refusals] == [2, 3, 6]


@pytest.mark.parametrize("content", [b"", b"  \n", b"a,b\nc,d\n", b"just text", b"x" * (phone_book.MOST_BYTES + 1)])
def test_what_is_no_phone_book_is_refused_with_a_sentence(person: User, content: bytes) -> None:
    with pytest.raises(phone_book.FileRefused, match=r"\w"):
        phone_book.import_file(person, content, "DE")


def test_nobody_sees_or_removes_someone_elses_entry(person: User, stranger: User) -> None:
    entry = phone_book.keep(stranger, "Secret", "+492115800")
    browser = sign_in(person)
    assert "Secret" not in browser.get(PAGE).content.decode()
    assert browser.post(f"{PAGE}{entry.pk}/delete/").status_code == 404
    browser.post(f"{PAGE}clear/")
    assert PhoneBookEntry.objects.filter(pk=entry.pk).exists()


def test_an_entry_is_added_found_and_removed_on_its_page(person: User, browser: Client) -> None:
    browser.post(PAGE, {"name": "<Grete>", "number": "0211 58 00"})
    assert "&lt;Grete&gt;" in browser.get(f"{PAGE}?q=5800").content.decode()
    assert "&lt;Grete&gt;" not in browser.get(f"{PAGE}?q=777").content.decode()
    browser.post(f"{PAGE}{PhoneBookEntry.objects.get().pk}/delete/")
    assert not PhoneBookEntry.objects.exists()


def test_a_number_without_digits_is_refused_beside_its_field(browser: Client) -> None:
    assert "has letters in it" in browser.post(PAGE, {"name": "G", "number": "none"}).content.decode()


def test_a_file_is_imported_through_the_page(person: User, browser: Client) -> None:
    file = SimpleUploadedFile("contacts.csv", GOOGLE.encode(), "text/csv")
    page = browser.post(f"{PAGE}import/", {"file": file, "region": "DE"}, follow=True)
    assert "The file has been read" in page.content.decode()
    assert len(entries(person)) == 4
    assert browser.post(f"{PAGE}import/", {"region": "DE"}).status_code == 302


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("12ab", "“12ab” has letters in it"),
        ("0211 5800 ext. 5", "has letters in it"),
        ("2", "“2”: The number is too short"),
        ("0211 5800 0211 5801 77", "The number is too long"),
        ("*21#", "Codes with * or #"),
        ("grete@example.org", "internet address"),
        ("12+34", "“12+34” is not a telephone number"),
        ("anonymous", "hid the number"),
        ("", "There is no number"),
    ],
)
def test_what_is_no_number_is_left_out_with_its_reason(person: User, number: str, why: str) -> None:
    report = phone_book.import_file(person, f"name,number\nBad,{number}\nGrete,02115800\n".encode(), "DE")
    assert (report.added, report.refused) == (1, 1)
    assert why in report.refusals[0].why


def test_a_file_of_something_else_leaves_out_every_line(person: User) -> None:
    report = phone_book.import_file(person, b"foo,bar\n1,2\n", "DE")
    assert (report.added, [one.line for one in report.refusals]) == (0, [1, 2])


def test_extensions_and_emergency_numbers_have_names_as_well(person: User) -> None:
    phone_book.import_file(person, "name,number\nDesk,100\nHelp,112\nGrete,tel:+49\u00a0211 5800\n".encode(), "DE")
    assert entries(person) == {"100": "Desk", "112": "Help", "492115800": "Grete"}


def test_what_an_import_did_can_be_read_again_in_another_language(browser: Client) -> None:
    file = SimpleUploadedFile("contacts.csv", b"name,number\nBad,12ab\n", "text/csv")
    shown = browser.post(f"{PAGE}import/", {"file": file, "region": "DE"})["Location"]
    assert "“12ab” has letters in it" in browser.get(shown).content.decode()
    browser.post("/accounts/language/", {"language": "de", "next": shown})
    assert "Buchstaben" in browser.get(shown).content.decode()


def test_without_an_import_its_page_is_the_phone_book(browser: Client) -> None:
    assert browser.get(f"{PAGE}imported/")["Location"] == PAGE


def test_a_long_phone_book_is_paged_by_name(person: User, browser: Client) -> None:
    lines = "".join(f"Name {number:03},0211 5{number:04}\n" for number in range(250))
    phone_book.import_file(person, f"name,number\n{lines}".encode(), "DE")
    assert "Name 099" in browser.get(PAGE).content.decode()
    last = PhoneBookEntry.objects.get(name="Name 099")
    page = browser.get(f"{PAGE}?after={last.pk}").content.decode()
    assert "Name 100" in page
    assert "Name 099" not in page
    assert browser.get(f"{PAGE}?after=x").status_code == 200


def test_names_come_from_the_phone_book_then_the_provider_then_the_extension(person: User, browser: Client) -> None:
    account = make_account(person)
    Extension.objects.create(account=account, kind=ExtensionKind.USER, key="1", number="100", name="Reception desk")
    national = Party("0211 5800", None, "Told by the provider")
    store_page(account, [record("1", national, callee=Party("100", None, "", "100"))], LogScope.OWN)
    page = browser.get("/telephony/calls/").content.decode()
    assert "Told by the provider" in page
    assert "Reception desk" in page
    phone_book.keep(person, "Grete from the book", "+49 211 5800")
    page = browser.get("/telephony/calls/").content.decode()
    assert "Grete from the book" in page
    assert "Told by the provider" not in page
