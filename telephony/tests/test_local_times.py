"""Times of day in a person's zone, also when the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.services.local_times import is_quiet, moment_of, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"]
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # made aware


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        ("2026-11-20T21:00", False, "2026-11-20T21:00"),  # 22:00 in Berlin: not yet
        ("2026-11-20T21:30", True, "2026-11-21T06:00"),  # 22:30
        ("2026-11-21T02:00", True, "2026-11-21T06:00"),  # past midnight
        ("2026-11-21T06:00", False, "2026-11-21T06:00"),  # 7:00 sharp is over
        ("2026-03-28T22:00", True, "2026-03-29T05:00"),  # the night that lacks an hour
        ("2026-10-24T21:00", True, "2026-10-25T06:00"),  # the night that has one more
    ],
)
def test_quiet_hours_cross_midnight_and_the_change_of_the_clock(now: str, quiet: bool, until: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert is_quiet(moment, time(22, 30), time(7), BERLIN) is quiet
    assert quiet_until(moment, time(22, 30), time(7), BERLIN) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@given(moment=MOMENTS, start=TIMES, end=TIMES, zone=st.sampled_from(ZONES))
def test_a_mail_waits_to_a_moment_that_is_not_quiet_and_never_much_longer_than_a_day(
    moment: datetime, start: time, end: time, zone: str
) -> None:
    until = quiet_until(moment, start, end, ZoneInfo(zone))

    assert not is_quiet(until, start, end, ZoneInfo(zone))
    assert timedelta(0) <= until - moment <= timedelta(hours=25)
    assert (until == moment) is not is_quiet(moment, start, end, ZoneInfo(zone))


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), one=st.none() | TIMES)
def test_without_both_ends_nothing_is_quiet(moment: datetime, zone: str, one: time | None) -> None:
    assert quiet_until(moment, one, None, ZoneInfo(zone)) == moment
    assert quiet_until(moment, None, one, ZoneInfo(zone)) == moment
    assert quiet_until(moment, one, one, ZoneInfo(zone)) == moment


@given(day=st.dates(date(2024, 1, 1), date(2028, 1, 1)), at=TIMES, zone=st.sampled_from(ZONES))
def test_every_day_has_one_moment_for_a_time_of_day_within_an_hour_of_it(day: date, at: time, zone: str) -> None:
    local = moment_of(day, at, ZoneInfo(zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    assert timedelta(0) <= local - datetime.combine(day, at) <= timedelta(hours=1)
