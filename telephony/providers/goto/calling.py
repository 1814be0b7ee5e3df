"""Click to call at GoTo Connect: `POST /calls/v2/calls` rings the person's own devices, which then dial.

The answer is 202 with an `initiatorId` and nothing else: no state of the call can be asked for, and it cannot be called off
(developer.goto.com/GoToConnect, Calls v2). A started call is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from telephony.core import payload
from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.calling import CallingDevice, CallProgress, CallStage, StartedCall
from telephony.core.errors import NotFound
from telephony.core.http import Reply
from telephony.core.write_errors import BalanceTooLow
from telephony.providers.goto import people
from telephony.providers.goto.endpoints import Endpoint
from telephony.providers.goto.errors import raise_for


def devices(rows: Iterable[Mapping[str, Any]], account_key: str) -> tuple[CallingDevice, ...]:
    """The own lines of the account, the primary one first: a call rings all devices of its line."""
    lines = [line for row in rows if (line := people.line(row)) and line.account_key in ("", account_key)]
    return tuple(
        CallingDevice(line.id, line.name or line.number or line.id, line.number)
        for line in sorted(lines, key=lambda line: not line.primary)
    )


def body_of(line: str, number: str) -> dict[str, object]:
    """What starts a call. Not answered by itself: a room full of people must not hear a call that a page has started."""
    return {"dialString": number, "from": {"lineId": line}, "autoAnswer": False}


def started(reply: Reply) -> StartedCall:
    """The answer to a start. Raises UnusableReply for what is no answer: the call may run all the same."""
    return StartedCall(
        payload.text(reply.json_object().get("initiatorId"), limit=191), CallProgress(CallStage.HANDED_OVER)
    )


def raise_refusal(reply: Reply, endpoint: Endpoint) -> None:
    """Raise what a start that was turned down means; return for a success. A violated field says whose fault it is."""
    if reply.status == 402:
        raise BalanceTooLow(reply.provider, reply.operation, **reply.error_details())
    if reply.status == 400 and not reply.is_page:
        violated = [
            payload.text(one.get("field")) for one in payload.mappings(reply.error_json().get("constraintViolations"))
        ]
        if any(field.startswith("dialString") for field in violated):
            raise CannotBeCalled(reply.provider, reply.operation, **reply.error_details())
        if any(field.startswith(("from", "phoneNumberId")) for field in violated):
            raise DeviceNotAvailable(reply.provider, reply.operation, **reply.error_details())
    try:
        raise_for(reply, endpoint)
    except NotFound as error:
        raise DeviceNotAvailable(reply.provider, reply.operation, **reply.error_details()) from error
