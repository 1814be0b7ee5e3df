"""In which country a number without a country code is read: the account's for a call or a text, else the person's own."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from telephony.calling_forms import CallForm, signed
from telephony.core.calling import CallingDevice
from telephony.core.texts import TextSender
from telephony.models import Extension, LinkedAccount, PhoneBookEntry, ReceivedText
from telephony.services import conversations, phone_book
from telephony.services.names import names_of
from telephony.services.number_forms import meant_by
from telephony.services.regions import Regions, guessed_region, home_region, region_for
from telephony.tests.making import make_account, make_calls
from telephony.text_forms import TextForm


@pytest.fixture
def american(person: User) -> LinkedAccount:
    """The account that was linked first, with one number and a line of another country."""
    account = make_account(person, provider="goto", keys={"region": "US"})
    numbers(account, "+12125550101", "101")
    return account


@pytest.fixture
def german(american: LinkedAccount) -> LinkedAccount:
    """The one with most of the person's numbers."""
    account = make_account(american.user, provider="sipgate", keys={"region": "DE"})
    numbers(account, "+493023125001", "+493023125002", "+493023125003")
    return account


def numbers(account: LinkedAccount, *known: str) -> None:
    """Numbers as the provider lists them."""
    rows = [Extension(account=account, kind="number", key=number, number=number) for number in known]
    Extension.objects.bulk_create(rows)


def call_form(account: LinkedAccount, number: str, device: str = "") -> CallForm:
    """The form as it is sent; `device` is the device's own number."""
    chosen = signed(account, CallingDevice("d", "Desk", device))
    data = {"number": number, "account": str(account.pk), "device": chosen, "once": "1"}
    accounts = list(LinkedAccount.objects.filter(user=account.user))
    return CallForm(data, person=account.user, accounts=accounts)


def test_most_of_her_own_numbers_tell_the_persons_country(german: LinkedAccount) -> None:
    assert home_region(german.user) == "DE"


@pytest.mark.parametrize(("zone", "region"), [("Europe/London", "GB"), ("UTC", "DE")])
def test_without_own_numbers_the_clock_tells_and_then_the_setting(person: User, zone: str, region: str) -> None:
    person.time_zone = zone
    assert home_region(person) == region


def test_among_equals_the_clock_decides_and_numbers_of_no_country_do_not_count(american: LinkedAccount) -> None:
    numbers(american, "+442079460123", "+80012345678", "+", "+x")
    american.user.time_zone = "Europe/London"
    assert guessed_region(american.user) == "GB"
    american.user.time_zone = "Europe/Berlin"
    assert guessed_region(american.user) in {"GB", "US"}


def test_what_the_person_has_chosen_holds_in_the_phone_book(german: LinkedAccount) -> None:
    german.user.region = "AT"
    assert phone_book.keep(german.user, "Grete", "01 58000").number == "+43158000"


def test_a_call_reads_the_number_as_the_chosen_account_dials_it(german: LinkedAccount, american: LinkedAccount) -> None:
    german.user.region = "GB"
    assert call_form(german, "0211 5800").fields
    for account, typed, e164 in (
        (german, "0211 5800", "+492115800"),
        (american, "(212) 555-0123", "+12125550123"),
    ):
        form = call_form(account, typed)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["number"] == e164


def test_a_line_of_another_country_reads_it_as_its_own(american: LinkedAccount) -> None:
    form = call_form(american, "020 7946 0123", "+442079460101")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["number"] == "+442079460123"


def test_an_account_of_unknown_country_goes_by_its_own_numbers_and_then_by_the_person(
    german: LinkedAccount, american: LinkedAccount
) -> None:
    LinkedAccount.objects.update(keys={})
    american.refresh_from_db()
    assert call_form(american, "(212) 555-0123").is_valid()
    assert text_form(american, "(212) 555-0123").is_valid()
    american.extensions.all().delete()
    american.user.region = "GB"
    assert call_form(american, "020 7946 0123").is_valid()


def test_a_refusal_says_in_which_country_the_number_was_read(german: LinkedAccount, american: LinkedAccount) -> None:
    errors = str(call_form(american, "0211 5800").errors["number"])
    assert "too short" in errors
    assert "(United States)" in errors
    assert "read as" not in str(call_form(american, "+1 21158").errors["number"])


def test_the_emergency_numbers_of_every_country_in_question_are_refused(german: LinkedAccount) -> None:
    german.user.region = "GB"
    for number in ("110", "999"):
        assert "emergency" in str(call_form(german, number).errors["number"])


