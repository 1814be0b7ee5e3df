"""Labels of legs in words: what no table has is made readable, and never lost."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from telephony.core.leg_words import humanised
from telephony.core.registry import get_spec
from telephony.providers.ringcentral import vocabulary
from telephony.providers.ringcentral.mapping import call_leg
from telephony.providers.ringcentral.vocabulary import ACTIONS, LEG_TYPES
from telephony.providers.sipgate.vocabulary import ENDPOINT_ROLES, ENDPOINT_TYPES
from telephony.tests.making import make_account, make_calls


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("ROUTED NEW_THING", "Routed new thing"),
        ("PstnToSip", "Pstn to sip"),
        ("VoIP Call", "VoIP call"),
        ("+49 30 23125001", "+49 30 23125001"),
        ("Grete: desk", "Grete: desk"),
        ("", ""),
    ],
)
def test_an_unknown_word_is_made_readable(label: str, words: str) -> None:
    assert humanised(label) == words


@pytest.mark.parametrize(
    ("provider", "label", "words"),
    [
        ("sipgate", "ROUTED PHONELINE", "Went through: Phone line"),
        ("sipgate", "PICKUP REGISTER", "Picked up: Telephone"),
        ("sipgate", "FORWARDED NEW_THING", "Forwarded to: New thing"),
        ("sipgate", "PICKUP", "Picked up: unknown"),
        ("sipgate", "NEW_ROLE MOBILE", "New role mobile"),
        ("sipgate", "MOBILE", "Mobile phone"),
        ("sipgate", "", ""),
        ("ringcentral", "FindMe", "Rang the next telephone"),
        ("ringcentral", "PstnToSip", "From the public telephone network"),
        ("ringcentral", "NewLegType", "New leg type"),
        ("goto", "+14155550142", "+14155550142"),
    ],
)
def test_a_providers_words_are_put_into_ours(provider: str, label: str, words: str) -> None:
    assert get_spec(provider).leg_words(label) == words


def test_no_known_word_is_shown_raw() -> None:
    sipgate, ringcentral = get_spec("sipgate").leg_words, get_spec("ringcentral").leg_words
    for role in ENDPOINT_ROLES:
        assert not any(
            sipgate(f"{role} {kind}").isupper() or kind in sipgate(f"{role} {kind}") for kind in ENDPOINT_TYPES
        )
    assert all(ringcentral(action) == ACTIONS[action] for action in ACTIONS)
    assert all(ringcentral(kind) == LEG_TYPES[kind] for kind in LEG_TYPES)


DOCUMENTED_ACTIONS = (
    *("Accept Call", "Barge In Call", "Call Park", "Call Return", "CallOut-CallMe", "Calling Card", "Conference Call"),
    *("E911 Update", "Emergency", "External Application", "FindMe", "FollowMe", "FreeSPDL", "Hunting", "Incoming Fax"),
    *("Monitoring", "Move", "Outgoing Fax", "Paging", "Park Location", "Phone Call", "Phone Login", "Pickup"),
    *("RC Meetings", "Ring Directly", "RingMe", "RingOut Mobile", "RingOut PC", "RingOut Web", "Sip Forwarding"),
    *("Support", "Text Relay", "Transfer", "Unknown", "VoIP Call", "VoiceChat Call"),
)
DOCUMENTED_LEG_TYPES = (
    *("SipForwarding", "ServiceMinus2", "ServiceMinus3", "PstnToSip", "Accept", "FindMe", "FollowMe", "TestCall"),
    *("FaxSent", "CallBack", "CallingCard", "RingDirectly", "RingOutWebToSubscriber", "RingOutWebToCaller"),
    *("SipToPstnMetered", "RingOutClientToSubscriber", "RingOutClientToCaller", "RingMe", "TransferCall"),
    *("SipToPstnUnmetered", "RingOutDeviceToSubscriber", "RingOutDeviceToCaller", "RingOutOneLegToCaller"),
    *("ExtensionToExtension", "CallPark", "PagingServer", "Hunting", "OutgoingFreeSpDl", "ParkLocation"),
    *("CallMeCallOut", "ConferenceCall", "MobileApp", "MoveToConference", "Unknown", "MeetingsCall"),
    *("SilentMonitoring", "Monitoring", "Pickup", "ImsCall", "JoinCall", "TextRelay", "IvaCall"),
)


@pytest.mark.parametrize("label", sorted({*DOCUMENTED_ACTIONS, *DOCUMENTED_LEG_TYPES}))
def test_every_documented_word_of_ringcentral_is_translated(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "gettext", lambda text: f"translated: {text}")
    assert get_spec("ringcentral").leg_words(label).startswith("translated: ")


def test_a_leg_without_an_action_is_told_by_how_it_was_connected() -> None:
    leg = call_leg({"legType": "ExtensionToExtension", "direction": "Inbound"}, "US", [])
    assert get_spec("ringcentral").leg_words(leg.label) == "From one extension to another"


def test_the_timeline_of_a_call_shows_words(person: User, browser: Client) -> None:
    legs = [{"label": "ROUTED PHONELINE"}, {"label": "PICKUP REGISTER"}, {"label": "SOMETHING_NEW"}, {"label": 7}]
    (call,) = make_calls(make_account(person, provider="sipgate"), 1, legs=legs)
    page = browser.get(call.get_absolute_url()).content.decode()
    for words in ("Went through: Phone line", "Picked up: Telephone", "Something new"):
        assert words in page
    assert "PHONELINE" not in page
