"""Text messages: sending, and the extensions that send."""

from __future__ import annotations

import re

from flask import Blueprint, Response, jsonify

from sandbox.sipgate.access import Caller, Door, Refused, json_body, text_of
from sandbox.sipgate.account import charge
from sandbox.sipgate.entries import SENT

PRICE = 588
"""Ten-thousandths of a euro for every 160 characters."""
_LATEST = 30 * 86400
_RECIPIENT = re.compile(r"\+[1-9]\d{5,14}")


def _send_at(caller: Caller, body: dict[str, object]) -> float:
    """When to send: now, or the Unix seconds asked for, in the future and within 30 days."""
    wanted, now = body.get("sendAt"), caller.sandbox.clock.timestamp()
    if wanted is None:
        return now
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not now < wanted <= now + _LATEST:
        raise Refused(400)
    return float(wanted)


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""

    @api.post("/sessions/sms")
    @door.opens("sessions:sms:write")
    def send(caller: Caller) -> tuple[str, int]:
        body = json_body()
        if "smsId" not in body:
            raise Refused(500)
        sms_id, recipient, message = (text_of(body, name) for name in ("smsId", "recipient", "message"))
        if sms_id != f"s{caller.me.index}":
            raise Refused(403)
        if not _RECIPIENT.fullmatch(recipient):
            raise Refused(400)
        at = _send_at(caller, body)
        if not charge(caller, PRICE * -(-len(message) // 160)):
            raise Refused(402)
        number = caller.sandbox.store.count_up("counters", "sipgate.sms", 880_000_001)
        record = {"account": caller.account, "person": caller.me.index, "sms_id": sms_id, "at": at}
        record |= {"source": "sipgate", "recipient": recipient, "message": message}
        caller.sandbox.store.put(SENT, str(number), record)
        return "", 204

    @api.get("/<user_id>/sms")
    @door.opens("sms:read")
    def extensions(caller: Caller, user_id: str) -> Response:
        person = caller.person(user_id)
        return jsonify(items=[{"id": f"s{person.index}", "alias": "SMS", "callerId": "sipgate"}])

    @api.get("/<user_id>/sms/<sms_id>/callerids")
    @door.opens("sms:callerid:read")
    def caller_ids(caller: Caller, user_id: str, sms_id: str) -> Response:
        person = caller.person(user_id)
        if sms_id != f"s{person.index}":
            raise Refused(404)
        own = {"id": 700 + person.index, "phonenumber": person.mobile_de, "verified": True, "defaultNumber": False}
        return jsonify(items=[{"id": 0, "phonenumber": "sipgate", "verified": True, "defaultNumber": True}, own])
