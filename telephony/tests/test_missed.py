"""Missed calls that nobody has returned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.core.types import CallRecord, Direction, Kind, LogScope, Outcome, Party
from telephony.models import Call, LinkedAccount
from telephony.services import missed
from telephony.services.call_store import store_page
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_search_index import record

HOUR = timedelta(hours=1)
THEM, US = Party("+492115800", "+492115800", "Grete"), Party("100", None, "", "100")


@pytest.fixture
def now() -> datetime:
    return timezone.now().astimezone(UTC) - timedelta(days=2)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def in_vain(key: str, at: datetime, **changes: object) -> CallRecord:
    """A call that nobody took."""
    fields: dict[str, object] = {"outcome": Outcome.MISSED, "started_at": at, "duration": None} | changes
    return record(key, THEM, **fields)


def to_them(key: str, at: datetime, **changes: object) -> CallRecord:
    """A call to the same number."""
    return record(key, US, callee=THEM, direction=Direction.OUTBOUND, started_at=at, **changes)


def waiting(user: User) -> list[tuple[str, int]]:
    """(last missed call, how many) of each line."""
    return [(line.call.key, line.count) for line in missed.unreturned(user)]


def test_several_missed_calls_of_a_number_are_one_line(account: LinkedAccount, now: datetime) -> None:
    store_page(account, [in_vain("1", now), in_vain("2", now + HOUR, outcome=Outcome.VOICEMAIL)], LogScope.OWN)
    assert waiting(account.user) == [("2", 2)]


def test_a_call_back_from_any_account_settles_what_was_before_it(account: LinkedAccount, now: datetime) -> None:
    other = make_account(account.user, provider="sipgate", remote_id="9")
    store_page(account, [in_vain("1", now), in_vain("3", now + 2 * HOUR)], LogScope.OWN)
    store_page(other, [to_them("2", now + HOUR, outcome=Outcome.CANCELLED)], LogScope.OWN)
    assert waiting(account.user) == [("3", 1)]


def test_who_reached_us_later_waits_no_longer(account: LinkedAccount, now: datetime) -> None:
    store_page(account, [in_vain("1", now), record("2", THEM, started_at=now + HOUR)], LogScope.OWN)
    assert waiting(account.user) == []


def test_who_left_a_message_that_is_told_as_a_voicemail_alone_waits(account: LinkedAccount, now: datetime) -> None:
    message = in_vain("1", now, kind=Kind.VOICEMAIL, outcome=Outcome.VOICEMAIL)
    store_page(account, [message], LogScope.OWN)
    assert waiting(account.user) == [("1", 1)]


@pytest.mark.parametrize("kind", [Kind.FAX, Kind.SMS])
def test_a_text_or_fax_in_either_direction_is_no_call_back(account: LinkedAccount, now: datetime, kind: Kind) -> None:
    got = record("2", THEM, kind=kind, started_at=now + HOUR)
    store_page(account, [in_vain("1", now), got, to_them("3", now + HOUR, kind=kind)], LogScope.OWN)
    assert waiting(account.user) == [("1", 1)]


def test_who_was_answered_by_a_colleague_in_the_same_call_does_not_wait(account: LinkedAccount, now: datetime) -> None:
    store_page(account, [in_vain("own leg", now)], LogScope.OWN)
    assert waiting(account.user) == [("own leg", 1)]
    store_page(account, [record("whole call", THEM, started_at=now)], LogScope.COMPANY)
    assert waiting(account.user) == []


@pytest.mark.parametrize(("answered_after", "left"), [(10, []), (-10, [("leg", 1)]), (None, [("leg", 1)])])
def test_a_call_that_began_before_the_leg_counts_where_it_was_answered_after_it(
    account: LinkedAccount, now: datetime, answered_after: int | None, left: list[tuple[str, int]]
) -> None:
    """A queue rings one telephone after the other; another call of a switchboard's number may just be going on."""
    answered_at = None if answered_after is None else now + timedelta(seconds=answered_after)
    whole = record("whole", THEM, started_at=now - timedelta(minutes=3), answered_at=answered_at, duration=900)
    store_page(account, [whole], LogScope.COMPANY)
    store_page(account, [in_vain("leg", now)], LogScope.OWN)
    assert waiting(account.user) == left


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": Outcome.ANSWERED},
        {"outcome": Outcome.BLOCKED},
        {"direction": Direction.INTERNAL},
        {"kind": Kind.FAX},
        {"caller": Party("", None, withheld=True)},
    ],
)
def test_what_is_no_missed_call_from_a_number_is_not_listed(
    account: LinkedAccount, now: datetime, changes: dict[str, object]
) -> None:
    fields: dict[str, object] = {"outcome": Outcome.MISSED, "started_at": now, "caller": THEM} | changes
    store_page(account, [record("1", **fields)], LogScope.OWN)  # type: ignore[arg-type]  # known names
    assert waiting(account.user) == []


def test_old_deleted_and_colleagues_calls_are_not_listed(account: LinkedAccount, now: datetime) -> None:
    store_page(account, [in_vain("old", now - timedelta(days=40)), in_vain("deleted", now, deleted=True)], LogScope.OWN)
    store_page(account, [in_vain("colleague", now)], LogScope.COMPANY)
    assert waiting(account.user) == []


def test_a_strangers_call_back_settles_nothing(account: LinkedAccount, stranger: User, now: datetime) -> None:
    theirs = make_account(stranger, remote_id="2:2")
    store_page(account, [in_vain("1", now)], LogScope.OWN)
    store_page(theirs, [to_them("2", now + HOUR)], LogScope.OWN)
    assert waiting(account.user) == [("1", 1)]
    assert waiting(stranger) == []


def test_ticked_off_it_stays_away_until_the_number_calls_in_vain_again(
    account: LinkedAccount, browser: Client, now: datetime
) -> None:
    store_page(account, [in_vain("1", now)], LogScope.OWN)
    page = browser.get("/telephony/calls/missed/")
    assert "Grete" in page.content.decode()
    address = f"/telephony/calls/missed/{Call.objects.get().pk}/"
    browser.post(address)
    assert waiting(account.user) == []
    store_page(account, [in_vain("2", now + HOUR)], LogScope.OWN)
    assert waiting(account.user) == [("2", 1)]
    browser.post(address, {"undo": "1"})
    assert waiting(account.user) == [("2", 2)]


def test_each_line_offers_to_call_back_from_the_account_that_was_called(
    account: LinkedAccount, browser: Client, now: datetime
) -> None:
    store_page(account, [in_vain("1", now)], LogScope.OWN)
    page = browser.get("/telephony/calls/missed/").content.decode()
    link = f"/telephony/calls/new/?number=%2B492115800&amp;account={account.pk}"
    assert f'href="{link}"' in page
    assert "Call back" in page
    assert f"/telephony/messages/new/?call={Call.objects.get().pk}" in page
    assert browser.get(link.replace("&amp;", "&")).status_code == 200


def test_nobody_ticks_off_someone_elses_call(account: LinkedAccount, stranger: User, now: datetime) -> None:
    store_page(account, [in_vain("1", now)], LogScope.OWN)
    assert sign_in(stranger).post(f"/telephony/calls/missed/{Call.objects.get().pk}/").status_code == 404
    assert waiting(account.user) == [("1", 1)]
