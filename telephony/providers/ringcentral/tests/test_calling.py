"""What RingCentral says about a RingOut, and what one may call from."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.calling import CallFailure, CallStage
from telephony.providers.ringcentral.calling import devices, progress

ALL_WORDS = (
    *("Invalid", "Success", "InProgress", "Busy", "NoAnswer", "RingOutFromThisNumberIsNotSupported", "Rejected"),
    *("GenericError", "Finished", "InternationalDisabled", "DestinationBlocked", "NotEnoughFunds", "NosuchUser"),
    *("Error", "CannotReach", "NoAnsweringMachine", "NoSessionFound", "Unknown"),
)


def status(whole: str, own: str, other: str) -> dict[str, Any]:
    """The answer about a RingOut."""
    return {"id": "1", "status": {"callStatus": whole, "callerStatus": own, "calleeStatus": other}}


@pytest.mark.parametrize(
    ("words", "stage", "failure"),
    [
        (("InProgress", "InProgress", "InProgress"), CallStage.RINGING_OWN, None),
        (("InProgress", "Success", "InProgress"), CallStage.RINGING_OTHER, None),
        (("Success", "Success", "Success"), CallStage.CONNECTED, None),
        (("Finished", "Finished", "Finished"), CallStage.ENDED, None),
        (("NoSessionFound", "Finished", "Finished"), CallStage.ENDED, None),
        (("InProgress", "NoAnswer", "InProgress"), CallStage.FAILED, CallFailure.OWN_NO_ANSWER),
        (("NoAnswer", "NoAnswer", "InProgress"), CallStage.FAILED, CallFailure.OWN_NO_ANSWER),
        (("Busy", "Finished", "Busy"), CallStage.FAILED, CallFailure.BUSY),
        (("NoAnswer", "Finished", "NoAnswer"), CallStage.FAILED, CallFailure.NO_ANSWER),
        (("Rejected", "Finished", "Rejected"), CallStage.FAILED, CallFailure.REJECTED),
        (("InternationalDisabled", "Finished", "InternationalDisabled"), CallStage.FAILED, CallFailure.NOT_ABROAD),
        (("DestinationBlocked", "Finished", "Error"), CallStage.FAILED, CallFailure.BLOCKED),
        (("NotEnoughFunds", "Finished", "Error"), CallStage.FAILED, CallFailure.NO_FUNDS),
        (("GenericError", "Finished", "CannotReach"), CallStage.FAILED, CallFailure.UNREACHABLE),
        (("NewWord2027", "Success", "NewWord2027"), CallStage.FAILED, CallFailure.OTHER),
    ],
)
def test_the_words_of_a_ring_out_become_stages(
    words: tuple[str, str, str], stage: CallStage, failure: CallFailure | None
) -> None:
    found = progress(status(*words))

    assert (found.stage, found.failure, found.word) == (stage, failure, "/".join(words))
    assert found.can_cancel is (stage is CallStage.RINGING_OWN)


@pytest.mark.parametrize("word", ALL_WORDS)
def test_no_word_of_the_reference_is_lost(word: str) -> None:
    for row in (status(word, "Success", word), status("InProgress", word, "InProgress"), status(word, word, word)):
        assert progress(row).stage in CallStage
        assert word in progress(row).word


@pytest.mark.parametrize("row", [{}, {"status": None}, {"status": []}, {"status": {"callStatus": 7}}])
def test_a_status_of_another_shape_breaks_nothing(row: dict[str, Any]) -> None:
    assert progress(row).stage in CallStage


def test_only_direct_numbers_that_can_ring_are_offered_the_primary_one_first() -> None:
    rows: list[dict[str, object]] = [
        {"phoneNumber": "+12125550100", "usageType": "MainCompanyNumber", "type": "VoiceFax"},
        {"phoneNumber": "+12125550103", "usageType": "DirectNumber", "type": "FaxOnly"},
        {"phoneNumber": "+12125550101", "usageType": "DirectNumber", "type": "VoiceFax"},
        {"phoneNumber": "(212) 555-0102", "usageType": "DirectNumber", "type": "VoiceOnly", "primary": True},
        {"usageType": "DirectNumber"},
    ]

    assert [device.key for device in devices(iter(rows), "US")] == ["+12125550102", "+12125550101"]
