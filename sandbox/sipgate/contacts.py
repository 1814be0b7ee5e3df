"""The phone book."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.model import Contact
from sandbox.sipgate.access import Caller, Door, Refused, json_body
from sandbox.sipgate.lines import paging

BOOK = "sipgate.contacts"


def _seeded(contact: Contact) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"contact:{contact.index}")),
        "name": contact.name,
        "picture": None,
        "emails": [{"email": contact.email, "type": ["work"]}],
        "numbers": [{"number": contact.number, "type": ["work"]}],
        "addresses": [],
        "organization": [[contact.organization]] if contact.organization else [],
        "scope": "SHARED",
    }


def _book(caller: Caller) -> list[dict[str, Any]]:
    """The company's contacts with what was changed, added or deleted here."""
    prefix = f"{caller.account}:"
    changed = {k.removeprefix(prefix): r for k, r in caller.sandbox.store.items(BOOK) if k.startswith(prefix)}
    merged = {contact["id"]: contact for contact in map(_seeded, caller.sandbox.company.contacts)} | changed
    seen = [c for c in merged.values() if not c.get("deleted")]
    mine = [c for c in seen if c["scope"] == "SHARED" or c.get("owner") == caller.persona.key]
    return [{name: value for name, value in contact.items() if name != "owner"} for contact in mine]


def _saved(caller: Caller, contact_id: str, body: dict[str, object]) -> None:
    if not isinstance(body.get("name"), str) or body.get("scope") not in ("PRIVATE", "SHARED"):
        raise Refused(400)
    names = ("name", "picture", "emails", "numbers", "addresses", "organization", "scope")
    record: dict[str, Any] = {"id": contact_id} | {name: body.get(name, []) for name in names}
    record |= {"picture": body.get("picture"), "owner": caller.persona.key}
    caller.sandbox.store.put(BOOK, f"{caller.account}:{contact_id}", record)


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""

    @api.get("/contacts")
    @door.opens("contacts:read")
    def contacts(caller: Caller) -> Response:
        wanted = set(request.args.getlist("phonenumbers"))
        found = [c for c in _book(caller) if not wanted or any(n["number"] in wanted for n in c["numbers"])]
        offset, limit = paging(5000, 5000)
        return jsonify(items=found[offset : offset + limit], totalCount=len(found))

    @api.get("/contacts/internal")
    @door.opens("contacts:read")
    def internal(caller: Caller) -> Response:
        people = [
            {
                "id": f"w{person.index}",
                "name": person.name,
                "emails": [person.email],
                "mobile": [person.mobile_de],
                "landline": [person.number_de],
                "fax": [],
                "directdial": [person.extension],
            }
            for person in caller.sandbox.company.persons
        ]
        return jsonify(items=people)

    @api.post("/contacts")
    @door.opens("contacts:write")
    def add(caller: Caller) -> tuple[str, int]:
        _saved(caller, str(uuid.uuid4()), json_body())
        return "", 204

    @api.put("/contacts/<contact_id>")
    @door.opens("contacts:write")
    def change(caller: Caller, contact_id: str) -> tuple[str, int]:
        body = json_body()
        if all(contact["id"] != contact_id for contact in _book(caller)):
            raise Refused(404)
        if body.get("id") != contact_id:
            raise Refused(400)
        _saved(caller, contact_id, body)
        return "", 204

    @api.delete("/contacts/<contact_id>")
    @door.opens("contacts:write")
    def delete(caller: Caller, contact_id: str) -> tuple[str, int]:
        if all(contact["id"] != contact_id for contact in _book(caller)):
            raise Refused(404)
        caller.sandbox.store.put(BOOK, f"{caller.account}:{contact_id}", {"deleted": True})
        return "", 204
