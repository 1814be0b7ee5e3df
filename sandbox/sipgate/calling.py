"""Click to call, classic and neo."""

from __future__ import annotations

import re
import secrets

from flask import Blueprint, Response, jsonify

from sandbox.sipgate.access import Caller, Door, Refused, json_body, text_of

CALLS = "sipgate.placed_calls"
_NUMBER = re.compile(r"\+?[1-9]\d{2,14}|1\d{2}|[1-9]\d{1,3}")
_EXTENSION = re.compile(r"[epxy](0|[1-9]\d*)")


def _place(caller: Caller, device: str, target: str) -> str:
    session_id = secrets.token_hex(12).upper()
    record = {"account": caller.account, "device": device, "target": target}
    caller.sandbox.store.put(CALLS, session_id, record | {"at": caller.sandbox.clock.timestamp()})
    return session_id


def _own(caller: Caller, extension: str) -> None:
    """403 unless the extension is the caller's own."""
    if extension[1:] != str(caller.me.index):
        raise Refused(403)


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""

    @api.post("/sessions/calls")
    @door.opens("sessions:calls:write")
    def classic(caller: Caller) -> Response:
        caller.need_classic()
        body = json_body()
        who, callee = text_of(body, "caller"), text_of(body, "callee")
        device = who if _EXTENSION.fullmatch(who) else text_of(body, "deviceId")
        if not _EXTENSION.fullmatch(device) or not _NUMBER.fullmatch(callee):
            raise Refused(400)
        _own(caller, device)
        return jsonify(sessionId=_place(caller, device, callee))

    @api.post("/calls")
    @door.opens("rtcm:write")
    def neo(caller: Caller) -> Response:
        if not caller.neo:
            raise Refused(403)
        body = json_body()
        device, target = text_of(body, "deviceId"), text_of(body, "targetNumber")
        if not re.fullmatch(r"[1-9]\d{5,14}", target):
            raise Refused(400)
        if device.startswith("y"):
            raise Refused(400, "Invalid invitable device")
        _own(caller, device)
        return jsonify(callSid=_place(caller, device, target))

    @api.get("/calls")
    @door.opens("rtcm:read")
    def running(caller: Caller) -> Response:
        return jsonify(data=[])
