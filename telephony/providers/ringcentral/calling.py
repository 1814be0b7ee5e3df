"""RingOut: RingCentral calls the person's own telephone, then the other one, and joins them.

The words of a RingOut's status are those of the API reference (`callStatus`, `callerStatus`, `calleeStatus`); it can be called off only
before the own telephone has answered (developers.ringcentral.com/guide/voice/ringout).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from telephony.core import payload
from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.calling import CallFailure, CallingDevice, CallProgress, CallStage, StartedCall
from telephony.core.errors import ProviderError
from telephony.core.http import Reply
from telephony.core.phone import to_e164
from telephony.core.write_errors import BalanceTooLow
from telephony.providers.ringcentral.errors import error_for
from telephony.providers.ringcentral.forwarding import ring_out_from

RING_OUTS = "/restapi/v1.0/account/~/extension/~/ring-out"
_CANNOT_RING = frozenset({"FaxOnly"})
_RUNNING, _DONE = "InProgress", frozenset({"Success", "Finished"})
_OWN_SIDE = {
    "Busy": CallFailure.OWN_BUSY,
    "NoAnswer": CallFailure.OWN_NO_ANSWER,
    "Rejected": CallFailure.OWN_NO_ANSWER,
    "RingOutFromThisNumberIsNotSupported": CallFailure.OWN_UNREACHABLE,
    "CannotReach": CallFailure.OWN_UNREACHABLE,
    "NosuchUser": CallFailure.OWN_UNREACHABLE,
}
_OTHER_SIDE = {
    "Busy": CallFailure.BUSY,
    "NoAnswer": CallFailure.NO_ANSWER,
    "Rejected": CallFailure.REJECTED,
    "CannotReach": CallFailure.UNREACHABLE,
    "NosuchUser": CallFailure.NOT_IN_SERVICE,
    "Invalid": CallFailure.NOT_IN_SERVICE,
    "InternationalDisabled": CallFailure.NOT_ABROAD,
    "DestinationBlocked": CallFailure.BLOCKED,
    "NotEnoughFunds": CallFailure.NO_FUNDS,
    "RingOutFromThisNumberIsNotSupported": CallFailure.OWN_UNREACHABLE,
}


def ring_out_path(key: str) -> str:
    """The path of one RingOut."""
    return f"{RING_OUTS}/{quote(key, safe='')}"


def body_of(device: str, number: str) -> dict[str, object]:
    """What starts a RingOut. Without the prompt, which would ask to press 1 first."""
    return {"from": ring_out_from(device), "to": {"phoneNumber": number}, "playPrompt": False}


def devices(rows: Iterable[Mapping[str, Any]], region: str | None) -> tuple[CallingDevice, ...]:
    """The own numbers that ring the person's telephones, her direct ones first. Numbers of the whole company ring others."""
    found = []
    for row in rows:
        number = payload.text(row.get("phoneNumber"), limit=60)
        if number and payload.text(row.get("usageType")) == "DirectNumber" and row.get("type") not in _CANNOT_RING:
            e164 = to_e164(number, region) or number
            found.append(
                (row.get("primary") is not True, CallingDevice(e164, payload.text(row.get("label"), limit=100), e164))
            )
    return tuple(device for _second, device in sorted(found, key=lambda entry: entry[0]))


def started(reply: Reply) -> StartedCall:
    """The answer to a start. Raises UnusableReply without an id: the call runs, but cannot be followed."""
    row = reply.json_object()
    key = payload.text(row.get("id"), limit=191)
    if not key:
        raise reply.unusable("the RingOut has no id")
    return StartedCall(key, progress(row))


def progress(row: Mapping[str, Any]) -> CallProgress:
    """Where a RingOut stands."""
    status = payload.mapping(row.get("status"))
    whole, own, other = (
        payload.text(status.get(name), limit=60) for name in ("callStatus", "callerStatus", "calleeStatus")
    )
    word = "/".join(filter(None, (whole, own, other)))
    if whole in ("", _RUNNING):
        if own in ("", _RUNNING):
            return CallProgress(CallStage.RINGING_OWN, word=word, can_cancel=True)
        if own in _DONE:
            return CallProgress(CallStage.RINGING_OTHER, word=word)
        return CallProgress(CallStage.FAILED, _OWN_SIDE.get(own, CallFailure.OTHER), word)
    if whole == "Success":
        return CallProgress(CallStage.CONNECTED, word=word)
    if whole == "Finished" or whole == "NoSessionFound":
        return CallProgress(CallStage.ENDED, word=word)
    if own not in ("", _RUNNING, *_DONE):
        return CallProgress(CallStage.FAILED, _OWN_SIDE.get(own, CallFailure.OTHER), word)
    return CallProgress(CallStage.FAILED, _OTHER_SIDE.get(whole) or _OTHER_SIDE.get(other) or CallFailure.OTHER, word)


def refusal(reply: Reply) -> ProviderError:
    """The error of a start that was turned down; for a wrong parameter, its name says whose fault it is."""
    if reply.status == 402:
        return BalanceTooLow(reply.provider, reply.operation, **reply.error_details())
    if reply.status == 400 and not reply.is_page:
        named = _parameters(reply.error_json())
        if any(name.startswith(("from", "callerId")) for name in named):
            return DeviceNotAvailable(reply.provider, reply.operation, **reply.error_details())
        if any(name.startswith("to") for name in named):
            return CannotBeCalled(reply.provider, reply.operation, **reply.error_details())
    return error_for(reply)


def _parameters(body: Mapping[str, Any]) -> list[str]:
    return [payload.text(one.get("parameterName"), limit=80) for one in (body, *payload.mappings(body.get("errors")))]
