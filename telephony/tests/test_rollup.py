"""The roll-up: whatever is stored, changed or deleted, it equals the recount; in any zone, across every change of the clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony import number_statistics, selectors
from telephony.core.call_filter import CallFilter
from telephony.core.number_tallies import TELEPHONY
from telephony.core.tallies import Grain, start_of_day
from telephony.core.testing.effort import tries
from telephony.core.types import CallRecord, Direction, Kind, LogScope, Outcome, Party
from telephony.models import Call, CallTally, LinkedAccount, NumberTally, SyncState, TallyBook
from telephony.models.statistics import NOTHING_YET
from telephony.number_statistics import _counted, from_roll_up, top_numbers
from telephony.services import rollup
from telephony.services.call_store import AFTER_STORE, store_page
from telephony.statistics import Figures, Statistics, _recounted, statistics
from telephony.tests.accounts import make_account

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("America/New_York"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("America/Santiago"),
]
MONTH_AND_EVER = 2  # tallies of one number
SPRING = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _never_from_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_statistics, "DEAREST", 10**9)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def record(number: int, started_at: datetime = SPRING, **changes: object) -> CallRecord:
    call = CallRecord(
        key=f"call-{number}",
        kind=Kind.CALL,
        direction=Direction.INBOUND,
        outcome=Outcome.ANSWERED,
        started_at=started_at,
        caller=Party("+493023125001", "+493023125001", "Grete"),
        callee=Party("100", None, "Front desk", "100"),
        duration=60,
        extension="100",
    )
    return replace(call, **changes)  # type: ignore[arg-type]  # known names


def plain(found: Statistics) -> tuple[object, ...]:
    return dict(found.days), dict(found.hours), dict(found.accounts), dict(found.extensions)


def assert_equals_the_recount(account: LinkedAccount, call_filter: CallFilter, zone: ZoneInfo) -> None:
    rolled_up = statistics([account], call_filter, zone)
    assert rolled_up.from_roll_up
    assert plain(rolled_up) == plain(_recounted(selectors.calls([account], call_filter), zone))


def assert_numbers_equal_the_recount(account: LinkedAccount, call_filter: CallFilter, zone: ZoneInfo) -> None:
    asked = replace(call_filter, directions=frozenset(), outcomes=frozenset(), kinds=TELEPHONY)
    assert from_roll_up([account], asked, zone)
    for limit in (2, 25):
        rolled_up = [(one.digits, one.figures) for one in top_numbers([account], asked, zone, limit)]
        assert rolled_up == [(digits, Figures(*counts)) for digits, counts in _counted([account], asked, limit)]


def assert_sound(account: LinkedAccount) -> None:
    for book in TallyBook.objects.filter(account=account, counted_since=None):
        assert rollup.differences(book) == 0


records = st.builds(
    record,
    st.integers(0, 12),
    st.sampled_from([datetime(2026, month, 28, tzinfo=UTC) for month in (3, 4, 10)]).flatmap(
        lambda base: st.integers(-60 * 24, 60 * 24 * 9).map(lambda minutes: base + timedelta(minutes=minutes))
    ),
    kind=st.sampled_from(Kind),
    direction=st.sampled_from(Direction),
    outcome=st.sampled_from([Outcome.ANSWERED, Outcome.MISSED, Outcome.VOICEMAIL]),
    duration=st.none() | st.integers(0, 4000),
    extension=st.sampled_from(["", "100", "101"]),
    caller=st.sampled_from([Party("+4930231250", "+4930231250"), Party("+4989999", "+4989999"), Party(withheld=True)]),
    callee=st.sampled_from([Party("100", None, "", "100"), Party("+4989999", "+4989999"), Party("+432222", "+432222")]),
    deleted=st.booleans(),
)
pages = st.lists(st.tuples(st.lists(records, max_size=8), st.sampled_from(LogScope)), max_size=5)
days = st.none() | st.dates(date(2026, 3, 20), date(2026, 11, 10))
filters = st.builds(
    CallFilter,
    scope=st.sampled_from(LogScope),
    directions=st.frozensets(st.sampled_from(Direction), max_size=2),
    outcomes=st.frozensets(st.sampled_from([Outcome.ANSWERED, Outcome.MISSED]), max_size=1),
    kinds=st.frozensets(st.sampled_from(Kind), max_size=2),
)


@pytest.fixture
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "STEP", 2)
    monkeypatch.setattr(rollup, "SWEEP", 3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(60), deadline=None)
@given(pages, filters, days, days, st.sampled_from(ZONES))
def test_the_roll_up_equals_the_recount(
    account: LinkedAccount,
    pages: list[tuple[list[CallRecord], LogScope]],
    call_filter: CallFilter,
    since: date | None,
    until: date | None,
    zone: ZoneInfo,
) -> None:
    TallyBook.objects.all().delete()
    Call.objects.all().delete()
    User.objects.update(time_zone=zone.key)
    account = LinkedAccount.objects.get()
    for found, scope in pages:
        store_page(account, found, scope)
    rollup.rebuild(account)
    assert_sound(account)
    call_filter = replace(
        call_filter,
        since=start_of_day(since, zone) if since else None,
        until=start_of_day(until, zone) if until else None,
    )
    assert_equals_the_recount(account, call_filter, zone)
    assert_numbers_equal_the_recount(account, call_filter, zone)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(40), deadline=None)
@given(st.lists(st.one_of(pages, st.just("step"), st.sampled_from(ZONES)), max_size=12))
@pytest.mark.usefixtures("_small_steps")
def test_pages_that_come_while_a_book_is_being_filled_are_counted_once(
    account: LinkedAccount, happenings: list[object]
) -> None:
    TallyBook.objects.all().delete()
    Call.objects.all().delete()
    for happening in happenings:
        account = LinkedAccount.objects.get()
        if isinstance(happening, list):
            for found, scope in happening:
                store_page(account, found, scope)
        elif isinstance(happening, ZoneInfo):
            User.objects.update(time_zone=happening.key)
        else:
            rollup.step(account)
        assert_sound(account)
    account = LinkedAccount.objects.get()
    rollup.rebuild(account)
    assert [book.zone for book in TallyBook.objects.all()] == [account.user.time_zone]
    assert_sound(account)


def test_the_store_tells_the_roll_up() -> None:
    assert rollup.apply in AFTER_STORE


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_every_quarter_of_an_hour_of_the_days_around_a_clock_change_is_counted_where_the_clock_stood(
    account: LinkedAccount, zone: ZoneInfo
) -> None:
    User.objects.update(time_zone=zone.key)
    account = LinkedAccount.objects.get()
    for base in (SPRING, datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)):
        quarters = [base + timedelta(minutes=15 * n) for n in range(-100, 200)]
        store_page(account, [record(n, at, key=f"{at}") for n, at in enumerate(quarters)], LogScope.OWN)
    assert_equals_the_recount(account, CallFilter(), zone)


def test_the_day_with_25_hours_counts_the_repeated_hour_twice(account: LinkedAccount) -> None:
    autumn = start_of_day(date(2026, 10, 25), BERLIN)
    store_page(account, [record(n, autumn + timedelta(hours=n)) for n in range(25)], LogScope.OWN)
    found = statistics([account], CallFilter(), BERLIN)
    assert list(found.days) == [date(2026, 10, 25)]
    assert [found.hours[6, hour].calls for hour in range(24)] == [1, 1, 2, *[1] * 21]


def test_the_day_with_23_hours_has_no_calls_in_the_hour_that_was_skipped(account: LinkedAccount) -> None:
    spring = start_of_day(date(2026, 3, 29), BERLIN)
    store_page(account, [record(n, spring + timedelta(hours=n)) for n in range(23)], LogScope.OWN)
    found = statistics([account], CallFilter(), BERLIN)
    assert list(found.days) == [date(2026, 3, 29)]
    assert [found.hours[6, hour].calls for hour in range(24)] == [1, 1, 0, *[1] * 21]


EDGES = [
    None,
    date(2026, 1, 30),
    date(2026, 1, 31),
    date(2026, 2, 1),
    date(2026, 2, 2),
    date(2026, 2, 28),
    date(2026, 3, 1),
]


def days_from(first: date | None, last: date | None) -> CallFilter:
    """A filter for these days and those between."""
    return CallFilter(
        since=start_of_day(first, BERLIN) if first else None,
        until=start_of_day(last + timedelta(days=1), BERLIN) if last else None,
    )


@pytest.mark.parametrize("first", EDGES, ids=str)
def test_months_and_the_days_beside_them_add_up_wherever_a_range_begins_and_ends(
    account: LinkedAccount, first: date | None
) -> None:
    start = start_of_day(date(2026, 1, 1), BERLIN)
    store_page(account, [record(n, start + timedelta(days=n, hours=n % 24)) for n in range(95)], LogScope.OWN)
    for last in EDGES:
        assert_equals_the_recount(account, days_from(first, last), BERLIN)


def test_storing_the_same_page_again_changes_nothing(account: LinkedAccount) -> None:
    store_page(account, [record(1), record(2)], LogScope.OWN)
    before = list(CallTally.objects.values_list())
    store_page(account, [record(1), record(2)], LogScope.OWN)
    assert list(CallTally.objects.values_list()) == before


def test_a_transaction_that_fails_leaves_the_roll_up_as_it_was(account: LinkedAccount) -> None:
    store_page(account, [record(1)], LogScope.OWN)

    def store_and_fail() -> None:
        with transaction.atomic():
            store_page(account, [record(2)], LogScope.OWN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        store_and_fail()
    assert statistics([account], CallFilter(), BERLIN).total.calls == 1
    assert_sound(account)


def test_calls_can_be_taken_out_before_they_are_deleted(account: LinkedAccount) -> None:
    store_page(account, [record(n, SPRING + timedelta(days=n)) for n in range(5)], LogScope.OWN)
    old = Call.objects.filter(started_at__lt=SPRING + timedelta(days=2))
    with transaction.atomic():
        rollup.discount(account, old)
        old.delete()
    assert statistics([account], CallFilter(), BERLIN).total.calls == 3
    assert_sound(account)


@pytest.mark.parametrize("first", EDGES, ids=str)
def test_numbers_add_up_wherever_a_range_begins_and_ends(account: LinkedAccount, first: date | None) -> None:
    start = start_of_day(date(2026, 1, 1), BERLIN)
    numbers = [Party(f"+49301000{n % 7}", f"+49301000{n % 7}") for n in range(95)]
    calls = [record(n, start + timedelta(days=n, hours=n % 24), caller=numbers[n * n % 95]) for n in range(95)]
    store_page(account, calls, LogScope.OWN)
    for last in EDGES:
        assert_numbers_equal_the_recount(account, days_from(first, last), BERLIN)


def test_a_book_from_before_there_were_numbers_is_filled_by_the_same_steps(account: LinkedAccount) -> None:
    store_page(account, [record(n) for n in range(3)], LogScope.OWN)
    NumberTally.objects.all().delete()
    TallyBook.objects.update(numbers_since=NOTHING_YET)
    usual = CallFilter(kinds=TELEPHONY)
    assert statistics([account], usual, BERLIN).from_roll_up
    assert not from_roll_up([account], usual, BERLIN)
    assert rollup.unfinished(LinkedAccount.objects.all()) == [account.pk]
    rollup.rebuild(account)
    assert_numbers_equal_the_recount(account, usual, BERLIN)
    assert_sound(account)
    assert rollup.differences(TallyBook.objects.get()) == 0


def test_numbers_wait_until_the_log_has_been_fetched(account: LinkedAccount) -> None:
    state = SyncState.objects.create(account=account, scope="own", floor=SPRING - timedelta(days=300))
    everybody = LinkedAccount.objects.all()
    usual = CallFilter(kinds=TELEPHONY)
    for page in range(3):
        store_page(account, [record(page * 10 + n, SPRING - timedelta(days=page)) for n in range(3)], LogScope.OWN)
        rollup.rebuild(account)
        assert statistics([account], usual, BERLIN).from_roll_up
        assert not from_roll_up([account], usual, BERLIN)
        assert not NumberTally.objects.exists()
        assert not rollup.unfinished(everybody)
        assert_sound(account)
    state.finished_backfill_at = SPRING
    state.save()
    assert rollup.unfinished(everybody) == [account.pk]
    rollup.rebuild(account)
    assert not rollup.unfinished(everybody)
    store_page(account, [record(99, SPRING + timedelta(days=1))], LogScope.OWN)
    assert_numbers_equal_the_recount(account, usual, BERLIN)
    assert_sound(account)


def test_numbers_do_not_wait_for_a_log_that_cannot_be_read(account: LinkedAccount) -> None:
    store_page(account, [record(1)], LogScope.OWN)
    TallyBook.objects.update(numbers_since=NOTHING_YET)
    SyncState.objects.create(account=account, scope="company", floor=SPRING, error_code="role_missing")
    rollup.rebuild(account)
    assert from_roll_up([account], CallFilter(kinds=TELEPHONY), BERLIN)


def test_no_row_is_left_that_counts_nothing(account: LinkedAccount) -> None:
    store_page(account, [record(1)], LogScope.OWN)
    store_page(account, [record(1, SPRING + timedelta(days=40))], LogScope.OWN)
    assert not CallTally.objects.filter(calls=0).exists()
    assert CallTally.objects.count() == len(Grain)
    assert not NumberTally.objects.filter(calls=0).exists()
    assert NumberTally.objects.count() == MONTH_AND_EVER


def test_only_the_tallies_by_number_keep_a_telephone_number_and_none_keeps_a_name(account: LinkedAccount) -> None:
    store_page(account, [record(1)], LogScope.OWN)
    stored, by_number = (repr(list(model.objects.values_list())) for model in (CallTally, NumberTally))
    assert "3023125001" not in stored
    assert "493023125001" in by_number
    assert "Grete" not in stored + by_number


def test_calls_stored_before_there_was_a_roll_up_are_found_and_counted(account: LinkedAccount) -> None:
    store_page(account, [record(n) for n in range(3)], LogScope.OWN)
    TallyBook.objects.all().delete()
    assert rollup.unfinished(LinkedAccount.objects.all()) == [account.pk]
    assert not statistics([account], CallFilter(), BERLIN).from_roll_up
    assert statistics([account], CallFilter(), BERLIN).total.calls == 3
    rollup.rebuild(account)
    assert rollup.unfinished(LinkedAccount.objects.all()) == []
    assert statistics([account], CallFilter(), BERLIN).from_roll_up


def test_a_person_who_moves_is_counted_anew_in_her_zone(
    account: LinkedAccount, django_capture_on_commit_callbacks: object
) -> None:
    evening = datetime(2026, 5, 4, 20, 0, tzinfo=UTC)
    store_page(account, [record(1, evening)], LogScope.OWN)
    person, tokyo = account.user, ZoneInfo("Asia/Tokyo")
    person.time_zone = tokyo.key
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's fixture
        person.save()
    found = statistics([account], CallFilter(), tokyo)
    assert found.from_roll_up
    assert list(found.days) == [date(2026, 5, 5)]
    assert [book.zone for book in TallyBook.objects.all()] == [tokyo.key]


def test_a_recount_repairs_what_went_round_the_store(account: LinkedAccount) -> None:
    store_page(account, [record(n) for n in range(3)], LogScope.OWN)
    Call.objects.filter(key="call-1").delete()
    assert rollup.differences(TallyBook.objects.get()) == len(Grain) + MONTH_AND_EVER
    rollup.recount(account)
    assert_sound(account)


def test_a_filter_that_the_roll_up_does_not_know_is_counted_from_the_calls(account: LinkedAccount) -> None:
    store_page(account, [record(1), record(2, caller=Party("+4989999", "+4989999"))], LogScope.OWN)
    found = statistics([account], CallFilter(number="3023125"), BERLIN)
    assert not found.from_roll_up
    assert found.total.calls == 1
    part_of_a_day = CallFilter(since=SPRING - timedelta(minutes=1))
    assert not statistics([account], part_of_a_day, BERLIN).from_roll_up


def test_a_years_statistics_take_the_same_few_queries_for_one_account_and_for_five(person: User) -> None:
    def queries(accounts: list[LinkedAccount]) -> int:
        year = CallFilter(since=start_of_day(date(2026, 1, 15), BERLIN), until=start_of_day(date(2027, 1, 15), BERLIN))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            statistics(accounts, year, BERLIN)
        return len(captured)

    accounts = [make_account(person, remote_id=f"remote-{n}") for n in range(5)]
    for account in accounts:
        store_page(account, [record(1)], LogScope.OWN)
    assert queries(accounts[:1]) == queries(accounts) <= 8
