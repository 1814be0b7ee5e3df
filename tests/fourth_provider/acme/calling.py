"""Starting calls at Acme: the line rings first, then the number is dialled, and Acme tells how it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from telephony.core.call_errors import CannotBeCalled, DeviceNotAvailable
from telephony.core.calling import CallFailure, CallingDevice, CallProgress, CallStage, StartedCall
from telephony.core.http import Reply
from telephony.core.payload import text
from telephony.providers.acme.client import AcmeClient, checked

STAGES = {
    "ringing": CallStage.RINGING_OWN,
    "dialling": CallStage.RINGING_OTHER,
    "talking": CallStage.CONNECTED,
    "over": CallStage.ENDED,
    "failed": CallStage.FAILED,
}
FAILURES = {"busy": CallFailure.BUSY, "nobody": CallFailure.NO_ANSWER, "own_line": CallFailure.OWN_NO_ANSWER}
REFUSALS = {"bad_number": CannotBeCalled, "line_offline": DeviceNotAvailable}


class AcmeCalls(AcmeClient):
    """The client, with `PlacesCalls`."""

    def calling_devices(self) -> tuple[CallingDevice, ...]:
        """The phone lines; one request."""
        return tuple(CallingDevice(line.key, line.name, line.number) for line in self._lines())

    def start_call(self, device: str, number: str) -> StartedCall:
        """One request. Raises UnusableReply for a yes without an id: the call may run all the same."""
        reply = _not_refused(self._write("POST", "/started", "starting a call", {"line": device, "to": number}))
        row = reply.json_object()
        key = text(row.get("id"), limit=100)
        if not key:
            raise reply.unusable("the started call has no id")
        return StartedCall(key, progress(row))

    def call_progress(self, key: str) -> CallProgress:
        """Where the call stands; 404 once Acme has forgotten it."""
        return progress(self._get(f"/started/{quote(key, safe='')}", "following a call").json_object())

    def cancel_call(self, key: str) -> None:
        """Works while the own line rings; 404 later."""
        checked(self._write("DELETE", f"/started/{quote(key, safe='')}", "cancelling a call"))


def progress(row: Mapping[str, Any]) -> CallProgress:
    """Where a call stands. A word that nobody knows ends it without a reason, and is kept."""
    word = text(row.get("state"), limit=60)
    stage = STAGES.get(word, CallStage.FAILED)
    failure = FAILURES.get(text(row.get("reason")), CallFailure.OTHER) if stage is CallStage.FAILED else None
    return CallProgress(stage, failure, word, can_cancel=stage is CallStage.RINGING_OWN)


def _not_refused(reply: Reply) -> Reply:
    """The reply, unless the start was turned down: first by Acme's own words, then as everything else is."""
    kind = REFUSALS.get(text(reply.error_json().get("error"))) if reply.status == 400 else None
    if kind:
        raise kind(reply.provider, reply.operation, **reply.error_details())
    return checked(reply)
