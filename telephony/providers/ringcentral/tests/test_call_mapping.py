"""What becomes of RingCentral's call log records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from telephony.core.types import CallRecord, Direction, Kind, MediaRef, Outcome
from telephony.providers.ringcentral.mapping import call_record
from telephony.providers.ringcentral.tests.samples import call_row


def mapped(key: str, **changes: Any) -> CallRecord:
    """The sample record `key` with some fields changed, mapped."""
    call = call_record(call_row(key) | changes, "US")
    assert call is not None
    return call


def test_an_answered_call_keeps_everything_the_row_says() -> None:
    call = mapped("Ax02")
    assert (call.key, call.kind, call.direction, call.outcome) == (
        "Ax02AnsweredAAA",
        Kind.CALL,
        Direction.INBOUND,
        Outcome.ANSWERED,
    )
    assert call.started_at == datetime(2026, 11, 19, 18, 7, 52, 534000, tzinfo=UTC)
    assert call.changed_at == datetime(2026, 11, 19, 18, 7, 59, 123000, tzinfo=UTC)
    assert call.duration == 125
    assert (call.caller.e164, call.caller.name) == ("+14155550129", "Liam Hansen")
    assert (call.callee.e164, call.callee.extension) == ("+12125550101", "101")
    assert (call.extension, call.extension_name) == ("101", "Mia O'Brien")
    assert call.session == "s-ax02answeredaaaz1"
    assert call.recording == MediaRef("804001")
    assert (call.voicemail, call.note, call.deleted, call.unknown_values) == (None, "", False, ())


def test_legs_say_who_did_what() -> None:
    first, second = mapped("Ax02").legs
    assert (first.label, first.outcome, first.duration) == ("Phone Call", Outcome.ANSWERED, 125)
    assert (second.label, second.direction) == ("VoIP Call", Direction.INBOUND)


def test_a_leg_without_an_action_is_labelled_by_its_type() -> None:
    leg = call_row("Ax02")["legs"][0] | {"action": None}
    assert mapped("Ax02", legs=[leg]).legs[0].label == "Accept"


def test_a_voicemail_belongs_to_its_call_and_is_no_talk() -> None:
    call = mapped("Ax03")
    assert (call.kind, call.outcome, call.duration) == (Kind.CALL, Outcome.VOICEMAIL, 0)
    assert call.voicemail == MediaRef("805001")


def test_a_caller_called_anonymous_without_a_number_withheld_it() -> None:
    caller = mapped("Ax03").caller
    assert caller.withheld
    assert (caller.number, caller.name, caller.e164) == ("", "", None)


@pytest.mark.parametrize("end", [None, {}, [], "x"])
def test_an_end_that_says_nothing_is_not_called_withheld(end: Any) -> None:
    caller = mapped("Ax04", **{"from": end}).caller
    assert not caller.withheld
    assert caller.number == ""


def test_a_missed_call_was_not_talked_in_although_it_rang() -> None:
    call = mapped("Ax04")
    assert (call.outcome, call.duration, call.note) == (Outcome.MISSED, 0, "")


def test_a_call_under_way_has_no_duration_yet() -> None:
    assert (mapped("Ax01").outcome, mapped("Ax01").duration) == (Outcome.IN_PROGRESS, None)


def test_a_call_between_two_extensions_is_internal() -> None:
    call = mapped("Ax05")
    assert call.direction is Direction.INTERNAL
    assert (call.caller.extension, call.callee.extension, call.extension) == ("101", "100", "101")


def test_a_direction_nobody_knows_is_not_guessed() -> None:
    call = mapped("Ax05", direction="Sideways")
    assert call.direction is Direction.UNKNOWN
    assert "direction=Sideways" in call.unknown_values


def test_a_refused_call_says_why() -> None:
    call = mapped("Ax06")
    assert call.outcome is Outcome.FAILED
    assert call.note == "No Calling Credit: There is not enough credit for this call."


def test_a_masked_number_is_kept_and_never_completed() -> None:
    callee = mapped("Ax07").callee
    assert (callee.number, callee.e164) == ("+1855201XXXX", None)


def test_hanging_up_early_is_a_missed_call_for_the_one_who_was_called() -> None:
    assert mapped("Ax07").outcome is Outcome.CANCELLED
    assert mapped("Ax07", direction="Inbound").outcome is Outcome.MISSED


def test_a_fax_keeps_its_kind_and_is_no_voicemail() -> None:
    call = mapped("Ax08")
    assert (call.kind, call.outcome, call.voicemail) == (Kind.FAX, Outcome.ANSWERED, None)


def test_a_deleted_record_is_marked() -> None:
    assert mapped("Ax09").deleted
    assert not mapped("Ax09", deleted="true").deleted


@pytest.mark.parametrize("result", ["Handed To Robot", "ACCEPTED"])
def test_a_result_nobody_knows_is_unknown_and_listed(result: str) -> None:
    call = mapped("Ax02", result=result, legs=[])
    assert (call.outcome, call.duration, call.note) == (Outcome.UNKNOWN, 125, result)
    assert call.unknown_values == (f"result={result}",)
    assert call.raw["result"] == result


def test_a_surprise_that_every_leg_repeats_is_listed_once() -> None:
    legs = [leg | {"result": "Odd"} for leg in call_row("Ax02")["legs"]]
    assert mapped("Ax02", result="Odd", legs=legs).unknown_values == ("result=Odd",)


def test_a_missing_result_is_unknown_but_no_surprise() -> None:
    call = mapped("Ax02", result=None, legs=None)
    assert (call.outcome, call.unknown_values) == (Outcome.UNKNOWN, ())


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("Accepted", Outcome.ANSWERED),
        ("Call connected", Outcome.ANSWERED),
        ("Missed", Outcome.MISSED),
        ("No Answer", Outcome.MISSED),
        ("Voicemail", Outcome.VOICEMAIL),
        ("Busy", Outcome.BUSY),
        ("Rejected", Outcome.DECLINED),
        ("Stopped", Outcome.CANCELLED),
        ("Blocked", Outcome.BLOCKED),
        ("Wrong Number", Outcome.FAILED),
        ("In Progress", Outcome.IN_PROGRESS),
        ("Unknown", Outcome.UNKNOWN),
    ],
)
def test_results_have_an_outcome(result: str, outcome: Outcome) -> None:
    call = mapped("Ax02", result=result, legs=[])
    assert (call.outcome, call.unknown_values) == (outcome, ())


@pytest.mark.parametrize("changes", [{"id": None}, {"id": ""}, {"id": {}}, {"startTime": None}, {"startTime": "soon"}])
def test_a_row_without_id_or_start_is_no_call(changes: dict[str, Any]) -> None:
    assert call_record(call_row("Ax02") | changes) is None


def test_a_number_in_national_form_is_read_by_the_accounts_region() -> None:
    row = call_row("Ax02") | {"from": {"phoneNumber": "(415) 555-0129"}}
    american, unplaced = call_record(row, "US"), call_record(row, None)
    assert american is not None
    assert unplaced is not None
    assert (american.caller.number, american.caller.e164) == ("(415) 555-0129", "+14155550129")
    assert unplaced.caller.e164 is None


def test_an_emergency_number_is_neither_an_extension_nor_e164() -> None:
    call = mapped("Ax07", to={"phoneNumber": "911"})
    assert (call.direction, call.callee.number, call.callee.extension) == (Direction.OUTBOUND, "911", "")
    assert call.callee.e164 is None


def test_the_number_that_was_dialled_stands_in_for_a_missing_one() -> None:
    assert mapped("Ax07", to={"dialedPhoneNumber": "+14155550130"}).callee.e164 == "+14155550130"


def test_the_extension_is_found_in_the_master_leg_where_the_row_has_none() -> None:
    legs = [
        {"extension": {"id": 1}},
        {"extension": {"id": 2}, "master": True},
    ]
    assert mapped("Ax02", to={}, extension=None, legs=legs).extension == "2"


def test_a_recording_may_hang_on_a_leg() -> None:
    legs = [{"recording": {"id": "804009"}}]
    assert mapped("Ax04", legs=legs).recording == MediaRef("804009")


def test_rows_of_one_call_share_their_session() -> None:
    assert mapped("Ax02", telephonySessionId=None).session == "4400000002"


def test_cost_fields_stay_in_the_vendors_record() -> None:
    assert mapped("Ax02").raw["billing"] == {"costIncluded": 0.0, "costPurchased": 0.0}
