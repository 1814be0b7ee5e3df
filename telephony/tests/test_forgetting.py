"""*Forget this number*: it is nowhere afterwards, the statistics stay, and it does not come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from telephony.core.number_tallies import EVER
from telephony.core.types import CallLeg, CallRecord, LogScope, MediaRef, Outcome, Party
from telephony.models import (
    Call,
    Export,
    Extension,
    ForgottenNumber,
    LinkedAccount,
    NumberTally,
    PhoneBookEntry,
    SavedView,
    TallyBook,
)
from telephony.services import rollup
from telephony.services.call_store import store_page
from telephony.services.forgetting import forget, looked_for, traces
from telephony.services.number_forms import NotANumber, meant_by
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_selectors import START, record

GRETE = Party("+493023125001", "+493023125001", "Grete Canary")
DESK = Party("100", None, "Front desk", "100")
OTHER = Party("+4915112345678", "+4915112345678", "Otto")


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def records() -> list[CallRecord]:
    """Grete as caller, as callee, in a leg only; and a call without her."""
    told: dict[str, Any] = {
        "raw": {"from": GRETE.number},
        "note": "Grete Canary",
        "voicemail": MediaRef("v", transcript="Canary"),
    }
    leg = CallLeg(GRETE, DESK)
    return [
        record(1, 1, caller=GRETE, callee=DESK, legs=(leg,), **told),
        record(2, 2, caller=DESK, callee=GRETE, **told),
        record(3, 3, caller=OTHER, callee=DESK, legs=(CallLeg(OTHER, GRETE),), **told),
        record(4, 4, caller=OTHER, callee=DESK),
    ]


@pytest.fixture
def stored(account: LinkedAccount) -> LinkedAccount:
    store_page(account, records(), LogScope.OWN)
    return account


def everything() -> str:
    """All rows of all our tables as one text."""
    models = [model for label in ("telephony", "accounts") for model in apps.get_app_config(label).get_models()]
    return " ".join(str(row) for model in models for row in model._default_manager.values())


def test_the_number_is_nowhere_afterwards(person: User, stored: LinkedAccount) -> None:
    PhoneBookEntry.objects.create(user=person, name="Grete Canary", number=GRETE.number, digits="493023125001")
    SavedView.objects.create(user=person, name="G", query="number=030+23125001")
    assert "23125001" in everything()
    found = forget(person, GRETE.number)
    assert (found.calls, found.names, found.views) == (3, ["Grete Canary"], 1)
    assert "23125001" not in everything()
    assert "Canary" not in everything()
    assert "+4915112345678" in everything()


def test_the_calls_stay_with_all_that_counts(person: User, stored: LinkedAccount) -> None:
    before = list(
        Call.objects.order_by("pk").values_list("started_at", "outcome", "direction", "duration", "extension")
    )
    forget(person, GRETE.number)
    after = list(Call.objects.order_by("pk").values_list("started_at", "outcome", "direction", "duration", "extension"))
    assert after == before
    assert rollup.differences(TallyBook.objects.get()) == 0
    assert not NumberTally.objects.filter(digits="493023125001").exists()
    assert NumberTally.objects.filter(digits="", month=EVER).exists(), (
        "the call counts on, as one with a withheld number"
    )
    first = Call.objects.get(key="call-1")
    assert first.caller_removed_at is not None
    assert (first.callee_name, first.callee_removed_at) == ("Front desk", None)


def test_what_the_provider_reports_again_is_stored_without_it(person: User, stored: LinkedAccount) -> None:
    forget(person, GRETE.number)
    counts = store_page(stored, records(), LogScope.OWN)
    assert (counts.added, counts.changed, counts.unchanged) == (0, 0, 4)
    new = record(5, 9, caller=GRETE, callee=DESK)
    changed = record(1, 1, caller=GRETE, callee=DESK, outcome=Outcome.MISSED)
    counts = store_page(stored, [new, changed], LogScope.OWN)
    assert (counts.added, counts.changed) == (1, 1)
    assert "23125001" not in everything()
    assert Call.objects.get(key="call-1").outcome == "missed"


def test_it_stays_out_when_the_sites_key_is_replaced_by_the_book(
    person: User, stored: LinkedAccount, settings: Settings
) -> None:
    forget(person, GRETE.number)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough for a test"
    store_page(stored, [record(6, 6, caller=GRETE)], LogScope.OWN)
    assert "23125001" not in everything()


def test_another_persons_calls_keep_the_number(person: User, stored: LinkedAccount, stranger: User) -> None:
    hers = make_account(stranger, remote_id="2:2")
    store_page(hers, [record(1, 1, caller=GRETE)], LogScope.OWN)
    forget(person, GRETE.number)
    store_page(hers, [record(2, 1, caller=GRETE)], LogScope.OWN)
    assert Call.objects.filter(account=hers, caller_number=GRETE.number).count() == 2


def test_prepared_files_and_exports_that_name_it_go_too(person: User, stored: LinkedAccount) -> None:
    plain = {"user": person, "format": "csv", "zone": "UTC", "language": "en"}
    named = Export.objects.create(**plain, state="sent", source="/telephony/calls/?number=03023125001")
    ready = Export.objects.create(**plain, state="ready", file="1/some-file")
    forget(person, GRETE.number)
    assert not Export.objects.filter(pk=named.pk).exists()
    ready.refresh_from_db()
    assert (ready.state, ready.file) == ("expired", "")


def test_the_digest_tells_nothing_about_the_number(person: User, stored: LinkedAccount) -> None:
    forget(person, GRETE.number)
    assert all("23125001" not in row.digest and len(row.digest) == 64 for row in ForgottenNumber.objects.all())


@pytest.mark.parametrize("number", ["100", "110", "*21", "Grete", ""])
def test_extensions_and_short_codes_cannot_be_forgotten(person: User, number: str) -> None:
    with pytest.raises(NotANumber):
        meant_by(person, number)


@pytest.mark.parametrize("number", ["+49 30 23125001", "0049 30 23125001", "030/23125001", "49 30 23125001"])
@pytest.mark.parametrize("region", ["DE", "US"])
def test_a_number_is_the_same_however_it_is_written(
    person: User, stored: LinkedAccount, number: str, region: str
) -> None:
    person.region = region
    assert [found.number for found in looked_for(person, number)] == ["+493023125001"]


AMERICAN = "+14155550129"


@pytest.fixture
def american(person: User) -> LinkedAccount:
    """An account in the United States with a number as caller and in a leg only; and numbers that look alike."""
    account = make_account(person, remote_id="us:1", keys={"region": "US"})
    maria = Party("(415) 555-0129", AMERICAN, "Maria Canary")
    told: dict[str, Any] = {"raw": {"from": AMERICAN}}
    store_page(
        account,
        [
            record(11, 1, caller=maria, callee=DESK, **told),
            record(12, 2, caller=OTHER, callee=DESK, legs=(CallLeg(OTHER, maria),), **told),
            record(14, 4, caller=Party("+4941555501290", "+4941555501290"), callee=DESK),
            record(15, 5, caller=OTHER, callee=DESK, legs=(CallLeg(OTHER, Party("914155550129")),)),
        ],
        LogScope.OWN,
    )
    return account


@pytest.mark.parametrize("typed", ["(415) 555-0129", "1 415 555 0129", "+1 415 555 0129", "415.555.0129"])
def test_a_national_number_of_another_country_is_found_and_forgotten(
    browser: Client, american: LinkedAccount, typed: str
) -> None:
    address = reverse("telephony:forget")

    page = browser.post(address, {"number": typed}).content.decode()
    assert "Forget +1 415-555-0129?" in page
    assert "2 calls" in page
    told = browser.post(address, {"number": typed, "chosen": AMERICAN, "confirmed": "1"}, follow=True).content.decode()

    assert "removed from 2 calls" in told
    left = everything().replace("914155550129", "leg").replace("4941555501290", "alike")
    assert "4155550129" not in left
    assert "555-0129" not in left
    assert "leg" in left, "another number that only looks so"
    assert "alike" in left


def test_what_a_provider_told_without_a_country_is_offered_beside_it(
    person: User, browser: Client, american: LinkedAccount
) -> None:
    store_page(american, [record(13, 3, caller=Party("4155550129"), callee=DESK)], LogScope.OWN)

    both = looked_for(person, "+1 415 555 0129")
    assert [(one.number, one.calls) for one in both] == [(AMERICAN, 2), ("4155550129", 1)]
    form = {"number": AMERICAN, "confirmed": "1", "chosen": [one.number for one in both]}
    told = browser.post(reverse("telephony:forget"), form, follow=True).content.decode()

    assert "removed from 3 calls" in told
    assert not Call.objects.filter(caller_digits="4155550129").exists()


def test_a_number_whose_end_is_all_of_another_one_leaves_that_alone(person: User, american: LinkedAccount) -> None:
    german = "+4930231250"  # its digits are those of an American number without the country code
    store_page(american, [record(31, 1, caller=Party(german, german), callee=DESK)], LogScope.OWN)
    forget(person, "+14930231250")
    assert Call.objects.filter(caller_e164=german).exists()


def test_a_number_that_is_nowhere_is_said_to_be_nowhere(browser: Client, stored: LinkedAccount) -> None:
    address = reverse("telephony:forget")

    page = browser.post(address, {"number": "030 99999999"}).content.decode()
    told = browser.post(address, {"number": "030 99999999", "confirmed": "1"}, follow=True).content.decode()

    assert "None of your calls" in page
    assert "+49 30 99999999" in page
    assert "No call had the number" in told


def test_of_two_numbers_that_are_written_alike_only_the_chosen_one_is_forgotten(
    browser: Client, person: User, american: LinkedAccount, account: LinkedAccount
) -> None:
    alike = "+494155550129"
    store_page(account, [record(21, 1, caller=Party(alike, alike), callee=DESK)], LogScope.OWN)
    address, typed = reverse("telephony:forget"), {"number": "415 555 0129"}

    page = browser.post(address, typed).content.decode()
    assert "Which number do you mean?" in page
    assert "+49 4155 550129" in page
    none = browser.post(address, {**typed, "confirmed": "1"}).content.decode()
    assert "Choose at least one number." in none
    assert not ForgottenNumber.objects.exists()
    browser.post(address, {**typed, "confirmed": "1", "chosen": [AMERICAN]})

    assert Call.objects.filter(caller_e164=alike).exists()
    assert not Call.objects.filter(caller_e164=AMERICAN).exists()


def test_what_was_not_shown_is_not_forgotten(browser: Client, stored: LinkedAccount) -> None:
    page = browser.post(
        reverse("telephony:forget"), {"number": "030 23125001", "confirmed": "1", "chosen": OTHER.number}
    )
    assert "Nothing was forgotten" in page.content.decode()
    assert not ForgottenNumber.objects.exists()


def test_looking_changes_nothing(person: User, stored: LinkedAccount) -> None:
    before = everything()
    assert traces(person, GRETE.number).calls == 3
    assert everything() == before


def test_the_page_shows_where_it_is_before_it_forgets(browser: Client, stored: LinkedAccount) -> None:
    address = reverse("telephony:forget")
    page = browser.post(address, {"number": "030 23125001"}).content.decode()
    assert "3 calls (+493023125001)" in page
    assert "This cannot be undone" in page
    assert not ForgottenNumber.objects.exists()
    response = browser.post(address, {"number": "030 23125001", "chosen": GRETE.number, "confirmed": "1"}, follow=True)
    assert "removed from 3 calls" in response.content.decode()
    assert "23125001" not in everything()


def test_the_list_says_that_the_number_was_removed_and_the_file_has_none(
    browser: Client, person: User, stored: LinkedAccount
) -> None:
    forget(person, GRETE.number)
    page = browser.get(reverse("telephony:calls")).content.decode()
    assert "Number removed" in page
    assert "/telephony/calls/export/" in page
    exported = browser.get(reverse("telephony:export_calls"), {"format": "jsonl"}).getvalue().decode()
    assert exported.count("\n") == 4
    assert "23125001" not in exported


def test_a_number_that_is_none_is_refused_in_words(browser: Client) -> None:
    assert "at least seven digits" in browser.post(reverse("telephony:forget"), {"number": "100"}).content.decode()


def test_forgetting_wants_the_password_again(person: User) -> None:
    response = sign_in(person, stepped_up=False).get(reverse("telephony:forget"))
    assert response.status_code == 302
    assert "reauthenticate" in response["Location"]


def test_a_leg_that_only_looks_alike_is_left_alone(person: User, account: LinkedAccount) -> None:
    longer = Party("+4930231250019", "+4930231250019", "Longer")
    store_page(
        account,
        [record(1, 1, caller=OTHER, legs=(CallLeg(longer, DESK, started_at=START + timedelta(1)),))],
        LogScope.OWN,
    )
    forget(person, GRETE.number)
    assert "+4930231250019" in everything()


WRITTEN = {
    "US": (
        AMERICAN,
        ["(415) 555-0129", "415.555.0129", "+1 415-555-0129", "001 415 555 0129", "415\u00a0555\u20110129"],
    ),
    "DE": (
        GRETE.number,
        ["030 23125001", "030/231-250-01", "+49 (0)30 23125001", "0049 30 2312 5001", "(030) 23 12 50 01"],
    ),
}


@pytest.mark.parametrize(
    ("region", "written"), [(region, one) for region, (_e164, forms) in WRITTEN.items() for one in forms]
)
def test_a_leg_that_has_a_number_only_as_it_was_written_is_cleared_and_stays_so(
    person: User, region: str, written: str
) -> None:
    number, account = WRITTEN[region][0], make_account(person, keys={"region": region})
    told = record(1, 1, caller=OTHER, callee=DESK, legs=(CallLeg(OTHER, Party(written, None, "Maria Canary")),))
    store_page(account, [told], LogScope.OWN)

    assert forget(person, number).calls == 1
    store_page(account, [told, record(2, 2, caller=OTHER, callee=DESK, legs=told.legs)], LogScope.OWN)

    for call in Call.objects.all():
        assert call.legs[0]["callee"] | {"number": "", "name": ""} == call.legs[0]["callee"]
        assert call.legs[0]["caller"]["number"] == OTHER.number


def test_the_same_writing_is_another_number_in_another_account(person: User) -> None:
    accounts = [make_account(person, remote_id=region, keys={"region": region}) for region in ("US", "DE")]
    for account in accounts:
        legs = (CallLeg(OTHER, Party("415 555-0129", None, "Maria")),)
        store_page(account, [record(1, 1, caller=OTHER, callee=DESK, legs=legs)], LogScope.OWN)

    assert forget(person, AMERICAN).calls == 1

    left = {call.account_id: call.legs[0]["callee"]["number"] for call in Call.objects.all()}
    assert left == {accounts[0].pk: "", accounts[1].pk: "415 555-0129"}


def test_the_country_of_a_leg_is_guessed_where_the_provider_tells_none(person: User) -> None:
    account = make_account(person, keys={})
    Extension.objects.create(account=account, kind="number", key="n", number="+12125550101")
    legs = (CallLeg(OTHER, Party("(415) 555-0129")),)
    store_page(account, [record(1, 1, caller=OTHER, callee=DESK, legs=legs)], LogScope.OWN)

    assert forget(person, AMERICAN).calls == 1
