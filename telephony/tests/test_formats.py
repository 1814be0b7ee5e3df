"""Money, durations, numbers and times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from telephony.templatetags.formats import moment, money, phone, recently, talk_time


@pytest.mark.parametrize(
    ("language", "amount", "currency", "written"),
    [
        ("en", "12.3456", "EUR", "€12.35"),
        ("de", "12.3456", "EUR", "12,35\N{NO-BREAK SPACE}€"),
        ("en", "-0.5", "USD", "−$0.50"),
        ("de", "-1234.5", "USD", "−1.234,50\N{NO-BREAK SPACE}$"),
        ("en", "1234567.891", "CHF", "CHF\N{NO-BREAK SPACE}1,234,567.89"),
        ("en", "-0.0001", "EUR", "€0.00"),
    ],
)
def test_money_is_written_as_in_the_language(language: str, amount: str, currency: str, written: str) -> None:
    with override(language):
        assert money(Decimal(amount), currency) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(None, ""), (0, "0:00 min"), (151, "2:31 min"), (3600, "1:00:00 h"), (3751, "1:02:31 h")]
)
def test_durations(seconds: int | None, written: str) -> None:
    assert talk_time(seconds) == written


@pytest.mark.parametrize(("number", "written"), [("+4921158000", "+49 211 58000"), ("100", "100"), (None, "")])
def test_numbers_are_grouped(number: str | None, written: str) -> None:
    assert phone(number) == written


def test_times_are_in_the_persons_zone_and_machine_readable() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        written = moment(datetime(2026, 11, 3, 11, 3, tzinfo=UTC))

    assert written == '<time datetime="2026-11-03T12:03:00+01:00">3 Nov 2026, 12:03</time>'


@time_machine.travel(datetime(2026, 11, 3, 18, 0, tzinfo=UTC), tick=False)
def test_of_today_only_the_time_is_written() -> None:
    assert ">12:03<" in recently(datetime(2026, 11, 3, 12, 3, tzinfo=UTC))
    assert ">2 Nov 2026, 12:03<" in recently(datetime(2026, 11, 2, 12, 3, tzinfo=UTC))