def text_form(account: LinkedAccount, recipient: str, own_number: str = "", **more: str) -> TextForm:
    """The form for a text as it is sent; `own_number` is the sender's."""
    data = {"sender": f"{account.pk}:s0", "recipient": recipient, "body": "x", "key": "k"} | more
    return TextForm(data, senders=[(account, TextSender("s0", "SMS", own_number))], names={}, region="FR")


@pytest.mark.parametrize(("own_number", "country"), [("", "Germany"), ("+442079460101", "United Kingdom")])
def test_a_text_reads_the_number_as_the_chosen_sender_does(
    german: LinkedAccount, own_number: str, country: str
) -> None:
    assert text_form(german, "0211 5800").is_valid()
    assert f"({country})" in str(text_form(german, "2115800", own_number).errors["recipient"])


@pytest.mark.parametrize("typed", ["0900 123456", "+1 000 000 0000"])
def test_what_no_number_can_be_is_neither_called_nor_texted(american: LinkedAccount, typed: str) -> None:
    assert "No number begins like" in str(call_form(american, typed).errors["number"])
    assert "No number begins like" in str(text_form(american, typed).errors["recipient"])


def test_a_number_that_nobody_is_known_to_have_is_called_and_texted_after_a_confirmation(german: LinkedAccount) -> None:
    form = call_form(german, "01555 12345678")
    assert "cost_known" in form.errors
    assert form.fields["cost_known"].label == "The number is right as it stands here"
    assert "no range" in str(text_form(german, "01555 12345678").errors["recipient"])
    sent = text_form(german, "01555 12345678", confirmed="on")
    assert sent.is_valid()
    assert sent.cleaned_data["recipient"] == "+49155512345678"


def test_the_country_is_chosen_in_the_profile(browser: Client, person: User, german: LinkedAccount) -> None:
    assert "From your accounts and time zone: Germany" in browser.get("/accounts/profile/").content.decode()
    profile = {"name": "", "time_zone": "Europe/Berlin", "language": "en"}
    browser.post("/accounts/profile/", profile | {"region": "AT"})
    browser.post("/telephony/phone-book/", {"name": "Grete", "number": "01 58000"})
    assert PhoneBookEntry.objects.get().number == "+43158000"
    assert "Select a valid choice" in browser.post("/accounts/profile/", profile | {"region": "XX"}).content.decode()


@pytest.fixture
def untold(german: LinkedAccount, american: LinkedAccount) -> tuple[LinkedAccount, LinkedAccount]:
    """Both accounts, of which no provider tells the country: an American one by its number, and a German one."""
    LinkedAccount.objects.update(keys={})
    PhoneBookEntry.objects.create(user=german.user, name="Bo", number="+12125550123", digits="12125550123")
    PhoneBookEntry.objects.create(user=german.user, name="Grete", number="+492125550123", digits="492125550123")
    return LinkedAccount.objects.get(pk=american.pk), LinkedAccount.objects.get(pk=german.pk)


def test_a_list_names_national_numbers_in_the_country_of_each_account(
    untold: tuple[LinkedAccount, LinkedAccount], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ends = {"caller_e164": None, "caller_number": "(212) 555-0123"}
    calls = [call for account in untold for call in make_calls(account, 2, **ends)]

    with django_assert_num_queries(2):  # the phone book, and the own numbers of both accounts
        names = names_of(untold, calls)
        found = [names.best(account, "(212) 555-0123", "", "") for account in untold]

    assert found == ["Bo", "Grete"]


def test_a_list_of_international_numbers_asks_for_no_country(
    untold: tuple[LinkedAccount, LinkedAccount], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ends = {"caller_e164": "+12125550123", "caller_number": "+12125550123", "callee_e164": None, "callee_number": "101"}
    calls = make_calls(untold[0], 2, **ends)

    with django_assert_num_queries(2):
        assert names_of(untold, calls).best(untold[0], "+12125550123", "", "") == "Bo"


def test_conversations_and_single_accounts_go_by_the_same_country(untold: tuple[LinkedAccount, LinkedAccount]) -> None:
    american, german = untold
    for account in untold:
        ReceivedText.objects.create(
            account=account, key="t", sender="2125550123", digits="2125550123", body="x", at=timezone.now()
        )

    lines, _more = conversations.conversations(american.user)

    assert {line.account.pk: line.name for line in lines} == {american.pk: "Bo", german.pk: "Grete"}
    assert (region_for(american), region_for(german)) == ("US", "DE")
    assert "+12125550123" in meant_by(american.user, "(212) 555-0123")


def test_an_account_that_tells_nothing_at_all_is_in_the_persons_country(american: LinkedAccount) -> None:
    american.keys, american.user.region = {}, "GB"
    american.extensions.all().delete()

    assert Regions([american]).of(american) == "GB"
