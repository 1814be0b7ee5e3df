"""Devices, phone lines, numbers, groups, fax lines, voicemails and channels."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.model import Person, Queue
from sandbox.sipgate.access import Caller, Door, Refused
from sandbox.sipgate.oauth import PREFIX
from sandbox.sipgate.people import device_id, line_id


def _api(path: str) -> str:
    return f"{request.host_url.rstrip('/')}{PREFIX}/api/v2{path}"


def _line(person: Person) -> dict[str, str]:
    base = _api(f"/w{person.index}/phonelines/{line_id(person)}")
    parts = ("blockAnonymous", "devices", "forwardings", "numbers", "parallelForwardings", "voicemails")
    return {"id": line_id(person), "alias": person.name} | {f"{part}Url": f"{base}/{part.lower()}" for part in parts}


def _devices(caller: Caller, person: Person) -> list[dict[str, Any]]:
    groups = [
        {"id": f"g{queue.index}", "alias": queue.name}
        for queue in caller.sandbox.company.queues
        if person.index in queue.members and not caller.neo
    ]
    lines = [] if caller.neo else [{"id": line_id(person), "alias": person.name}]
    common = {"dnd": person.do_not_disturb, "activePhonelines": lines, "activeGroups": groups}
    desk = {
        "id": device_id(person),
        "alias": f"Desk phone {person.first_name}",
        "type": "REGISTER",
        "online": person.online,
        **common,
        "credentials": {
            "username": f"{caller.account}{device_id(person)}",
            "password": "sandbox-sip-password",
            "sipServer": "sipgate.de",
            "outboundProxy": "sipgate.de",
            "sipServerWebsocketUrl": "wss://sip.example.invalid",
        },
        "registered": [{"userAgent": "Desk 7.1", "ip": "192.0.2.17", "port": "5060"}] if person.online else [],
        "emergencyAddressId": "4711",
        "addressUrl": _api("/addresses/4711"),
    }
    devices: list[dict[str, Any]] = [desk]
    if person.index % 4 == 0:
        credentials = {"simId": f"89490000000000000{person.index:02d}", "puk1": "00000000", "puk2": "00000000"}
        mobile = {"id": f"y{person.index}", "alias": "Mobile", "type": "MOBILE", "online": True, **common}
        devices.append(mobile | {"credentials": credentials, "simState": "ACTIVE", "esim": False})
    if person.index % 5 == 1:
        external = {"id": f"x{person.index}", "alias": "Home office", "type": "EXTERNAL", "online": True, **common}
        devices.append(external | {"number": person.mobile_de, "incomingCallDisplayState": "CALLER_NUMBER"})
    if caller.neo:
        app = {"id": f"a{person.index}", "alias": "Desktop app", "type": "DESKTOP_APP", "online": True, **common}
        devices.append(app)
    return devices


def _owner(caller: Caller, extension: str) -> Person:
    """The person behind an id such as `e3` or `p3`."""
    if not extension[1:].isdigit():
        raise Refused(404)
    return caller.person(f"w{extension[1:]}")


def _number(number_id: int, number: str, endpoint: str, alias: str, url: str) -> dict[str, Any]:
    return {
        "id": str(number_id),
        "number": number,
        "localized": f"0{number[3:5]}-{number[5:]}",
        "type": "LANDLINE",
        "endpointId": endpoint,
        "endpointAlias": alias,
        "endpointUrl": url,
    }


def _person_number(caller: Caller, person: Person) -> dict[str, Any]:
    endpoint = device_id(person) if caller.neo else line_id(person)
    url = _api(f"/devices/{endpoint}" if caller.neo else f"/w{person.index}/phonelines/{endpoint}")
    return _number(9_000_001 + person.index, person.number_de, endpoint, person.name, url)


def _group_number(queue: Queue) -> dict[str, Any]:
    return _number(
        9_000_101 + queue.index, queue.number_de, f"g{queue.index}", queue.name, _api(f"/groups/g{queue.index}")
    )


def _unrouted() -> list[dict[str, Any]]:
    return [_number(9_000_901 + i, f"+4930231259{90 + i}", "", "", "") for i in range(3)]


def _numbers(caller: Caller) -> list[dict[str, Any]]:
    company = caller.sandbox.company
    fax = _number(9_000_201, "+493023125800", "f0", "Fax", _api("/w0/faxlines/f0"))
    main = _number(9_000_000, company.main_number_de, "g2", company.queues[2].name, _api("/groups/g2"))
    people = [_person_number(caller, person) for person in company.persons]
    return [main, *people, *(_group_number(queue) for queue in company.queues), fax, *_unrouted()]


def paging(default: int, maximum: int) -> tuple[int, int]:
    """`offset` and `limit` of the query; 400 when one is no number or out of range."""
    try:
        offset, limit = int(request.args.get("offset", 0)), int(request.args.get("limit", default))
    except ValueError:
        raise Refused(400) from None
    if not (0 <= offset <= 2_147_483_647 and 0 <= limit <= maximum):
        raise Refused(400)
    return offset, limit


def _group(caller: Caller, queue: Queue) -> dict[str, Any]:
    persons = [caller.sandbox.company.persons[index] for index in queue.members]
    users = [
        {"id": f"w{person.index}", "firstname": person.first_name, "lastname": person.last_name} for person in persons
    ]
    return {"id": f"g{queue.index}", "alias": queue.name, "users": users}


def _channel(caller: Caller, person: Person) -> dict[str, Any]:
    devices = [device["id"] for device in _devices(caller, person)]
    channel_id = uuid.uuid5(uuid.NAMESPACE_URL, f"channel:{caller.account}:{person.index}")
    return {"id": str(channel_id), "name": person.name, "users": [{"id": f"w{person.index}", "deviceIds": devices}]}


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""
    _add_devices(api, door)
    _add_lines(api, door)
    _add_numbers(api, door)
    _add_shared(api, door)


def _add_devices(api: Blueprint, door: Door) -> None:
    @api.get("/<user_id>/devices")
    @door.opens("devices:read")
    def devices(caller: Caller, user_id: str) -> Response:
        return jsonify(items=_devices(caller, caller.person(user_id)))

    @api.get("/devices/<extension>")
    @door.opens("devices:read")
    def device(caller: Caller, extension: str) -> Response:
        for candidate in _devices(caller, _owner(caller, extension)):
            if candidate["id"] == extension:
                return jsonify(candidate)
        raise Refused(404)


def _add_lines(api: Blueprint, door: Door) -> None:
    @api.get("/<user_id>/phonelines")
    @door.opens("phonelines:read")
    def phonelines(caller: Caller, user_id: str) -> Response:
        caller.need_classic()
        return jsonify(items=[_line(caller.person(user_id))])

    @api.get("/<user_id>/phonelines/<line>")
    @door.opens("phonelines:read")
    def phoneline(caller: Caller, user_id: str, line: str) -> Response:
        caller.need_classic()
        person = caller.person(user_id)
        if line != line_id(person):
            raise Refused(404)
        voicemails = [{"id": f"v{person.index}", "timeout": 20, "active": True}] if person.voicemail else []
        return jsonify(id=line, alias=person.name, voicemails=voicemails)

    @api.get("/<user_id>/phonelines/<line>/numbers")
    @door.opens("phonelines:numbers:read")
    def phoneline_numbers(caller: Caller, user_id: str, line: str) -> Response:
        caller.need_classic()
        return jsonify(items=[{"number": caller.person(user_id).number_de, "type": ["LANDLINE"]}])

    @api.get("/<user_id>/phonelines/<line>/devices")
    @door.opens("phonelines:devices:read")
    def phoneline_devices(caller: Caller, user_id: str, line: str) -> Response:
        caller.need_classic()
        return jsonify(items=_devices(caller, caller.person(user_id)))

    @api.get("/<user_id>/phonelines/<line>/forwardings")
    @door.opens("phonelines:forwardings:read")
    def phoneline_forwardings(caller: Caller, user_id: str, line: str) -> Response:
        caller.need_classic()
        person = caller.person(user_id)
        return jsonify(items=[{"alias": "", "destination": person.mobile_de, "timeout": 20, "active": False}])


def _add_numbers(api: Blueprint, door: Door) -> None:
    @api.get("/numbers")
    @door.opens("numbers:read")
    def numbers(caller: Caller) -> Response:
        caller.need_admin()
        found = _numbers(caller)
        offset, limit = paging(len(found), 2_147_483_647)
        return jsonify(items=found[offset : offset + limit])

    @api.get("/<user_id>/numbers")
    @door.opens("numbers:read")
    def user_numbers(caller: Caller, user_id: str) -> Response:
        return jsonify(items=[_person_number(caller, caller.person(user_id)), *_unrouted()])


def _add_shared(api: Blueprint, door: Door) -> None:
    @api.get("/groups")
    @door.opens("groups:read")
    def groups(caller: Caller) -> Response:
        caller.need_classic()
        mine = [q for q in caller.sandbox.company.queues if caller.admin or caller.me.index in q.members]
        return jsonify(items=[_group(caller, queue) for queue in mine])

    @api.get("/channels")
    @door.opens("channels:read")
    def channels(caller: Caller) -> Response:
        if not caller.neo:
            raise Refused(403)
        return jsonify(items=[_channel(caller, person) for person in caller.persons()])

    @api.get("/<user_id>/faxlines")
    @door.opens("faxlines:read")
    def faxlines(caller: Caller, user_id: str) -> Response:
        person = caller.person(user_id)
        if person.index:
            return jsonify(items=[])
        line = {"id": "f0", "alias": "Fax", "tagline": caller.sandbox.company.name, "canSend": True, "canReceive": True}
        return jsonify(items=[line])

    @api.get("/voicemails")
    @door.opens("voicemails:read")
    def voicemails(caller: Caller) -> Response:
        boxes = [
            {
                "id": f"v{person.index}",
                "alias": f"Voicemail {person.name}",
                "belongsToEndpoint": {"extension": line_id(person), "type": "PHONELINE"},
            }
            for person in caller.persons()
            if person.voicemail
        ]
        return jsonify(items=boxes)
