"""Click to call at sipgate: classic accounts by `POST /sessions/calls`, neo accounts by `POST /calls` (beta).

Either way the own device rings first. Neither tells afterwards how the call goes, and only neo's established calls can be ended by id
(help.sipgate.de; github.com/sipgate/sipgateio-click2dial): a started call is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from telephony.core import payload
from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.calling import CallingDevice, CallProgress, CallStage, StartedCall
from telephony.core.http import Reply
from telephony.core.write_errors import BalanceTooLow
from telephony.providers.sipgate.claims import TokenClaims
from telephony.providers.sipgate.errors import raise_for

CLASSIC, NEO = "classic", "neo"
_APPS = frozenset({"APP", "MOBILE_APP"})
_NEVER_ON_NEO = frozenset({"MOBILE"})  # POST /calls refuses SIM cards: "Invalid invitable device"


@dataclass(frozen=True, slots=True)
class Start:
    """What starts a call: a path, the scope that it takes, and a body."""

    path: str
    scope: str
    body: Mapping[str, str]


def devices(rows: Iterable[Mapping[str, Any]], *, neo: bool, default: str = "") -> tuple[CallingDevice, ...]:
    """The person's own devices: her default first, then those that are online. The key remembers the kind of account."""
    found = [device for row in rows if (device := _device(row, neo=neo))]
    system = NEO if neo else CLASSIC
    return tuple(sorted(found, key=lambda device: (device.key != f"{system}:{default}", device.online is False)))


def start_of(device: str, number: str) -> Start:
    """The request. neo takes numbers without the plus; classic takes them with it. Raises ValueError for a key that is not ours."""
    system, _colon, identity = device.partition(":")
    if system == CLASSIC and identity:
        return Start("/sessions/calls", "sessions:calls:write", {"caller": identity, "callee": number})
    if system == NEO and identity:
        return Start("/calls", "rtcm:write", {"deviceId": identity, "targetNumber": number.removeprefix("+")})
    raise ValueError("not a device of sipgate")


def started(reply: Reply) -> StartedCall:
    """The answer to a start; its id has three names. Raises UnusableReply for what is no answer: the call may run all the same."""
    row = reply.json_object()
    named = (payload.text(row.get(name), limit=191) for name in ("sessionId", "callSid", "callId"))
    key = next(filter(None, named), "")
    if not key:
        raise reply.unusable("the started call has no id")
    return StartedCall(key, CallProgress(CallStage.HANDED_OVER))


def raise_refusal(reply: Reply, start: Start, claims: TokenClaims) -> None:
    """Raise what a start that was turned down means; return for a success."""
    if reply.status == 402:
        raise BalanceTooLow(reply.provider, reply.operation, **reply.error_details())
    if reply.status == 400 and not reply.is_page:
        kind = DeviceNotAvailable if "device" in reply.text[:500].lower() else CannotBeCalled
        raise kind(reply.provider, reply.operation, **reply.error_details())
    if reply.status == 403 and not reply.text.strip() and not claims.may_lack(start.scope):
        # The permission is there, and no sentence names another reason: the device belongs to somebody else, or is gone.
        raise DeviceNotAvailable(reply.provider, reply.operation, **reply.error_details())
    raise_for(reply, claims, start.scope)


def _device(row: Mapping[str, Any], *, neo: bool) -> CallingDevice | None:
    identity, kind = payload.text(row.get("id"), limit=60), payload.text(row.get("type"), limit=40).upper()
    if not identity or (neo and kind in _NEVER_ON_NEO):
        return None
    remark = _("sipgate starts the call, but the mobile app may not ring.") if neo and kind in _APPS else ""
    return CallingDevice(
        f"{NEO if neo else CLASSIC}:{identity}",
        payload.text(row.get("alias"), limit=100) or identity,
        payload.text(row.get("number"), limit=60),
        payload.boolean(row.get("online")),
        remark,
    )
