"""Lines, extensions and numbers: what administrators see, and what the others."""

from __future__ import annotations

import pytest

from telephony.core.errors import ScopeMissing, UnusableReply
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import ExtensionKind, Feature, Json
from telephony.providers.goto.tests import company
from telephony.providers.goto.tests.company import ACCOUNT, ANSWERS, KEYS, client, listed, payload, refused, rows

PLAIN_KEYS: Json = {
    **KEYS,
    "accounts": [{"key": ACCOUNT, "name": "Example & Sons", "admin": False, "connect": True}],
}


def test_administrators_see_all_extensions_and_numbers() -> None:
    with playing(FakeApi(ANSWERS)):
        reader = client()
        lists = reader.extension_lists()
        assert [entry.feature for entry in lists] == [Feature.EXTENSIONS, Feature.EXTENSIONS, Feature.NUMBERS]
        lines, extensions, numbers = (list(entry.read()) for entry in lists)
    assert [(line.number, line.owner) for line in lines] == [("1001", "Example & Sons"), ("0900", "Example & Sons")]
    assert {record.vendor_type: record.kind for record in extensions} == {
        "DIRECT_EXTENSION": ExtensionKind.USER,
        "DIAL_PLAN": ExtensionKind.MENU,
        "CALL_QUEUE": ExtensionKind.QUEUE,
        "CONFERENCE_BRIDGE": ExtensionKind.OTHER,
        "RING_GROUP": ExtensionKind.GROUP,
        "SHARED_VOICEMAIL": ExtensionKind.VOICEMAIL_BOX,
        "VIRTUAL_FAX": ExtensionKind.FAX_LINE,
    }
    assert "0007" in [record.number for record in extensions], "leading zeros belong to the number"
    assert [number.owner for number in numbers] == ["Main menu", "Ada Example", "", ""]


def test_an_extension_of_a_new_kind_is_kept_under_its_own_name() -> None:
    page = Answer(company.EXTENSIONS, {"items": [rows("extensions_1")[0] | {"type": "HOLOGRAM_ROOM"}]})
    with playing(FakeApi([page, *ANSWERS])):
        (record,) = listed(client(), 1)
    assert (record.kind, record.vendor_type) == (ExtensionKind.OTHER, "HOLOGRAM_ROOM")


def test_others_see_their_lines_and_the_numbers_they_call_from() -> None:
    with playing(api := FakeApi(ANSWERS)):
        reader = client(PLAIN_KEYS)
        lists = reader.extension_lists()
        assert [entry.feature for entry in lists] == [Feature.EXTENSIONS, Feature.NUMBERS]
        numbers = list(lists[1].read())
    assert [record.number for record in numbers] == ["+12125550101", "+12125550100"]
    assert not [url for url in api.urls if "voice-admin" in url]


def test_where_nobody_knows_whether_one_administers_goto_decides() -> None:
    keys = {**KEYS, "accounts": [{"key": ACCOUNT, "admin": None, "connect": True}]}
    with playing(FakeApi([refused(company.NUMBERS), *ANSWERS])):
        reader = client(keys)
        assert len(reader.extension_lists()) == 3
        with pytest.raises(ScopeMissing) as caught:
            listed(reader, 2)
    assert caught.value.scopes == ("voice-admin.v1.read",)


def test_a_list_that_goes_in_circles_is_left() -> None:
    turning = Answer(company.EXTENSIONS, payload("extensions_1"))
    with playing(api := FakeApi([turning, *ANSWERS])), pytest.raises(UnusableReply):
        listed(client(), 1)
    assert len(api.requests) < 5


def test_a_marker_that_is_no_text_is_no_marker() -> None:
    odd = Answer(company.NUMBERS, {"items": [], "nextPageMarker": 2})
    with playing(FakeApi([odd, *ANSWERS])), pytest.raises(UnusableReply):
        listed(client(), 2)
