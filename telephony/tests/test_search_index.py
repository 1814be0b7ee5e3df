"""The search box: numbers however they were written, parts of names, and the same answer by index as by looking at every row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony import call_pages, selectors
from telephony.core.call_filter import CallFilter
from telephony.core.search_text import found_in, terms
from telephony.core.testing.effort import tries
from telephony.core.types import CallRecord, Direction, Kind, LogScope, MediaRef, Outcome, Party
from telephony.models import Call, LinkedAccount, PhoneBookEntry
from telephony.selectors import Position
from telephony.services import search_index
from telephony.services.call_store import store_page as store_calls
from telephony.tests.accounts import make_account

GRETE = Party("+492115800", "+492115800", "Grete Müller")
START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


@pytest.fixture
def second(person: User) -> LinkedAccount:
    return make_account(person, remote_id="1:2")


def record(key: str, caller: Party = GRETE, **changes: object) -> CallRecord:
    """A call from Grete to the front desk."""
    fields: dict[str, object] = {
        "key": key,
        "kind": Kind.CALL,
        "direction": Direction.INBOUND,
        "outcome": Outcome.ANSWERED,
        "started_at": START,
        "caller": caller,
        "callee": Party("100", None, "Front desk", "100"),
        "extension": "100",
        "duration": 60,
    }
    return CallRecord(**(fields | changes))  # type: ignore[arg-type]  # built from known names


def found_keys(linked: list[LinkedAccount], **fields: object) -> list[str]:
    """What the list shows, which must be what the export gives."""
    call_filter = CallFilter(**fields)  # type: ignore[arg-type]  # built from known names
    keys = dict(Call.objects.values_list("pk", "key"))
    listed = [keys[call.pk] for call in call_pages.page_of(linked, call_filter, None).rows]
    assert listed == list(selectors.calls(linked, call_filter).values_list("key", flat=True))
    return listed


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0211 58 00", ["2115800"]),
        ("+49 211 5800", ["492115800"]),
        ("+49 (0)211/58-00", ["492115800"]),
        ("0049.211.5800", ["492115800"]),
        ("(0211) 5800 grete", ["2115800", "grete"]),
        ("Müller", ["müller"]),
        ("grete  MÜLLER", ["grete", "müller"]),
        ("00", ["00"]),
        ("line2", ["line2"]),
        ("a\x00b", ["ab"]),
        ("   ", []),
    ],
)
def test_a_text_is_read_as_people_mean_it(text: str, wanted: list[str]) -> None:
    assert [term.text for term in terms(text)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "0211 58 00",
        "+49 211 5800",
        "5800",
        "211",
        "Grete",
        "GRETE",
        "müller",
        "MÜLLER",
        "ret",
        "desk",
        "5800 Müll",
        "Fr",
        "10",
    ],
)
def test_inexact_parts_of_numbers_and_names_are_found(account: LinkedAccount, text: str) -> None:
    store_calls(account, [record("1")], LogScope.OWN)
    assert found_keys([account], text=text) == ["1"]
    assert CallFilter(text=text).matches(record("1"))


@pytest.mark.parametrize(
    "text", ["99999", "Gretel", "5800 Maier", "%", "_", "2_1", "'", '"', '" OR "', "*", "gre*", "NEAR(", "zz"]
)
def test_what_is_not_there_is_not_found(account: LinkedAccount, text: str) -> None:
    store_calls(account, [record("1")], LogScope.OWN)
    assert found_keys([account], text=text) == []
    assert not CallFilter(text=text).matches(record("1"))


def test_a_capital_outside_ascii_is_found_by_its_small_letter(account: LinkedAccount) -> None:
    store_calls(
        account,
        [record("1", Party("1", None, "Änne ÖZGÜR")), record("2", Party("2", None, "Änne Özgür"))],
        LogScope.OWN,
    )
    assert len(found_keys([account], text="änne")) == 2
    assert len(found_keys([account], text="özgür")) == 2


def test_the_index_follows_changes_and_deletions(account: LinkedAccount) -> None:
    store_calls(account, [record("1")], LogScope.OWN)
    store_calls(
        account,
        [record("1", Party("+4930777777", "+4930777777", "Hans"), started_at=START - timedelta(days=40))],
        LogScope.OWN,
    )
    assert found_keys([account], text="2115800") == []
    assert found_keys([account], text="777777") == ["1"]
    search_index.learn()
    Call.objects.update(caller_name="Ines")
    assert found_keys([account], text="ines") == ["1"]
    search_index.learn()
    assert found_keys([account], text="ines") == ["1"]
    Call.objects.all().delete()
    assert index_rows("ines") == 0


def test_what_the_index_does_not_have_yet_is_found_and_learnt_once(account: LinkedAccount) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other database keeps its index itself")
    store_calls(account, [record("1"), record("2"), record("3")], LogScope.OWN)
    Call.objects.filter(key="2").delete()
    Call.objects.filter(key="3").update(caller_name="Ines")
    assert (index_rows("grete"), len(found_keys([account], text="5800"))) == (0, 2)
    assert search_index.learn() == 2
    assert (index_rows("grete"), index_rows("ines"), search_index.learn()) == (1, 1, 0)
    Call.objects.filter(key="1").update(caller_name="Ines")
    assert index_rows("grete") == 0
    assert len(found_keys([account], text="ines")) == 2


def test_a_back_fill_lets_the_index_wait_for_no_more_than_searches_can_look_at(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other database keeps its index itself")
    monkeypatch.setattr(search_index, "LEARN_FROM", 3)
    monkeypatch.setattr(search_index, "LEARNT_AT_ONCE", 2)
    store_calls(account, [record("1"), record("2")], LogScope.OWN)
    assert index_rows("grete") == 0
    store_calls(account, [record("3")], LogScope.OWN)
    assert index_rows("grete") == 2


def test_a_rebuilt_index_finds_the_same(account: LinkedAccount) -> None:
    store_calls(account, [record(str(number)) for number in range(3)], LogScope.OWN)
    search_index.rebuild()
    assert len(found_keys([account], text="grete")) == 3
    Call.objects.all().delete()
    assert index_rows("grete") == 0


def test_lost_triggers_come_back(account: LinkedAccount) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other database needs none")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER telephony_callsearch_added")
        cursor.execute("DROP TRIGGER telephony_callsearch_changed")
        cursor.execute("CREATE TRIGGER telephony_callsearch_changed AFTER UPDATE ON telephony_call BEGIN SELECT 1; END")
    search_index.install()
    store_calls(account, [record("1")], LogScope.OWN)
    search_index.learn()
    assert index_rows("grete") == 1
    Call.objects.update(caller_name="Ines")
    assert index_rows("grete") == 0  # the trigger of an earlier version was replaced


def test_someone_elses_calls_are_never_found(account: LinkedAccount, stranger: User) -> None:
    theirs = make_account(stranger, remote_id="2:2")
    store_calls(theirs, [record("theirs")], LogScope.OWN)
    store_calls(account, [record("mine")], LogScope.OWN)
    assert found_keys([account], text="grete") == ["mine"]


def test_a_name_of_the_phone_book_finds_the_calls_with_its_number(account: LinkedAccount, stranger: User) -> None:
    store_calls(account, [record("1"), record("2", Party("+4930777777", "+4930777777"))], LogScope.OWN)
    PhoneBookEntry.objects.create(user=account.user, name="Zoë Plumber", number="+4930777777", digits="4930777777")
    PhoneBookEntry.objects.create(user=stranger, name="Plumber too", number="+492115800", digits="492115800")
    assert found_keys([account], text="plumb") == ["2"]
    assert found_keys([account], text="plumb grete") == []


FILTERS = [
    ({"extensions": frozenset({"100"})}, True),
    ({"extensions": frozenset({"101"})}, False),
    ({"shortest": 60}, True),
    ({"shortest": 61}, False),
    ({"longest": 60}, True),
    ({"longest": 59}, False),
    ({"recorded": True}, False),
    ({"text": "grete", "shortest": 61}, False),
    ({"text": "grete", "outcomes": frozenset({Outcome.ANSWERED})}, True),
    ({"text": "grete", "since": START + timedelta(seconds=1)}, False),
]


@pytest.mark.parametrize(("fields", "matches"), FILTERS)
def test_every_filter_means_the_same_for_rows_and_records(
    account: LinkedAccount, fields: dict[str, object], matches: bool
) -> None:
    store_calls(account, [record("1")], LogScope.OWN)
    assert bool(found_keys([account], **fields)) is matches
    assert CallFilter(**fields).matches(record("1")) is matches  # type: ignore[arg-type]  # built from known names


def test_recorded_calls_are_those_with_a_recording(account: LinkedAccount) -> None:
    store_calls(account, [record("1"), record("2", recording=MediaRef("r"))], LogScope.OWN)
    assert found_keys([account], recorded=True) == ["2"]


def test_the_accounts_of_a_filter_narrow_the_list(account: LinkedAccount, second: LinkedAccount) -> None:
    store_calls(account, [record("1")], LogScope.OWN)
    store_calls(second, [record("2")], LogScope.OWN)
    assert found_keys([account, second], accounts=frozenset({second.pk})) == ["2"]
    assert sorted(found_keys([account, second])) == ["1", "2"]


CALLS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.booleans(), st.booleans()), max_size=24)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(25), deadline=None)
@given(CALLS, st.integers(1, 5), st.sampled_from(["", "gre", "ha", "5800", "plumber"]), st.integers(1, 4))
def test_paging_several_accounts_with_a_text_shows_every_match_once(
    account: LinkedAccount,
    second: LinkedAccount,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[tuple[int, int, bool, bool]],
    size: int,
    text: str,
    window: int,
) -> None:
    monkeypatch.setattr(call_pages, "FIRST_WINDOW", window)
    monkeypatch.setattr(call_pages, "WINDOW_GROWTH", 2)
    monkeypatch.setattr(call_pages, "WALKED", window)
    monkeypatch.setattr(call_pages, "MOST_WALKED", 2 * window)
    Call.objects.all().delete()
    PhoneBookEntry.objects.all().delete()
    PhoneBookEntry.objects.create(user=account.user, name="Plumber Hans", number="+492115800", digits="492115800")
    parties = (Party("+492115800", "+492115800", "Grete"), Party("+4930777777", "+4930777777", "Hans"))
    for place, (days, minutes, first, grete) in enumerate(calls):
        start = START + timedelta(days=days, minutes=minutes)
        store_calls(
            account if first else second, [record(str(place), parties[not grete], started_at=start)], LogScope.OWN
        )
    both, call_filter = [account, second], CallFilter(text=text)
    expected = list(selectors.calls(both, call_filter).values_list("pk", flat=True))
    page, pages = call_pages.page_of(both, call_filter, None, size), []
    while True:
        pages.append([call.pk for call in page.rows])
        if page.older is None:
            break
        page = call_pages.page_of(both, call_filter, Position.parse(str(page.older)), size)
    assert [pk for rows in pages for pk in rows] == expected
    for earlier in reversed(pages[:-1]):
        assert page.newer is not None
        page = call_pages.page_of(both, call_filter, page.newer, size)
        assert [call.pk for call in page.rows] == earlier
    assert page.newer is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(40), deadline=None)
@given(
    st.lists(st.text(st.sampled_from("aäßöÖb \"'%_\\12"), max_size=8), min_size=1, max_size=6),
    st.text(st.sampled_from("aäöb\"'%_\\12"), min_size=1, max_size=5),
)
def test_the_index_finds_what_comparing_every_row_finds(account: LinkedAccount, names: list[str], text: str) -> None:
    Call.objects.all().delete()
    store_calls(account, [record(str(place), Party("", None, name)) for place, name in enumerate(names)], LogScope.OWN)
    rows = Call.objects.order_by("-started_at", "-pk")
    searched = ("caller_name", "callee_name", "callee_digits", "extension")
    plain = [row.key for row in rows if found_in(terms(text), *(getattr(row, name) for name in searched))]
    listed = found_keys([account], text=text)
    assert set(listed) <= set(plain)
    if not any(letter in "".join(names) for letter in "Ö"):
        assert listed == plain


def index_rows(text: str) -> int:
    """How many entries the index itself has."""
    if connection.vendor != "sqlite":
        return Call.objects.filter(caller_name__icontains=text).count()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM telephony_callsearch WHERE telephony_callsearch MATCH %s",
            [search_index.match_of(text)],
        )
        return int(cursor.fetchone()[0])
