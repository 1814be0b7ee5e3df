"""The address is the search; saved, shared and shown first. And what the form of the call list understands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.core.call_periods import CallPeriod
from telephony.core.types import LogScope
from telephony.forms import CallFilterForm
from telephony.models import LinkedAccount, SavedView
from telephony.services.call_store import store_page
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_search_index import record

CALLS = "/telephony/calls/"
VIEWS = "/telephony/calls/views/"


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def save(browser: Client, name: str, query: str, **more: str) -> SavedView:
    """Save a view as the page does."""
    browser.post(f"{VIEWS}save/", {"name": name, "query": query, **more})
    return SavedView.objects.get(name=name)


def test_a_view_keeps_the_search_and_nothing_else(browser: Client, account: LinkedAccount) -> None:
    view = save(browser, "Missed", "outcome=missed&at=o%3A1&live=1&evil=1&q=0211")
    assert view.query == "q=0211&outcome=missed"
    assert "Missed" in browser.get(CALLS).content.decode()
    assert save(browser, "Missed", "outcome=busy").pk == view.pk


def test_the_default_view_is_what_the_list_begins_with(browser: Client, account: LinkedAccount) -> None:
    first, second = save(browser, "A", "outcome=missed", default="on"), save(browser, "B", "kind=fax", default="on")
    answer = browser.get(CALLS)
    assert (answer.status_code, answer["Location"]) == (302, f"{CALLS}?kind=fax")
    assert browser.get(f"{CALLS}?view=all").status_code == 200
    browser.post(f"{VIEWS}{first.pk}/", {"action": "default"})
    assert browser.get(CALLS)["Location"] == f"{CALLS}?outcome=missed"
    assert not SavedView.objects.get(pk=second.pk).is_default
    browser.post(f"{VIEWS}{first.pk}/", {"action": "no-default"})
    assert browser.get(CALLS).status_code == 200


def test_clearing_the_filters_does_not_lead_back_to_the_default_view(browser: Client, account: LinkedAccount) -> None:
    save(browser, "A", "outcome=missed", default="on")
    page = browser.get(f"{CALLS}?outcome=missed").content.decode()
    assert f'href="{CALLS}?view=all"' in page


def test_a_shared_link_gives_the_search_but_neither_calls_nor_accounts(
    browser: Client, account: LinkedAccount, stranger: User
) -> None:
    view = save(browser, "A", f"outcome=missed&account={account.pk}")
    browser.post(f"{VIEWS}{view.pk}/", {"action": "share"})
    view.refresh_from_db()
    link = f"{CALLS}shared/{view.share_key}/"
    assert link in browser.get(VIEWS).content.decode()
    assert sign_in(stranger).get(link)["Location"] == f"{CALLS}?outcome=missed"
    assert Client().get(link)["Location"].startswith("/accounts/login/")
    browser.post(f"{VIEWS}{view.pk}/", {"action": "unshare"})
    assert sign_in(stranger).get(link).status_code == 404


def test_someone_elses_view_cannot_be_touched(browser: Client, account: LinkedAccount, stranger: User) -> None:
    view = save(browser, "A", "outcome=missed")
    other = sign_in(stranger)
    for action in ("default", "share", "delete"):
        assert other.post(f"{VIEWS}{view.pk}/", {"action": action}).status_code == 404
    assert browser.post(f"{VIEWS}{view.pk}/", {"action": "evil"}).status_code == 404
    browser.post(f"{VIEWS}{view.pk}/", {"action": "delete"})
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused_with_a_sentence(browser: Client, account: LinkedAccount) -> None:
    page = browser.post(f"{VIEWS}save/", {"name": "", "query": "outcome=missed"}, follow=True).content.decode()
    assert "Give the view a name." in page


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", date(2026, 3, 29), date(2026, 3, 29)),
        ("yesterday", date(2026, 3, 28), date(2026, 3, 28)),
        ("week", date(2026, 3, 23), date(2026, 3, 29)),
        ("last-week", date(2026, 3, 16), date(2026, 3, 22)),
        ("30-days", date(2026, 2, 28), date(2026, 3, 29)),
        ("month", date(2026, 3, 1), date(2026, 3, 31)),
        ("last-month", date(2026, 2, 1), date(2026, 2, 28)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
        ("last-year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_period_is_days_around_today(period: str, first: date, last: date) -> None:
    assert CallPeriod(period).days(date(2026, 3, 29)) == (first, last)


def test_a_period_is_of_the_persons_zone_and_days_win_over_it(time_machine: object) -> None:
    time_machine.move_to(datetime(2026, 3, 28, 23, 30, tzinfo=UTC))  # type: ignore[attr-defined]  # the plug-in's fixture
    with timezone.override("Europe/Berlin"):
        today = CallFilterForm([], {"period": "today"}, choose_account=False).call_filter()
        given = CallFilterForm([], {"period": "today", "since": "2026-01-01"}, choose_account=False).call_filter()
    assert today.since == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert today.until == datetime(2026, 3, 29, 22, tzinfo=UTC)  # the day that lacks an hour
    assert (given.since, given.until) == (datetime(2025, 12, 31, 23, tzinfo=UTC), None)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1:30", 90), ("1:00:00", 3600), ("", None), ("0", 0)])
def test_talk_time_is_seconds_or_minutes_and_seconds(text: str, seconds: int | None) -> None:
    form = CallFilterForm([], {"shortest": text}, choose_account=False)
    assert form.call_filter().shortest == seconds
    assert not form.errors


@pytest.mark.parametrize(
    "query", ["shortest=x", "longest=-1", "shortest=9&longest=8", "period=evil", "jump=never", "jump=9999-12-31"]
)
def test_a_wrong_filter_says_so_and_the_page_stays(browser: Client, account: LinkedAccount, query: str) -> None:
    page = browser.get(f"{CALLS}?{query}")
    assert page.status_code == 200
    text = page.content.decode()
    assert "errorlist" in text or "field__error" in text or "callout--warn" in text or "is not a place" in text


@pytest.mark.usefixtures("contexts")
def test_jumping_to_a_day_shows_it_on_top_with_newer_calls_before_it(browser: Client, account: LinkedAccount) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    store_page(account, [record(str(day), started_at=start + timedelta(days=day)) for day in range(90)], LogScope.OWN)
    search = browser.get(f"{CALLS}?jump=2026-04-10").context["search"]
    assert search.page.rows[0].started_at.date() == date(2026, 4, 10)
    assert "jump" not in search.newer_url
    assert browser.get(search.newer_url).context["search"].page.rows[-1].started_at.date() == date(2026, 4, 11)


@pytest.mark.usefixtures("contexts")
def test_every_filter_is_a_chip_that_can_be_removed(browser: Client, account: LinkedAccount) -> None:
    search = browser.get(f"{CALLS}?q=0211&recorded=on&shortest=0&extension=100,101&number=58").context["search"]
    assert [chip.label for chip in search.chips] == [
        "Number or name: 0211",
        "Number: 58",
        "Extensions (101, 102): 100,101",
        "Talked at least: 0",
        "With a recording",
    ]
    assert search.filter.extensions == {"100", "101"}


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_view_of_an_unlinked_account_says_so_however_many_are_left(
    browser: Client, person: User, account: LinkedAccount, left: int
) -> None:
    view = save(browser, "Mine", f"account={account.pk}")
    make_account(person, remote_id="1:2")
    make_account(person, remote_id="1:3")
    for one in list(LinkedAccount.objects.order_by("pk"))[: 3 - left]:
        one.delete()
    page = browser.get(CALLS, {"account": view.query.removeprefix("account=")}).content.decode()
    assert ("Select a valid choice" in page) is (left > 0)  # without any account the page offers to link one
    refused = browser.get(f"{CALLS}export/?{view.query}&format=csv")
    assert refused.status_code == 400  # the calls of other accounts were not asked for
