"""RingOut: the service calls one telephone, then the other, and joins them."""

from __future__ import annotations

import re

from flask import Response

from sandbox.ringcentral import forwarding
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.errors import invalid_parameter, not_found
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.wire import Json, link
from sandbox.store import Record

BUCKET, COUNTER = "ringcentral_ringouts", "ringcentral_counters"
CALLER_AFTER, CALLEE_AFTER, FORGOTTEN_AFTER = 4.0, 9.0, 300.0
"""Seconds until the own telephone answers, until the other one does, and until the status is forgotten."""
_ENDS = {"0199": "Busy", "0198": "NoAnswer", "0197": "InternationalDisabled", "0196": "NotEnoughFunds"}
"""What becomes of calls to numbers that end like this."""
_DIALABLE = re.compile(r"\+?\d{2,15}")


def start(ask: Ask) -> Json:
    """`POST .../ring-out` with `from`, `to`, optional `callerId` and `playPrompt`."""
    extension, body = ask.own_only(), ask.body()
    caller, callee = _caller(extension, body), _number(body, "to")
    own = body.get("callerId")
    if isinstance(own, dict) and own.get("phoneNumber") not in (extension.direct_number, _main(ask)):
        raise invalid_parameter("callerId.phoneNumber")
    number = ask.sandbox.store.count_up(COUNTER, "ringout")
    key = f"Y3MxNzE4NDkyODg0NDM5MDJAMTAuNjIuMjUu{number:04d}"
    record: Record = {"extension": extension.id, "from": caller, "to": callee, "at": ask.now.timestamp()}
    ask.sandbox.store.put(BUCKET, key, record)
    return _rendered(ask, key, record)


def status(ask: Ask) -> Json:
    """`GET .../ring-out/{ringoutId}`."""
    key, record = _find(ask)
    return _rendered(ask, key, record)


def cancel(ask: Ask) -> Response:
    """`DELETE .../ring-out/{ringoutId}`: only before the first telephone has answered."""
    key, record = _find(ask)
    if ask.now.timestamp() >= record["at"] + CALLER_AFTER:
        raise not_found("ringoutId")
    ask.sandbox.store.delete(BUCKET, key)
    return Response(status=204)


def _find(ask: Ask) -> tuple[str, Record]:
    extension, key = ask.own_only(), ask.values["ringout"]
    record = ask.sandbox.store.get(BUCKET, key)
    if record is None or record["extension"] != extension.id:
        raise not_found("ringoutId")
    if ask.now.timestamp() > record["at"] + FORGOTTEN_AFTER:
        raise not_found("ringoutId")
    return key, record


def _rendered(ask: Ask, key: str, record: Record) -> Json:
    return {
        "id": key,
        "uri": link(f"/account/{ACCOUNT_ID}/extension/{record['extension']}/ring-out/{key}"),
        "status": _status(record["to"], ask.now.timestamp() - record["at"]),
    }


def _status(callee: str, age: float) -> Json:
    if age < CALLER_AFTER:
        return {"callStatus": "InProgress", "callerStatus": "InProgress", "calleeStatus": "InProgress"}
    if age < CALLEE_AFTER:
        return {"callStatus": "InProgress", "callerStatus": "Success", "calleeStatus": "InProgress"}
    end = _ENDS.get(callee[-4:])
    if end is not None:
        return {"callStatus": end, "callerStatus": "Finished", "calleeStatus": end}
    return {"callStatus": "Success", "callerStatus": "Success", "calleeStatus": "Success"}


def _caller(extension: Extension, body: Json) -> str:
    """What rings first: `from.phoneNumber`, or the number behind `from.forwardingNumberId`."""
    side = body.get("from")
    identity = side.get("forwardingNumberId") if isinstance(side, dict) else None
    if identity is None:
        return _number(body, "from")
    found = next((row for row in forwarding.numbers_of(extension) if row["id"] == str(identity)), None)
    if found is None:
        raise invalid_parameter("from.forwardingNumberId")
    return str(found["phoneNumber"])


def _number(body: Json, name: str) -> str:
    side = body.get(name)
    value = side.get("phoneNumber") if isinstance(side, dict) else None
    if not isinstance(value, str) or not _DIALABLE.fullmatch(value):
        raise invalid_parameter(f"{name}.phoneNumber")
    return value


def _main(ask: Ask) -> str:
    return ask.pbx.company.main_number_us
