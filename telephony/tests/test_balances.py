"""How long a balance lasts, and when its owner is warned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony.core.testing.effort import tries
from telephony.models import BalanceAlert, BalanceReading, LinkedAccount, Notice, Reading, Section
from telephony.services import balances, notice_checks
from telephony.services.balances import NoEstimate, Outlook
from telephony.tests.making import make_account

DAY = timedelta(days=1)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    found = make_account(person)
    BalanceReading.objects.all().delete()
    return found


def read(account: LinkedAccount, *amounts: str, every: timedelta = DAY, currency: str = "EUR") -> None:
    """Readings at even distances, the last of them now."""
    now = timezone.now()
    for place, amount in enumerate(reversed(amounts)):
        BalanceReading.objects.create(account=account, amount=amount, currency=currency, read_at=now - place * every)
    Reading.objects.filter(account=account, section=Section.BALANCE).update(
        read_at=now, summary={"amount": amounts[-1], "currency": currency}
    )


def outlook(account: LinkedAccount) -> Outlook:
    reading = Reading.objects.get(account=account, section=Section.BALANCE)
    return balances.outlooks({account.pk: reading})[account.pk]


def test_days_left_come_from_the_spend_of_a_day(account: LinkedAccount) -> None:
    read(account, "30", "28", "26", "24", "22", "20")
    assert outlook(account).days_left == 10


def test_less_than_a_day_is_said_in_words(account: LinkedAccount, browser: Client) -> None:
    read(account, "50", "40", "30", "20", "10", "1")
    assert outlook(account).days_left == 0
    part = browser.get(f"{account.get_absolute_url()}balance/outlook/", headers={"HX-Request": "true"})
    assert "less than a day" in part.content.decode()


def test_money_that_is_put_in_is_not_negative_spend(account: LinkedAccount) -> None:
    read(account, "6", "4", "2", "22", "20", "18")
    found = outlook(account)

    assert found.spent == 8
    assert found.observed == pytest.approx(4)
    assert found.days_left == 9


@pytest.mark.parametrize(
    ("amounts", "every", "unknown"),
    [
        (["20"], DAY, NoEstimate.TOO_SHORT),
        (["22", "21", "20"], DAY, NoEstimate.TOO_SHORT),
        (["20", "20", "20", "20", "20"], DAY, NoEstimate.NOTHING_SPENT),
        (["1", "2", "30", "40", "50"], DAY, NoEstimate.TOO_SHORT),
        (["3", "2", "1", "0", "0"], DAY, NoEstimate.EMPTY),
        (["3", "2", "1", "0", "-1"], DAY, NoEstimate.EMPTY),
    ],
)
def test_what_cannot_be_known_is_said(
    amounts: list[str], every: timedelta, unknown: NoEstimate, account: LinkedAccount
) -> None:
    read(account, *amounts, every=every)
    found = outlook(account)

    assert found.unknown is unknown
    assert found.days_left is None


def test_another_currency_begins_anew(account: LinkedAccount) -> None:
    read(account, "90", "50", "10", every=4 * DAY, currency="USD")
    Reading.objects.update(summary={})
    BalanceReading.objects.update(read_at=timezone.now() - 6 * DAY)
    read(account, "25", "24", "23", "22", "20")

    assert outlook(account).spent == 5


@settings(max_examples=tries(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.decimals(-50, 500, places=4), min_size=1, max_size=30))
def test_an_estimate_is_a_positive_number_or_a_reason(amounts: list[Decimal], account: LinkedAccount) -> None:
    BalanceReading.objects.all().delete()
    read(account, *[str(amount) for amount in amounts])
    found = outlook(account)

    assert (found.days_left is None) is (found.unknown is not None)
    assert found.spent >= 0
    assert found.days_left is None or found.days_left >= 0


def test_the_number_of_queries_does_not_depend_on_the_accounts(person: User, django_assert_num_queries: object) -> None:
    for _number in range(3):
        read(make_account(person), "9", "8", "7", "6", "5")
    readings = {reading.account_id: reading for reading in Reading.objects.filter(section=Section.BALANCE)}

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's own type is private
        assert len(balances.outlooks(readings)) == 3


def test_a_day_shows_its_last_reading_in_the_persons_zone(account: LinkedAccount) -> None:
    for at, amount in (("2026-11-01T20:00", "5"), ("2026-11-01T22:59", "4"), ("2026-11-01T23:01", "3")):
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        BalanceReading.objects.create(account=account, amount=amount, currency="EUR", read_at=moment)
    since = datetime(2026, 10, 1, tzinfo=UTC)
    days = balances.by_day(account, ZoneInfo("Europe/Berlin"), since)

    assert [(str(day.day), day.amount) for day in days] == [("2026-11-01", Decimal(4)), ("2026-11-02", Decimal(3))]


# --- warnings ---------------------------------------------------------------------------------------------------------


def told(person: User) -> int:
    """Look again, and count what the person was told of a low balance so far."""
    notice_checks.check(person)
    return Notice.objects.filter(kind="low_balance").count()


def test_a_low_balance_is_told_once_and_again_only_after_it_has_risen(account: LinkedAccount, person: User) -> None:
    read(account, "5.00")
    assert told(person) == 0
    read(account, "4.99")
    assert told(person) == told(person) == 1
    read(account, "3.00")
    assert told(person) == 1
    read(account, "50.00")
    assert told(person) == 1
    assert Notice.objects.filter(settled_at=None).count() == 0
    read(account, "2.00")
    assert told(person) == 2


def test_the_threshold_is_hers(account: LinkedAccount, person: User, browser: Client) -> None:
    read(account, "15.00")
    url = f"{account.get_absolute_url()}balance/"
    assert browser.post(url, {"enabled": "on", "threshold": "20"}).status_code == 302
    assert told(person) == 1

    browser.post(url, {"threshold": "30"})
    read(account, "1.00")
    assert told(person) == 1, "switched off"
    assert "Enter a number" in browser.post(url, {"enabled": "on", "threshold": "many"}).content.decode()
    assert browser.post(url, {"enabled": "on", "threshold": "-1"}).status_code == 200
    assert BalanceAlert.objects.get().threshold == 30


def test_the_page_shows_picture_table_and_estimate(account: LinkedAccount, browser: Client) -> None:
    read(account, "30", "28", "26", "24", "22", "20")
    page = browser.get(f"{account.get_absolute_url()}balance/").content.decode()

    assert page.count('<th scope="row">') == 6
    assert "about 10" in page
    assert "Lowest: €20.00, highest: €30.00." in page


def test_the_page_without_a_balance_says_why(person: User, browser: Client) -> None:
    none = make_account(person, provider="goto")
    unread = make_account(person)
    Reading.objects.all().delete()

    assert "tells no balance" in browser.get(f"{none.get_absolute_url()}balance/").content.decode()
    assert "has not been read yet" in browser.get(f"{unread.get_absolute_url()}balance/").content.decode()
