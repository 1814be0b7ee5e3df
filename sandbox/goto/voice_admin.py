"""Extensions and phone numbers of an account, for its administrators."""

from __future__ import annotations

from flask import request

from sandbox.goto.ask import Ask
from sandbox.goto.errors import not_found
from sandbox.goto.paging import page
from sandbox.goto.pbx import Account, OwnNumber, guid
from sandbox.goto.wire import Json

DEFAULT_SIZE, LARGEST = 50, 100
_OTHERS = (
    ("300", "Main menu", "DIAL_PLAN"),
    ("301", "Conference 1", "CONFERENCE_BRIDGE"),
    ("302", "All phones", "RING_GROUP"),
    ("0303", "Night box", "SHARED_VOICEMAIL"),
    ("304", "Fax", "VIRTUAL_FAX"),
    ("305", "Projection room", "HOLOGRAM_ROOM"),  # a type that no list names
)


def extensions(ask: Ask) -> Json:
    """`GET /voice-admin/v1/extensions`: `type` filters; there is no online status here."""
    account = ask.account()
    ask.require_admin()
    wanted = request.args.get("type")
    rows = [row for row in _extensions(ask, account) if wanted in (None, row["type"])]
    found = page(rows, lambda row: str(row["id"]), DEFAULT_SIZE, LARGEST)
    return {"items": list(found.items), **found.tail()}


def extension(ask: Ask) -> Json:
    """`GET /voice-admin/v1/extensions/{id}`."""
    ask.require_admin()
    for account in ask.accounts:
        for row in _extensions(ask, account):
            if row["id"] == ask.values["extension"]:
                return row
    raise not_found()


def phone_numbers(ask: Ask) -> Json:
    """`GET /voice-admin/v1/phone-numbers`: `number` and `targetExtensionId` filter."""
    account = ask.account()
    ask.require_admin()
    number, target = request.args.get("number"), request.args.get("targetExtensionId")
    rows = [
        row
        for row in ask.pbx.numbers[account.key]
        if number in (None, row.number) and (target is None or _target(row) == target)
    ]
    found = page(rows, lambda row: row.id, DEFAULT_SIZE, LARGEST)
    return {"items": [_number(row) for row in found.items], **found.tail()}


def phone_number(ask: Ask) -> Json:
    """`GET /voice-admin/v1/phone-numbers/{id}`."""
    ask.require_admin()
    for account in ask.accounts:
        for row in ask.pbx.numbers[account.key]:
            if row.id == ask.values["number"]:
                return _number(row)
    raise not_found()


def _extensions(ask: Ask, account: Account) -> list[Json]:
    rows = [(person.extension, person.name, "DIRECT_EXTENSION") for person in ask.pbx.people_of(account)]
    rows += [(queue.extension, queue.name, "CALL_QUEUE") for queue in ask.pbx.queues_of(account)]
    return [_extension(account, *row) for row in [*rows, *_OTHERS]]


def _extension(account: Account, number: str, name: str, kind: str) -> Json:
    return {
        "id": guid("extension", account.key, number),
        "accountKey": account.key,
        "organizationId": account.organization_id,
        "number": number,
        "name": name,
        "type": kind,
        "omitFromDirectories": kind == "VIRTUAL_FAX",
        "omitFromAutoAttendants": False,
    }


def _target(row: OwnNumber) -> str | None:
    owner = row.person or row.queue
    return None if owner is None else guid("extension", row.account.key, owner.extension)


def _number(row: OwnNumber) -> Json:
    body: Json = {
        "id": row.id,
        "accountKey": row.account.key,
        "organizationId": row.account.organization_id,
        "number": row.number,
        "name": row.name,
        "callerIdName": row.account.name[:15],
        "status": row.status,
    }
    target = _target(row)
    if target is not None:
        body["routeTo"] = {"id": target, "type": "EXTENSION"}
    if row.queue is None:
        body["billingGroupId"] = guid("billing", row.account.key)
    return body
