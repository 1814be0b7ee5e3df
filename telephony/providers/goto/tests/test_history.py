"""What becomes of rows of the call history: one leg each, told from the leg's end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from telephony.core.types import CallRecord, Direction, Kind, Outcome
from telephony.providers.goto.calls import Numbering, history_call
from telephony.providers.goto.tests.company import ACCOUNT, KEYS, OTHER_ACCOUNT, rows

ME = {"name": "Ada Example", "number": "1001"}
OUTSIDE = {"name": "", "number": "4155550142"}
NUMBERING = Numbering.of_keys(KEYS, ACCOUNT)


def mapped(numbering: Numbering = NUMBERING, **changes: Any) -> CallRecord:
    """The first documented row with some fields changed; a field that is None is taken away."""
    row = rows("history_1")[0] | changes
    call = history_call({name: value for name, value in row.items() if value is not None}, numbering)
    assert call is not None
    return call


def test_an_answered_call_has_whole_seconds_utc_times_and_both_ends() -> None:
    call = mapped()
    assert call.key == "leg:66666666-0000-4000-8000-000000000001"
    assert call.session == "55555555-0000-4000-8000-000000000001"
    assert (call.kind, call.outcome) == (Kind.CALL, Outcome.ANSWERED)
    assert call.started_at == datetime(2026, 11, 19, 15, 4, 30, 185_000, tzinfo=UTC)
    assert call.answered_at == datetime(2026, 11, 19, 15, 4, 38, 900_000, tzinfo=UTC)
    assert call.duration == 62  # 61,500 milliseconds
    assert (call.caller.number, call.caller.e164, call.caller.name) == ("4155550142", "+14155550142", "INA MUSTER")
    assert (call.callee.extension, call.callee.e164) == ("1001", None)
    assert (call.extension, call.extension_name) == ("1001", "Ada Example")


@pytest.mark.parametrize(
    ("caller", "callee", "told", "expected"),
    [
        (OUTSIDE, ME, "INBOUND", Direction.INBOUND),
        (OUTSIDE, ME, "OUTBOUND", Direction.INBOUND),  # the leg from the exchange to the telephone goes out
        (ME, OUTSIDE, "OUTBOUND", Direction.OUTBOUND),
        (ME, OUTSIDE, "INBOUND", Direction.OUTBOUND),
        (ME, {"number": "0007"}, "OUTBOUND", Direction.INTERNAL),
        ({"number": "2001"}, ME, "INBOUND", Direction.INTERNAL),
        ({"name": "Anonymous", "number": "anonymous"}, ME, "OUTBOUND", Direction.INBOUND),
        ({"name": ""}, ME, "OUTBOUND", Direction.INBOUND),
        (ME, {"number": "911"}, "OUTBOUND", Direction.OUTBOUND),
        ({"number": "2125550101"}, OUTSIDE, "INBOUND", Direction.OUTBOUND),  # our own number stands for the extension
        (OUTSIDE, {"number": "2125550101"}, "OUTBOUND", Direction.INBOUND),
        (OUTSIDE, {"number": "3125550117"}, "INBOUND", Direction.INBOUND),
        ({}, {}, "OUTBOUND", Direction.OUTBOUND),
        ({}, {}, "LATERAL", Direction.UNKNOWN),
    ],
)
def test_the_direction_follows_the_ends_and_not_the_leg(
    caller: dict[str, str], callee: dict[str, str], told: str, expected: Direction
) -> None:
    assert mapped(caller=caller, callee=callee, direction=told).direction is expected


@pytest.mark.parametrize(
    ("cause", "inbound", "outbound"),
    [
        (16, Outcome.MISSED, Outcome.CANCELLED),
        (31, Outcome.MISSED, Outcome.CANCELLED),
        ("16", Outcome.MISSED, Outcome.CANCELLED),
        (17, Outcome.BUSY, Outcome.BUSY),
        (18, Outcome.MISSED, Outcome.MISSED),
        (19, Outcome.MISSED, Outcome.MISSED),
        (21, Outcome.DECLINED, Outcome.DECLINED),
        (26, Outcome.MISSED, Outcome.MISSED),
        (1, Outcome.FAILED, Outcome.FAILED),
        (27, Outcome.FAILED, Outcome.FAILED),
        (None, Outcome.MISSED, Outcome.MISSED),
        (999, Outcome.UNKNOWN, Outcome.UNKNOWN),
        ("LOST", Outcome.UNKNOWN, Outcome.UNKNOWN),
    ],
)
def test_why_a_leg_was_not_answered(cause: object, inbound: Outcome, outbound: Outcome) -> None:
    silent: dict[str, Any] = {"answerTime": None, "duration": 0, "hangupCause": cause}
    assert mapped(**silent).outcome is inbound
    assert mapped(**silent, caller=ME, callee=OUTSIDE).outcome is outbound


def test_a_cause_that_nobody_knows_is_kept_and_counted_also_on_an_answered_leg() -> None:
    call = mapped(hangupCause=999)
    assert call.outcome is Outcome.ANSWERED
    assert call.unknown_values == ("hangupCause=999",)
    assert call.raw["hangupCause"] == 999


def test_a_direction_that_nobody_knows_is_counted_although_the_ends_tell() -> None:
    call = mapped(direction="LATERAL")
    assert call.direction is Direction.INBOUND
    assert call.unknown_values == ("direction=LATERAL",)


@pytest.mark.parametrize(
    ("milliseconds", "answered", "expected"),
    [
        (0, True, 0),
        (499, True, 0),
        (500, True, 1),
        ("61500", True, 62),
        (0, False, 0),
        (25_000, False, None),
        (None, True, None),
        (-1, True, None),
    ],
)
def test_what_an_unanswered_leg_lasted_is_not_talk(milliseconds: object, answered: bool, expected: int | None) -> None:
    answer = "2026-11-19T15:04:38.900Z" if answered else None
    assert mapped(duration=milliseconds, answerTime=answer).duration == expected


@pytest.mark.parametrize("number", ["anonymous", "Restricted", ""])
def test_a_hidden_caller_stays_hidden(number: str) -> None:
    call = mapped(caller={"name": "Anonymous", "number": number})
    assert call.caller.withheld
    assert call.caller.e164 is None
    assert call.caller.number == number


def test_a_leg_without_an_id_or_a_start_is_no_row() -> None:
    row = rows("history_1")[0]
    assert history_call(row | {"legId": ""}, NUMBERING) is None
    assert history_call(row | {"startTime": "yesterday"}, NUMBERING) is None
    assert history_call({}, NUMBERING) is None


def test_national_numbers_belong_to_the_country_of_the_line() -> None:
    at_branch = Numbering.of_keys({**KEYS, "region": "GB"}, OTHER_ACCOUNT)
    call = mapped(
        at_branch, caller={"number": "02079460123"}, callee={"number": "2001"}, ownerPhoneNumber="+12125550101"
    )
    assert call.caller.e164 == "+442079460123"


def test_without_a_known_line_they_belong_to_the_country_of_the_own_number() -> None:
    call = mapped(Numbering(), caller={"number": "02079460123"}, ownerPhoneNumber="+442079460001")
    assert call.caller.e164 == "+442079460123"


def test_without_any_hint_a_national_number_stays_as_it_came() -> None:
    call = mapped(Numbering(), ownerPhoneNumber=None)
    assert (call.caller.number, call.caller.e164) == ("4155550142", None)


def test_the_region_of_the_account_is_the_last_resort() -> None:
    assert mapped(Numbering(region="US"), ownerPhoneNumber=None).caller.e164 == "+14155550142"


def test_lines_of_another_account_say_nothing_about_this_one() -> None:
    assert Numbering.of_keys(KEYS, ACCOUNT).regions == {"1001": "US"}


@pytest.mark.parametrize("keys", [{}, {"lines": None, "region": 7}, {"lines": ["x", {"number": {}}]}, {"lines": {}}])
def test_keys_of_any_shape_are_read_without_complaint(keys: dict[str, Any]) -> None:
    assert mapped(Numbering.of_keys(keys, ACCOUNT)).caller.e164 == "+14155550142"
