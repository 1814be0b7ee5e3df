"""History entries in our terms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from telephony.core.types import CallRecord, Direction, Kind, Outcome
from telephony.providers.sipgate import directory, mapping, vocabulary
from telephony.providers.sipgate.tests.samples import ARCHIVE, HISTORY, load

ROWS = {row["id"]: row for row in (*HISTORY, *ARCHIVE)}
ANSWERED, MISSED, OUTGOING, INTERNAL = ("700000107", "700000106", "700000105", "700000104")
SMS, VOICEMAIL, FAX = ("700000102", "700000101", "700000100")


def call(entry: str = ANSWERED, **changes: Any) -> CallRecord:
    """A sample entry with some values changed, mapped for a German account."""
    mapped = mapping.call({**ROWS[entry], **changes}, "DE")
    assert mapped is not None
    return mapped


def test_an_answered_call_keeps_who_when_and_how_long() -> None:
    answered = call()
    assert answered.key == ANSWERED
    assert (answered.kind, answered.direction, answered.outcome) == (Kind.CALL, Direction.INBOUND, Outcome.ANSWERED)
    assert answered.started_at == datetime(2026, 11, 3, 8, 15, 3, tzinfo=UTC)
    assert answered.changed_at == datetime(2026, 11, 3, 8, 17, 41, tzinfo=UTC)
    assert answered.ended_at is None, "lastModified is not the end of the call"
    assert (answered.caller.e164, answered.caller.name) == ("+491760406901", "Ina Muster")
    assert answered.duration == 151
    assert (answered.extension, answered.extension_name) == ("p0", "Grete Beispiel")
    assert answered.session == "54566B150B0C0D3A5D5447"
    assert answered.note == "Wants an offer"


def test_the_old_form_of_a_time_is_read_as_well() -> None:
    assert call(OUTGOING).started_at == datetime(2026, 11, 2, 16, 20, tzinfo=UTC)


def test_a_withheld_number_stays_withheld() -> None:
    missed = call(MISSED)
    assert missed.caller.withheld
    assert (missed.caller.number, missed.caller.e164) == ("anonymous", None)
    assert missed.outcome is Outcome.MISSED


def test_the_seconds_of_an_unanswered_call_are_not_talk_time() -> None:
    unanswered = call(OUTGOING)
    assert unanswered.raw["duration"] == 18
    assert (unanswered.outcome, unanswered.duration) == (Outcome.MISSED, 0)


def test_a_call_between_two_extensions_is_internal() -> None:
    internal = call(INTERNAL)
    assert internal.direction is Direction.INTERNAL
    assert (internal.caller.extension, internal.callee.extension) == ("12", "14")
    assert internal.caller.e164 is None


@pytest.mark.parametrize("number", ["110", "112", "115", "11880"])
def test_a_public_short_number_is_no_extension(number: str) -> None:
    emergency = call(INTERNAL, target=number)
    assert emergency.direction is Direction.OUTBOUND
    assert (emergency.callee.number, emergency.callee.extension, emergency.callee.e164) == (number, "", None)


@pytest.mark.parametrize(
    ("number", "e164"),
    [
        ("+493023125001", "+493023125001"),
        ("493023125001", "+493023125001"),
        ("00493023125001", "+493023125001"),
        ("03023125001", "+493023125001"),
        ("030-23125001", "+493023125001"),
        ("3000001e0", None),
        ("sip:someone@example.org", None),
        ("", None),
        ("1234567", None),
        ("4930231", None),
    ],
)
def test_numbers_come_in_many_forms(number: str, e164: str | None) -> None:
    party = call(source=number).caller
    assert (party.number, party.e164) == (number, e164)


def test_national_numbers_need_the_country_of_the_account() -> None:
    mapped = mapping.call({**ROWS[ANSWERED], "source": "03023125001"})
    assert mapped is not None
    assert mapped.caller.e164 is None


@pytest.mark.parametrize(
    ("direction", "call_status", "status", "outcome"),
    [
        ("INCOMING", "SUCCESS", "PICKUP", Outcome.ANSWERED),
        ("OUTGOING", "SUCCESS", "PICKUP", Outcome.ANSWERED),
        ("INCOMING", "", "PICKUP", Outcome.ANSWERED),
        ("INCOMING", None, "FORWARD", Outcome.ANSWERED),
        ("MISSED_INCOMING", "MISSED", "NOPICKUP", Outcome.MISSED),
        ("MISSED_INCOMING", "FAILURE", "NOPICKUP", Outcome.MISSED),
        ("MISSED_INCOMING", "SUCCESS", "FORWARD", Outcome.MISSED),
        ("MISSED_INCOMING", "VOICEMAIL_NO_MESSAGE", "NOPICKUP", Outcome.MISSED),
        ("MISSED_INCOMING", "REJECTED", "NOPICKUP", Outcome.DECLINED),
        ("MISSED_INCOMING", "REJECTED_DND", "NOPICKUP", Outcome.DECLINED),
        ("MISSED_INCOMING", "BUSY_ON_BUSY", "BUSY", Outcome.BUSY),
        ("MISSED_INCOMING", "", "FORWARD", Outcome.MISSED),
        ("MISSED_INCOMING", "", "BUSY", Outcome.BUSY),
        ("MISSED_OUTGOING", "BUSY", "BUSY", Outcome.BUSY),
        ("MISSED_OUTGOING", "FAILURE", "NOPICKUP", Outcome.FAILED),
        ("MISSED_OUTGOING", "", "NOPICKUP", Outcome.MISSED),
        ("INCOMING", "", "NOPICKUP", Outcome.MISSED),
        ("INCOMING", "", "", Outcome.UNKNOWN),
    ],
)
def test_outcomes(direction: str, call_status: str | None, status: str, outcome: Outcome) -> None:
    mapped = call(direction=direction, callStatus=call_status, status=status)
    assert mapped.outcome is outcome
    assert mapped.unknown_values == ()
    assert mapped.duration == (151 if outcome is Outcome.ANSWERED else None if outcome is Outcome.UNKNOWN else 0)


def test_a_value_nobody_knows_becomes_unknown_is_kept_and_is_named() -> None:
    odd = call(
        direction="SIDEWAYS",
        status="HUM",
        callStatus="TELEPORTED",
        endpoints=[{"type": "BEAMED", "endpoint": {"extension": "z1", "type": "HOLODECK"}}],
    )
    assert odd.outcome is Outcome.UNKNOWN
    assert odd.direction is Direction.INBOUND, "`incoming` still tells"
    assert set(odd.unknown_values) == {
        "direction=SIDEWAYS",
        "status=HUM",
        "callStatus=TELEPORTED",
        "endpoints.type=BEAMED",
        "endpoint.type=HOLODECK",
    }
    assert odd.raw["callStatus"] == "TELEPORTED"


def test_an_unknown_kind_of_entry_is_named() -> None:
    assert call(type="FAX_V2").unknown_values == ("type=FAX_V2",)


@pytest.mark.parametrize("changes", [{"id": ""}, {"id": None}, {"created": None}, {"created": "yesterday"}])
def test_an_entry_without_id_or_time_is_skipped(changes: dict[str, Any]) -> None:
    assert mapping.call({**ROWS[ANSWERED], **changes}) is None


def test_endpoints_become_legs() -> None:
    routed, picked_up = call().legs
    assert (routed.callee.extension, routed.outcome, routed.label) == ("p0", Outcome.UNKNOWN, "ROUTED PHONELINE")
    assert (picked_up.callee.extension, picked_up.outcome) == ("e0", Outcome.ANSWERED)


def test_a_voicemail_keeps_its_length_and_transcript() -> None:
    mapped = call(VOICEMAIL)
    assert (mapped.kind, mapped.outcome, mapped.duration) == (Kind.VOICEMAIL, Outcome.VOICEMAIL, None)
    assert mapped.voicemail is not None
    assert (mapped.voicemail.duration, mapped.voicemail.transcript) == (12, "Please call back.")
    assert mapped.recording is None


def test_a_text_is_not_said_to_be_delivered() -> None:
    mapped = call(SMS)
    assert (mapped.kind, mapped.outcome, mapped.unknown_values) == (Kind.SMS, Outcome.UNKNOWN, ())
    assert mapped.raw["smsContent"] == "See you at nine."


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("SENT", Outcome.ANSWERED),
        ("FAILED", Outcome.FAILED),
        ("SENDING", Outcome.IN_PROGRESS),
        ("", Outcome.UNKNOWN),
    ],
)
def test_faxes_have_their_own_states(state: str, outcome: Outcome) -> None:
    assert call(FAX, faxStatusType=state, status="").outcome is outcome


def test_a_received_fax_has_only_the_old_status() -> None:
    assert call(FAX, faxStatusType=None, direction="INCOMING").outcome is Outcome.ANSWERED


def test_links_that_open_without_a_password_are_not_kept() -> None:
    for entry in ROWS:
        assert "t0p-s3cret" not in json.dumps(dict(call(entry).raw))
    recorded = call()
    assert recorded.recording is not None
    assert recorded.recording.key == ANSWERED
    assert recorded.raw["recordings"][0]["id"] == "r1"


def test_an_empty_link_is_no_recording() -> None:
    assert call(MISSED).recording is None


def test_the_tables_name_each_documented_value_once() -> None:
    assert len(vocabulary.DIRECTIONS) == 4
    assert set(vocabulary.STATUSES) == {"NOPICKUP", "BUSY", "PICKUP", "FORWARD"}
    assert len(vocabulary.CALL_STATUSES) == 8


def test_credentials_and_puks_of_devices_are_not_kept() -> None:
    kept = json.dumps([dict(device.raw) for row in load("devices")["items"] if (device := directory.device(row))])
    for secret in ("sip-p4ssword", "12345678", "87654321", "3000001e0"):
        assert secret not in kept


def test_a_number_that_rings_nowhere_is_marked() -> None:
    routed, unrouted, _quick_dial = (directory.number(row) for row in load("numbers")["items"])
    assert routed is not None
    assert unrouted is not None
    assert (routed.status, routed.owner, routed.number) == ("", "Grete Beispiel", "+493023125001")
    assert (unrouted.status, unrouted.owner) == ("unrouted", "")


def test_a_channel_names_its_users() -> None:
    channel = directory.channel(load("channels")["items"][0], {"w0": "Grete Beispiel"})
    assert channel is not None
    assert channel.owner == "Grete Beispiel, w9"
