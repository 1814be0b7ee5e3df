"""What becomes of rows of the call report: one call each, told from the company's end."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.types import CallRecord, Direction, MediaRef, Outcome
from telephony.providers.goto.calls import CALLER_OUTCOMES, Numbering, report_call
from telephony.providers.goto.tests.company import rows

US = Numbering(region="US")
INBOUND, OUTBOUND, INTERNAL, MISSED, IN_THE_MENU = rows("reports_1", "reports_2")


def mapped(row: dict[str, Any], **changes: Any) -> CallRecord:
    """A row with some fields changed; a field that is None is taken away."""
    call = report_call({name: value for name, value in (row | changes).items() if value is not None}, US)
    assert call is not None
    return call


def test_a_call_from_outside() -> None:
    call = mapped(INBOUND)
    assert call.key == "space:99999999-0000-4000-8000-000000000001"
    assert (call.direction, call.outcome) == (Direction.INBOUND, Outcome.ANSWERED)
    assert (call.caller.e164, call.caller.name) == ("+14155550142", "INA MUSTER")
    assert (call.callee.extension, call.callee.name) == ("1001", "Ada Example")
    assert (call.extension, call.extension_name) == ("1001", "Ada Example")
    assert call.duration == 280
    assert call.answered_at is not None
    assert call.ended_at is not None


def test_every_participant_is_a_leg_that_names_the_number_that_was_dialled() -> None:
    legs = mapped(INBOUND).legs
    assert [leg.callee.extension for leg in legs] == ["1001", "0007"]
    assert {leg.label for leg in legs} == {"+12125550100"}
    assert all(leg.outcome is Outcome.UNKNOWN for leg in legs), "the summary does not tell who picked up"


def test_a_call_to_outside() -> None:
    call = mapped(OUTBOUND)
    assert (call.direction, call.outcome, call.duration) == (Direction.OUTBOUND, Outcome.ANSWERED, 125)
    assert call.callee.e164 == "+13125550117"
    assert call.extension == "1001"
    assert [leg.label for leg in call.legs] == ["+12125550100"]


def test_a_call_between_two_lines_is_internal_whatever_goto_calls_it() -> None:
    call = mapped(INTERNAL)
    assert (call.direction, call.outcome) == (Direction.INTERNAL, Outcome.ANSWERED)
    assert (call.caller.extension, call.callee.extension) == ("1001", "0007")


def test_a_call_to_outside_that_a_colleague_joined_is_not_internal() -> None:
    both = [*INTERNAL["participants"], *OUTBOUND["participants"]]
    call = mapped(OUTBOUND, participants=both)
    assert call.direction is Direction.OUTBOUND
    assert call.callee.e164 == "+13125550117"


def test_a_missed_call_has_no_talk() -> None:
    call = mapped(MISSED)
    assert (call.outcome, call.duration, call.answered_at) == (Outcome.MISSED, 0, None)


def test_a_caller_who_heard_only_the_menu_was_not_answered_and_called_our_number() -> None:
    call = mapped(IN_THE_MENU)
    assert call.outcome is Outcome.MISSED
    assert call.caller.withheld
    assert (call.callee.e164, call.callee.name, call.callee.extension) == ("+12125550100", "Main number", "")
    assert call.legs == ()


@pytest.mark.parametrize(("told", "expected"), CALLER_OUTCOMES.items())
def test_every_outcome_that_is_known(told: str, expected: Outcome) -> None:
    call = mapped(INBOUND, callerOutcome=told)
    assert call.outcome is expected
    assert call.unknown_values == ()


def test_a_normal_end_without_an_answer_is_a_missed_call() -> None:
    assert mapped(OUTBOUND, callAnswered=None).outcome is Outcome.MISSED


@pytest.mark.parametrize("name", ["direction", "callerOutcome"])
def test_a_word_that_nobody_knows_is_kept_and_counted(name: str) -> None:
    call = mapped(INBOUND, **{name: "SIDEWAYS"})
    assert call.unknown_values == (f"{name}=SIDEWAYS",)
    assert call.raw[name] == "SIDEWAYS"
    if name == "callerOutcome":
        assert (call.outcome, call.duration) == (Outcome.UNKNOWN, None)
    else:
        assert call.direction is Direction.UNKNOWN


def test_a_kind_of_party_that_nobody_knows_is_counted_once() -> None:
    robot = {"name": "Robot", "number": "1009", "type": {"value": "ROBOT"}}
    call = mapped(INBOUND, participants=[robot, robot])
    assert call.unknown_values == ("type=ROBOT",)
    assert call.callee.extension == "1009"


def test_missing_optional_fields_leave_gaps_and_not_errors() -> None:
    call = mapped(INBOUND, participants=None, callerOutcome=None, callInitiator=None, callEnded=None)
    assert (call.outcome, call.duration, call.ended_at) == (Outcome.UNKNOWN, None, None)
    assert call.callee.number == "+12125550100"


@pytest.mark.parametrize("place", ["caller", "participants"])
def test_a_recording_is_found_at_either_end(place: str) -> None:
    bare = {key: value for key, value in INBOUND["participants"][0].items() if key != "recordingId"}
    recorded = {"caller": INBOUND["caller"], "participants": [bare]}
    if place == "caller":
        recorded["caller"] = recorded["caller"] | {"recordingId": "rec-1"}
    else:
        recorded["participants"] = [bare | {"recordingId": "rec-1"}]
    assert mapped(INBOUND, **recorded).recording == MediaRef("rec-1")


def test_a_caller_who_is_listed_as_a_participant_too_is_not_a_leg_of_his_own() -> None:
    call = mapped(INBOUND, participants=[INBOUND["caller"], *INBOUND["participants"]])
    assert len(call.legs) == 2
    assert call.callee.extension == "1001"


def test_a_line_with_a_long_number_is_still_inside() -> None:
    party = INBOUND["participants"][0] | {"number": "+12125550101"}
    party["type"] = party["type"] | {"extensionNumber": "1001"}
    call = mapped(INBOUND, participants=[party])
    assert (call.callee.number, call.callee.extension, call.callee.e164) == ("+12125550101", "1001", None)


def test_a_row_without_an_id_or_a_start_is_no_row() -> None:
    assert report_call(INBOUND | {"conversationSpaceId": None}, US) is None
    assert report_call(INBOUND | {"callCreated": 7}, US) is None


def test_an_end_before_the_answer_gives_no_length() -> None:
    assert mapped(INBOUND, callEnded="2026-11-19T15:00:00Z").duration is None
