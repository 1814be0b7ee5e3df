"""Webhook settings and the block list."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.sipgate.access import Caller, Door, Refused, json_body

HOOKS, BLOCKED = "sipgate.hooks", "sipgate.blocked"
_NUMBER = re.compile(r"\+?[1-9]\d{1,14}")


def _problem(status: int, title: str, pointer: str) -> Response:
    error = {"status": status, "title": title, "detail": title, "source": {"pointer": pointer}}
    response = jsonify(errors=[error])
    response.status_code = status
    return response


def _listed(caller: Caller) -> list[dict[str, Any]]:
    prefix = f"{caller.account}:"
    return [record for key, record in caller.sandbox.store.items(BLOCKED) if key.startswith(prefix)]


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""
    _add_hooks(api, door)
    _add_blocking(api, door)


def _add_hooks(api: Blueprint, door: Door) -> None:
    @api.get("/settings/sipgateio")
    @door.opens("settings:sipgateio:read")
    def hooks(caller: Caller) -> Response:
        caller.need_admin()
        unset = {"incomingUrl": "", "outgoingUrl": "", "log": False, "whitelist": None}
        return jsonify(caller.sandbox.store.get(HOOKS, caller.account) or unset)

    @api.put("/settings/sipgateio")
    @door.opens("settings:sipgateio:write")
    def set_hooks(caller: Caller) -> tuple[str, int]:
        caller.need_admin()
        body = json_body()
        urls = {name: body.get(name) for name in ("incomingUrl", "outgoingUrl")}
        if not all(isinstance(url, str) for url in urls.values()):
            raise Refused(400)
        if caller.neo and any(str(url).startswith("http:") for url in urls.values()):
            raise Refused(400)
        rest = {"log": bool(body.get("log")), "whitelist": body.get("whitelist")}
        caller.sandbox.store.put(HOOKS, caller.account, urls | rest)
        return "", 204

    @api.get("/log/webhooks")
    @door.opens("log:webhooks:read")
    def hook_log(caller: Caller) -> Response:
        caller.need_admin()
        return jsonify(items=[])


def _add_blocking(api: Blueprint, door: Door) -> None:
    @api.get("/blacklist/incoming")
    @door.opens("blacklist:read")
    def blocked(caller: Caller) -> Response:
        return jsonify(items=_listed(caller))

    @api.post("/blacklist/incoming")
    @door.opens("blacklist:write")
    def block(caller: Caller) -> Response | tuple[Response, int]:
        body = json_body()
        number = str(body.get("phoneNumber", ""))
        if not _NUMBER.fullmatch(number):
            return _problem(400, "Invalid phone number", "/phoneNumber")
        record = {"phoneNumber": f"+{number.lstrip('+')}", "isBlock": bool(body.get("isBlock"))}
        if any(entry["phoneNumber"] == record["phoneNumber"] for entry in _listed(caller)):
            return _problem(409, "Entry exists already", "/phoneNumber")
        caller.sandbox.store.put(BLOCKED, f"{caller.account}:{record['phoneNumber']}", record)
        return jsonify(record), 201

    @api.delete("/blacklist/incoming/<number>")
    @door.opens("blacklist:write")
    def unblock(caller: Caller, number: str) -> tuple[str, int]:
        if not _NUMBER.fullmatch(number):
            raise Refused(400)
        if not caller.sandbox.store.delete(BLOCKED, f"{caller.account}:+{number.lstrip('+')}"):
            raise Refused(404)
        return "", 204
