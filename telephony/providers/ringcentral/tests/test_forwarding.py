"""Forwarding numbers as what a RingOut rings first."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.errors import RateLimited, RoleMissing, ServerFault, UnusableReply
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.providers.ringcentral.calling import body_of
from telephony.providers.ringcentral.forwarding import forwarding_devices
from telephony.providers.ringcentral.tests.samples import ANSWERS, OWN, list_page, new_client

LIST = f"{OWN}/forwarding-number"
OTHERS = tuple(answer for answer in ANSWERS if answer.path != LIST)
DENIED = {"errorCode": "CMN-408", "permissionName": "ReadUserForwardingFlipNumbers", "errors": []}
NOT_FOR_THIS_TYPE = {"errorCode": "CMN-403", "errors": [{"errorCode": "CMN-403", "message": "Extension type"}]}


def row(key: str, number: str = "+19175550142", **more: Any) -> dict[str, Any]:
    """A forwarding number as RingCentral lists it."""
    return {"id": key, "phoneNumber": number, "label": "Mobile", "type": "Mobile", "features": ["CallFlip"]} | more


def test_direct_numbers_come_first_then_the_forwarding_numbers_in_use() -> None:
    with playing(api := FakeApi(ANSWERS)):
        found = new_client(region="US").calling_devices()

    assert [device.key for device in found] == ["+12125550101", "forwarding:42"]
    assert (found[1].name, found[1].number) == ("Mobile", "+19175550142")
    assert [url.partition("?")[0].rpartition("/")[2] for url in api.urls] == ["phone-number", "forwarding-number"]


def test_a_forwarding_number_rings_by_its_id_and_an_own_number_as_it_is() -> None:
    assert body_of("forwarding:42", "+14155550123")["from"] == {"forwardingNumberId": "42"}
    assert body_of("+12125550101", "+14155550123")["from"] == {"phoneNumber": "+12125550101"}


@pytest.mark.parametrize(
    "left_out",
    [
        row("1", features=[]),
        row("1", features=None),
        row("1", features=["Teleport"]),
        row("1", type="Outage"),
        row("1", type="ExtensionApps"),
        row("1", number="+12125550101"),
        row("1", number="+1917555XXXX"),
        row("1", number="101"),
        row("1", number=""),
        row(""),
        {"id": None, "phoneNumber": 7, "features": "CallFlip", "type": []},
    ],
)
def test_what_is_out_of_use_known_or_no_number_is_left_out(left_out: dict[str, Any]) -> None:
    assert forwarding_devices([left_out], "US", ["+12125550101"]) == ()


@pytest.mark.parametrize("kind", ["Home", "Mobile", "Work", "Other", "BusinessMobilePhone", "NewKind2027", None])
def test_every_kind_of_telephone_is_offered_once(kind: str | None) -> None:
    rows = [row("1", "(917) 555-0142", type=kind), row("2", "+19175550142", type=kind)]

    assert [device.key for device in forwarding_devices(rows, "US", ())] == ["forwarding:1"]


def test_all_pages_are_read() -> None:
    pages = (
        Answer(LIST, list_page([row("1")], more=True), query={"page": "1"}),
        Answer(LIST, list_page([row("2", "+19175550143")], page=2), query={"page": "2"}),
    )
    with playing(FakeApi([*pages, *OTHERS])):
        found = new_client(region="US").calling_devices()

    assert [device.key for device in found][1:] == ["forwarding:1", "forwarding:2"]


def test_a_list_that_does_not_move_on_ends() -> None:
    stuck = Answer(LIST, list_page([row("1")], more=True) | {"paging": {}})
    with playing(FakeApi([stuck, *OTHERS])), pytest.raises(UnusableReply):
        new_client(region="US").calling_devices()


@pytest.mark.parametrize(("status", "body"), [(403, DENIED), (403, NOT_FOR_THIS_TYPE), (404, {}), (403, {})])
def test_who_may_not_see_them_calls_from_her_direct_numbers(status: int, body: dict[str, Any]) -> None:
    with playing(FakeApi([Answer(LIST, body, status), *OTHERS])):
        assert [device.key for device in new_client(region="US").calling_devices()] == ["+12125550101"]


def test_without_a_direct_number_the_refusal_is_told() -> None:
    nothing = Answer(f"{OWN}/phone-number", list_page([]))
    with playing(FakeApi([nothing, Answer(LIST, DENIED, 403)])), pytest.raises(RoleMissing) as caught:
        new_client(region="US").calling_devices()
    assert caught.value.role == "ReadUserForwardingFlipNumbers"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(LIST, {"errorCode": "CMN-301"}, 429), RateLimited),
        (Answer(LIST, "", 503), ServerFault),
        (Answer(LIST, "<html>", 200, {"Content-Type": "text/html"}), UnusableReply),
        (Answer(LIST, '{"records": ['), UnusableReply),
        (Answer(LIST, {"records": {"id": "1"}}), UnusableReply),
    ],
)
def test_a_fault_is_told_and_no_short_list_shown(answer: Answer, expected: type[Exception]) -> None:
    with playing(FakeApi([answer, *OTHERS])), pytest.raises(expected):
        new_client(region="US").calling_devices()
