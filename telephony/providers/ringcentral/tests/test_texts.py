"""What RingCentral says about texts: refusals by code and parameter, states, and why one did not arrive."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from telephony.core import delivery_errors
from telephony.core.client import ClientContext
from telephony.core.errors import NotOnContract, ProviderError, ScopeMissing
from telephony.core.testing.fakes import ANY_URL, fake_door
from telephony.core.texts import OutgoingText, TextStatus
from telephony.core.write_errors import (
    ContentRefused,
    NumberNotAble,
    NumberNotOwned,
    RecipientBlocked,
    RecipientInvalid,
    WriteRefused,
)
from telephony.providers.ringcentral.spec import SPEC
from telephony.providers.ringcentral.texts import RingCentralTexts, _record

TEXT = OutgoingText("+12125550101", "+12125550142", "Hello")


def client() -> RingCentralTexts:
    """A client of the production environment."""
    return RingCentralTexts(ClientContext(SPEC.environments[0], fake_door(SPEC), lambda: "Bearer access"))


def refused(code: str, **more: str) -> dict[str, Any]:
    """An error body in the documented form."""
    return {"errors": [{"errorCode": code, "message": "no", **more}]}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, refused("MSG-245"), NumberNotOwned),
        (400, refused("MSG-304"), NumberNotOwned),
        (400, refused("MSG-242"), NumberNotAble),
        (400, refused("MSG-243"), RecipientBlocked),
        (400, refused("MSG-246"), RecipientInvalid),
        (400, refused("CMN-101", parameterName="to.phoneNumber"), RecipientInvalid),
        (400, refused("CMN-101", parameterName="from"), NumberNotOwned),
        (400, refused("CMN-101", parameterName="text"), ContentRefused),
        (400, refused("MSG-240"), WriteRefused),
        (403, refused("CMN-401", permissionName="SMS"), ScopeMissing),
        (403, refused("CMN-109"), NotOnContract),
    ],
    ids=str,
)
def test_a_refusal_has_its_own_error(status: int, body: dict[str, Any], expected: type[ProviderError]) -> None:
    with responses.RequestsMock() as mock:
        mock.add(responses.POST, ANY_URL, json=body, status=status)
        with pytest.raises(ProviderError) as raised:
            client().send_text(TEXT)
    assert type(raised.value) is expected


@pytest.mark.parametrize(
    ("word", "code", "status", "failure"),
    [
        ("Queued", "", TextStatus.QUEUED, ""),
        ("Sent", "SMS-CAR-104", TextStatus.SENT, ""),
        ("Delivered", "", TextStatus.DELIVERED, ""),
        ("DeliveryFailed", "SMS-CAR-411", TextStatus.FAILED, delivery_errors.NotReachable.code),
        ("SendingFailed", "SMS-RC-413", TextStatus.FAILED, delivery_errors.OptedOut.code),
        ("DeliveryFailed", "SMS-CAR-430", TextStatus.FAILED, delivery_errors.FilteredAsSpam.code),
        ("DeliveryFailed", "SMS-CAR-461", TextStatus.FAILED, delivery_errors.SenderNotRegistered.code),
        ("DeliveryFailed", "SMS-CAR-450", TextStatus.FAILED, delivery_errors.LimitReached.code),
        ("DeliveryFailed", "SMS-CAR-432", TextStatus.FAILED, delivery_errors.TooLongForCarrier.code),
        ("DeliveryFailed", "SMS-CAR-999", TextStatus.FAILED, delivery_errors.DeliveryFailed.code),
        ("SendingFailed", "", TextStatus.FAILED, delivery_errors.DeliveryFailed.code),
        ("Teleported", "", TextStatus.UNKNOWN, ""),
    ],
)
def test_the_state_decides_and_the_code_explains(word: str, code: str, status: TextStatus, failure: str) -> None:
    row = {"id": 1, "type": "SMS", "direction": "Outbound", "messageStatus": word, "deliveryErrorCode": code}
    for told in (row, {**row, "deliveryErrorCode": None, "to": [{"phoneNumber": "+1", "errorCode": code}]}):
        record = _record(told)
        assert record is not None
        assert (record.status, record.failure) == (status, failure)
        assert record.vendor_status == (code or word)


def test_only_numbers_with_the_feature_can_send() -> None:
    numbers = [
        {"id": 1, "phoneNumber": "+12125550101", "features": ["CallerId", "SmsSender"], "label": "Direct"},
        {"id": 2, "phoneNumber": "+12125550100", "features": ["CallerId"]},
        {"id": 3, "phoneNumber": "+12125550102"},
    ]
    with responses.RequestsMock() as mock:
        mock.add(responses.GET, ANY_URL, json={"records": numbers, "paging": {"page": 1, "totalPages": 1}})
        assert [sender.key for sender in client().text_senders()] == ["+12125550101"]
