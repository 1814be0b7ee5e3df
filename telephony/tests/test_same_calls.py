"""A call that several accounts of one company tell is listed and counted once over all of them, and in each account's own list."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from telephony import number_statistics, selectors
from telephony.call_pages import page_of
from telephony.core.call_filter import CallFilter
from telephony.core.number_tallies import TELEPHONY
from telephony.core.types import CallRecord, Direction, Kind, LogScope, Outcome, Party
from telephony.models import Call, LinkedAccount, NumberTally, TallyBook
from telephony.number_statistics import _counted, from_roll_up, top_numbers
from telephony.services import retention, rollup
from telephony.services.call_store import note_missing, store_page
from telephony.services.missed import unreturned
from telephony.statistics import Figures, statistics
from telephony.tests.accounts import make_account

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")


def record(number: int, **changes: object) -> CallRecord:
    fields: dict[str, object] = {
        "key": f"call-{number}",
        "kind": Kind.CALL,
        "direction": Direction.INBOUND,
        "outcome": Outcome.MISSED,
        "started_at": START + timedelta(minutes=number),
        "caller": Party("+493023125001", "+493023125001", "Grete"),
        "callee": Party("100", None, "Front desk", "100"),
        "duration": 10,
    }
    return CallRecord(**(fields | changes))  # type: ignore[arg-type]  # built from known names


@pytest.fixture(autouse=True)
def _never_from_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_statistics, "DEAREST", 10**9)


@pytest.fixture
def three(person: User) -> list[LinkedAccount]:
    """Three accounts of one company, and no other."""
    return [make_account(person, remote_id=f"7:{place}", keys={"account_id": "7"}) for place in range(3)]


def listed(accounts: list[LinkedAccount], call_filter: CallFilter | None = None) -> list[tuple[int, str]]:
    """Account and key of the rows of the unified list; the other ways of reading them agree."""
    call_filter = call_filter or CallFilter()
    rows = page_of(accounts, call_filter, None).rows
    assert [row.pk for row in rows] == list(selectors.calls(accounts, call_filter).values_list("pk", flat=True))
    counted = statistics(accounts, call_filter, ZONE)
    usual = replace(call_filter, kinds=TELEPHONY)
    numbers = [(one.digits, one.figures) for one in top_numbers(accounts, usual, ZONE)]
    assert numbers == [(digits, Figures(*counts)) for digits, counts in _counted(accounts, usual, 25)]
    assert counted.total.calls == len(rows)
    keys = dict(Call.objects.values_list("pk", "key"))
    return [(row.account_id, keys[row.pk]) for row in rows]


def books_are_right(accounts: list[LinkedAccount]) -> bool:
    for account in accounts:
        rollup.rebuild(account)
    return not any(rollup.differences(book) for book in TallyBook.objects.filter(account__in=accounts))


def test_it_is_listed_once_over_all_accounts_and_once_in_each(three: list[LinkedAccount]) -> None:
    for account in reversed(three):
        store_page(account, [record(1), record(2)], LogScope.OWN)
    store_page(three[1], [record(3)], LogScope.OWN)
    first, second, _third = three
    assert listed(three) == [(second.pk, "call-3"), (first.pk, "call-2"), (first.pk, "call-1")]
    for account in three:
        assert len(listed([account])) == (3 if account == second else 2)
    assert books_are_right(three)
    assert from_roll_up(three, CallFilter(kinds=TELEPHONY), ZONE)
    found = statistics(three, CallFilter(), ZONE)
    assert found.from_roll_up
    assert {pk: figures.calls for pk, figures in found.accounts.items()} == {first.pk: 2, second.pk: 1}
    assert [line.count for line in unreturned(first.user, since=START)] == [3]


@pytest.mark.parametrize("chosen", [(0, 1), (1, 2), (0, 2), (1,), (0, 1, 2)])
def test_any_choice_of_the_accounts_shows_the_call_once(three: list[LinkedAccount], chosen: tuple[int, ...]) -> None:
    for account in three:
        store_page(account, [record(1)], LogScope.OWN)
    store_page(three[2], [record(2)], LogScope.OWN)
    wanted = frozenset(three[place].pk for place in chosen)
    found = listed(three, CallFilter(accounts=wanted))
    assert [key for _account, key in found] == (["call-2", "call-1"] if 2 in chosen else ["call-1"])
    assert [key for _account, key in listed(three, CallFilter(accounts=wanted, text="Grete"))] == [
        key for _a, key in found
    ]


def test_each_log_is_seen_for_itself(three: list[LinkedAccount]) -> None:
    first, second, _third = three
    store_page(first, [record(1)], LogScope.COMPANY)
    store_page(second, [record(1)], LogScope.OWN)
    assert listed(three) == [(second.pk, "call-1")]
    assert listed(three, CallFilter(scope=LogScope.COMPANY)) == [(first.pk, "call-1")]
    store_page(second, [record(1)], LogScope.COMPANY)
    assert listed(three, CallFilter(scope=LogScope.COMPANY)) == [(first.pk, "call-1")]
    assert books_are_right(three)


def test_other_companies_providers_and_people_are_not_mixed_up(person: User, stranger: User) -> None:
    accounts = [
        make_account(person, remote_id="7:1", keys={"account_id": "7"}),
        make_account(person, remote_id="8:1", keys={"account_id": "8"}),
        make_account(person, remote_id="9:1"),
        make_account(person, remote_id="9:2"),
        make_account(person, "goto", "7", keys={"accounts": [{"key": "7", "name": "x"}]}),
    ]
    theirs = make_account(stranger, remote_id="7:2", keys={"account_id": "7"})
    for account in [*accounts, theirs]:
        store_page(account, [record(1)], LogScope.OWN)
    assert len(listed(accounts)) == 5
    assert len(listed([theirs])) == 1


def test_unlinking_the_account_that_stood_for_a_call_gives_the_next_its_place(
    three: list[LinkedAccount], django_capture_on_commit_callbacks: Any
) -> None:
    for account in three:
        store_page(account, [record(1)], LogScope.OWN)
    with django_capture_on_commit_callbacks(execute=True):
        three[0].delete()
    assert listed(three[1:]) == [(three[1].pk, "call-1")]
    assert books_are_right(three[1:])
    assert set(NumberTally.objects.values_list("book__account", flat=True)) == {three[1].pk, three[2].pk}


def test_a_call_that_one_account_no_longer_has_is_shown_by_the_other(three: list[LinkedAccount]) -> None:
    first, second, _third = three
    for account in three:
        store_page(account, [record(1)], LogScope.OWN)
    for _twice in range(2):
        note_missing(first, LogScope.OWN, (START, START + timedelta(hours=1)), set())
    assert listed(three) == [(second.pk, "call-1")]
    store_page(first, [record(1)], LogScope.OWN)
    assert listed(three) == [(first.pk, "call-1")]
    assert books_are_right(three)


def test_a_call_whose_time_is_over_in_one_account_is_shown_by_the_other(three: list[LinkedAccount]) -> None:
    first, second, _third = three
    for account in three:
        store_page(account, [record(1)], LogScope.OWN)
    retention._delete(first, Call.objects.filter(account=first))
    assert listed(three) == [(second.pk, "call-1")]
    assert books_are_right(three)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_each_call_is_listed_once_and_the_roll_up_equals_the_recount(
    three: list[LinkedAccount], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test's dice
    for _round in range(25):
        account, scope = chance.choice(three), chance.choice(list(LogScope))
        if chance.random() < 0.8:
            numbers = {chance.randrange(8) for _ in range(3)}
            outcome, deleted = chance.choice([Outcome.MISSED, Outcome.ANSWERED]), chance.random() < 0.2
            store_page(account, [record(number, outcome=outcome, deleted=deleted) for number in numbers], scope)
        else:
            note_missing(account, scope, (START, START + timedelta(minutes=chance.randrange(9))), set())
    for name, flag in (("own", "in_own_log"), ("company", "in_company_log")):
        kept = Call.objects.filter(deleted_at=None, **{flag: True})
        shown = [key for _account, key in listed(three, CallFilter(scope=LogScope(name)))]
        assert sorted(shown) == sorted(set(kept.values_list("key", flat=True)))
    assert books_are_right(three)
