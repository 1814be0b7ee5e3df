"""Which devices sipgate can ring, and how a call is started on classic and on neo accounts."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.capabilities import capability_card
from telephony.core.types import Capability, CapabilityState, Feature
from telephony.providers.sipgate.calling import devices, start_of
from telephony.providers.sipgate.spec import SPEC


def row(key: str, kind: str, **more: Any) -> dict[str, Any]:
    """A device as sipgate lists it."""
    return {"id": key, "alias": f"Device {key}", "type": kind} | more


def test_the_default_device_comes_first_and_offline_ones_last() -> None:
    rows = [
        row("e1", "REGISTER", online=False),
        row("y0", "MOBILE", online=True),
        row("x2", "EXTERNAL", number="+49301"),
    ]

    found = devices(rows, neo=False, default="x2")

    assert [device.key for device in found] == ["classic:x2", "classic:y0", "classic:e1"]
    assert found[0].number == "+49301"


def test_neo_rings_no_sim_card_and_warns_of_the_mobile_app() -> None:
    found = devices([row("y0", "MOBILE"), row("a0", "APP"), row("a1", "DESKTOP_APP")], neo=True)

    assert [device.key for device in found] == ["neo:a0", "neo:a1"]
    assert [bool(device.remark) for device in found] == [True, False]


@pytest.mark.parametrize("rows", [[{}], [{"id": None}], [{"id": ""}]])
def test_a_device_without_an_id_is_left_out(rows: list[dict[str, Any]]) -> None:
    assert devices(rows, neo=False) == ()


def test_each_system_has_its_own_path_and_way_of_writing_numbers() -> None:
    classic, neo = start_of("classic:e0", "+493023125999"), start_of("neo:e0", "+493023125999")

    assert (classic.path, dict(classic.body)) == ("/sessions/calls", {"caller": "e0", "callee": "+493023125999"})
    assert (neo.path, dict(neo.body)) == ("/calls", {"deviceId": "e0", "targetNumber": "493023125999"})
    assert (classic.scope, neo.scope) == ("sessions:calls:write", "rtcm:write")


@pytest.mark.parametrize("key", ["", "e0", "classic:", "other:e0", "neo"])
def test_a_key_of_another_form_starts_nothing(key: str) -> None:
    with pytest.raises(ValueError, match="not a device"):
        start_of(key, "+493023125999")


def calling_row(granted: str, **keys: Any) -> Capability:
    """The line *Start calls* of the capability card."""
    card = capability_card(SPEC, frozenset(granted.split()), {}, keys)
    return next(capability for capability in card if capability.feature is Feature.START_CALL)


@pytest.mark.parametrize(("neo", "scope"), [(False, "sessions:calls:write"), (True, "rtcm:write")])
def test_the_card_names_the_scope_that_the_accounts_system_needs(neo: bool, scope: str) -> None:
    (other,) = {"sessions:calls:write", "rtcm:write"} - {scope}

    assert calling_row("users:read", neo=neo).missing == (scope,)
    assert calling_row(other, neo=neo).missing == (scope,), "the other system's scope starts no calls here"
    assert calling_row(scope, neo=neo).state is CapabilityState.UNKNOWN


@pytest.mark.parametrize("keys", [{}, {"neo": None}, {"neo": "yes"}])
def test_while_the_system_is_not_known_either_scope_will_do(keys: dict[str, Any]) -> None:
    assert calling_row("rtcm:write", **keys).state is CapabilityState.UNKNOWN
    assert calling_row("sessions:calls:write", **keys).state is CapabilityState.UNKNOWN
    assert calling_row("users:read", **keys).state is CapabilityState.SCOPE_MISSING
