"""The statistics pages: right figures, every picture with its table, nobody else's calls, and no query that can break them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.markup import inline_code
from telephony.core.testing.effort import tries
from telephony.core.types import Direction, Kind, LogScope, Outcome, Party
from telephony.models import Call, LinkedAccount, TallyBook
from telephony.services.call_store import store_page
from telephony.tests.accounts import make_account
from telephony.tests.test_rollup import record
from telephony.views.charts import LEVELS, Series, bar_chart, decimal_tops, level, spread, time_tops
from telephony.views.periods import DayRange, Per

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE = "/telephony/statistics/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """Four calls on three days: three answered, of which one is silent about its talk time; a fax besides."""
    account = make_account(person, label="Head office")
    grete = Party("+493023125001", "+493023125001", "Grete <b>& Co</b>")
    calls = [
        record(1, NOW - timedelta(days=1), duration=90, caller=grete, extension_name="Front desk"),
        record(2, NOW - timedelta(days=1), duration=None, caller=grete),
        record(3, NOW - timedelta(days=2), outcome=Outcome.MISSED, duration=None, caller=Party(withheld=True)),
        record(4, NOW - timedelta(days=9), direction=Direction.OUTBOUND, duration=30, extension="101"),
        record(5, NOW - timedelta(days=1), kind=Kind.FAX, outcome=Outcome.MISSED, duration=None),
    ]
    store_page(account, calls, LogScope.OWN)
    return account


def text_of(browser: Client, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert inline_code(html) == []
    return html


def figures(html: str) -> list[str]:
    return re.findall(r'class="stat__value">([^<]*)<', html)


def row_of(html: str, name: str) -> list[str]:
    row = next(row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if name in row)
    return [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]


def test_the_page_tells_calls_share_and_talk_time(browser: Client, account: LinkedAccount) -> None:
    assert figures(text_of(browser, PAGE)) == ["4", "3", "75%", "2 min", "1:00 min"]


def test_faxes_are_counted_when_they_are_asked_for(browser: Client, account: LinkedAccount) -> None:
    html = text_of(browser, f"{PAGE}?kind=fax")
    assert figures(html)[0] == "1"
    assert "Faxes and texts are not counted" not in html


def test_each_day_has_its_line_and_leads_to_its_calls(browser: Client, account: LinkedAccount) -> None:
    html = text_of(browser, f"{PAGE}?direction=inbound")
    assert row_of(html, "19 Nov 2026") == ["2", "2", "0", "100%", "2 min", "1:30 min"]
    assert row_of(html, "11 Nov 2026")[0] == "0"
    assert 'href="/telephony/calls/?direction=inbound&amp;since=2026-11-19&amp;until=2026-11-19"' in html


def test_every_picture_is_named_and_has_its_numbers_in_a_table(browser: Client, account: LinkedAccount) -> None:
    html = text_of(browser, PAGE)
    pictures = re.findall(r'<svg class="chart__picture".*?aria-label="([^"]+)"', html)
    assert [picture.partition(".")[0] for picture in pictures] == [
        "Calls",
        "Answered share",
        "Talk time",
        "Calls by weekday and hour",
    ]
    assert "Thu, 19 Nov 2026: 2 calls, 2 answered" in pictures[0]
    assert "Busiest: Wednesday, 13:00–14:00: 2 calls, 1 answered" in pictures[3]
    assert row_of(html, 'scope="row">13:00')[7] == "4"


def test_hours_are_those_of_the_persons_zone(browser: Client, account: LinkedAccount) -> None:
    html = text_of(browser, PAGE)  # noon in UTC is 13:00 in Berlin
    assert row_of(html, 'scope="row">13:00') == ["0", "0", "2", "2", "0", "0", "0", "4", "75%"]
    assert row_of(html, 'scope="row">12:00')[7] == "0"


def test_extensions_have_names_and_are_ranked(browser: Client, account: LinkedAccount) -> None:
    html = text_of(browser, PAGE)
    assert row_of(html, "Front desk")[1:4] == ["3", "2", "67%"]
    assert html.index("Front desk") < html.index(">101<")


def test_numbers_come_by_a_part_of_their_own_and_names_are_escaped(browser: Client, account: LinkedAccount) -> None:
    html = text_of(browser, f"{PAGE}numbers/", **HTMX)
    assert "<b>" not in html
    assert row_of(html, "Grete")[1:3] == ["2", "2"]
    assert "Number withheld or not told" in html
    assert "+49 30 23125001" in html
    assert "/telephony/calls/new/?number=%2B493023125001" in html, "a number can be called from wherever it stands"


def test_without_scripts_the_numbers_are_a_link_away(browser: Client, account: LinkedAccount) -> None:
    assert "numbers=1#numbers" in text_of(browser, PAGE)
    assert "Grete" in text_of(browser, f"{PAGE}?numbers=1")
    assert browser.get(f"{PAGE}numbers/?direction=inbound")["Location"] == f"{PAGE}?direction=inbound"


def test_two_accounts_are_compared(browser: Client, person: User, account: LinkedAccount) -> None:
    other = make_account(person, remote_id="other", label="Branch")
    store_page(other, [record(1, NOW - timedelta(hours=3))], LogScope.OWN)
    html = text_of(browser, PAGE)
    assert row_of(html, "Head office</a>")[1] == "4"
    assert row_of(html, "Branch</a>")[1] == "1"
    assert figures(text_of(browser, f"{PAGE}?account={other.pk}"))[0] == "1"
    assert figures(text_of(browser, f"/telephony/accounts/{other.pk}/statistics/"))[0] == "1"


def test_nobody_sees_the_figures_of_someone_elses_calls(
    browser: Client, stranger: User, account: LinkedAccount
) -> None:
    theirs = make_account(stranger, remote_id="theirs")
    store_page(theirs, [record(n, NOW - timedelta(hours=n)) for n in range(9)], LogScope.OWN)
    for part in ("", "numbers/"):
        assert browser.get(f"/telephony/accounts/{theirs.pk}/statistics/{part}", headers=HTMX).status_code == 404
    assert figures(text_of(browser, PAGE))[0] == "4"
    assert figures(text_of(browser, f"{PAGE}?account={theirs.pk}"))[0] == "4"


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}numbers/", "/telephony/accounts/1/statistics/"])
def test_a_visitor_is_asked_to_sign_in(client: Client, db: None, address: str) -> None:
    assert "/accounts/login/" in client.get(address)["Location"]


def test_the_page_counts_no_calls_and_takes_the_same_queries_for_many(browser: Client, account: LinkedAccount) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            browser.get(PAGE)
        return [query["sql"] for query in captured]

    queries()  # the first page of a session notes the session
    few = queries()
    store_page(account, [record(n, NOW - timedelta(hours=n)) for n in range(100, 300)], LogScope.OWN)
    many = queries()
    assert len(many) == len(few)
    assert not [sql for sql in many if "COUNT(" in sql and "telephony_call" in sql]


def test_an_empty_range_says_so(browser: Client, account: LinkedAccount) -> None:
    assert "No calls in this range" in text_of(browser, f"{PAGE}?since=2020-01-01&until=2020-01-02")


def test_a_person_without_accounts_is_shown_the_way(browser: Client, person: User) -> None:
    assert "No account is linked yet" in text_of(browser, PAGE)


def test_german_pages_draw_with_the_same_plain_numbers(browser: Client, person: User, account: LinkedAccount) -> None:
    person.language = "de"
    person.save()
    html = text_of(browser, PAGE)
    for name in ("x", "y", "width", "height", "viewBox"):
        assert not [value for value in re.findall(rf'\s{name}="([^"]*)"', html) if re.search(r"[.,]\d", value)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(25), deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["since", "until", "per", "direction", "outcome", "kind", "number", "account", "scope", "numbers"]
        ),
        st.text(max_size=12)
        | st.sampled_from(["1990-01-01", "2100-12-31", "2026-11-01", "day", "year", "1", "company", "-1"]),
        max_size=5,
    )
)
def test_no_query_string_breaks_the_page(browser: Client, account: LinkedAccount, query: dict[str, str]) -> None:
    for address in (PAGE, f"/telephony/accounts/{account.pk}/statistics/"):
        assert browser.get(address, query).status_code == 200


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 2000), st.sampled_from(Per))
@settings(deadline=None, max_examples=tries(60))
def test_periods_cover_every_day_of_a_range_once(first: date, days: int, per: Per) -> None:
    wanted = DayRange(first, min(first + timedelta(days=days), date(2100, 12, 31)))
    periods = list(wanted.periods(per))
    assert periods[0].first == wanted.first
    assert periods[-1].last == wanted.last
    for one, following in pairwise(periods):
        assert following.first == one.last + timedelta(days=1)
    assert sum((one.last - one.first).days + 1 for one in periods) == wanted.days


@example([(9_970_000, 1)])
@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=40))
def test_bars_stay_inside_the_picture_and_stand_on_each_other(values: list[tuple[int, int]]) -> None:
    series = [Series("a", "a", [one for one, _other in values]), Series("b", "b", [other for _one, other in values])]
    names = [str(n) for n in range(len(values))]
    chart = bar_chart("k", "t", "d", names, series, say=str, hovers=names)
    for bar, (one, other) in zip(chart.bars, values, strict=True):
        assert len(bar.parts) == bool(one) + bool(other)
        for part in bar.parts:
            assert part.y >= 0
            assert part.y + part.height <= chart.height
            assert part.height > 0


def test_scales_end_at_round_numbers_with_a_whole_middle() -> None:
    tops = decimal_tops()
    assert [next(top for top in decimal_tops() if top >= value) for value in (0, 3, 11, 99, 101)] == [
        2,
        4,
        20,
        100,
        200,
    ]
    assert all(top % 2 == 0 for top, _n in zip(tops, range(30), strict=False))
    assert [next(top for top in time_tops() if top >= value) for value in (90, 3700)] == [120, 7200]


def test_labels_below_a_picture_begin_and_end_with_its_bars() -> None:
    for count in range(1, 60):
        names = [str(n) for n in range(count)]
        labels = spread(names)
        assert labels[0] == names[0]
        assert labels[-1] == names[-1]
        assert len(labels) <= 6


def test_shades_begin_with_the_first_call() -> None:
    assert [level(value, 10) for value in (0, 1, 5, 10)] == [0, 1, 3, LEVELS]
    assert level(0, 0) == 0


def test_the_command_checks_and_repairs(account: LinkedAccount) -> None:
    out = StringIO()
    call_command("recount_statistics", check=True, stdout=out)
    assert "right" in out.getvalue()
    Call.objects.filter(key="call-1").delete()
    with pytest.raises(CommandError, match="differ"):
        call_command("recount_statistics", check=True, stdout=out)
    call_command("recount_statistics", account=[account.pk], stdout=out)
    call_command("recount_statistics", check=True, stdout=out)
    assert TallyBook.objects.count() == 1


def test_the_command_refuses_an_account_that_is_not_there(db: None) -> None:
    with pytest.raises(CommandError, match="no linked account 77"):
        call_command("recount_statistics", account=[77])
