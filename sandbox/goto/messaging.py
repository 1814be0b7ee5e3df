"""Texts: send, list, look up. Which numbers a person may text from is a right of its own."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

from flask import Response, request

from sandbox import replies
from sandbox.goto.ask import Ask, instant
from sandbox.goto.errors import bad_request, not_allowed, not_found
from sandbox.goto.paging import page
from sandbox.goto.wire import Json, fine_moment, json_response
from sandbox.store import Record

BUCKET = "goto_messages"
LONGEST_BODY, MOST_CONTACTS = 1000, 10
DEFAULT_SIZE, LARGEST = 25, 100
SENT_AFTER, DELIVERED_AFTER = 2.0, 6.0
_FAILING = ("0197", "0198", "0199")
"""Contacts whose number ends like this are never reached."""
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def send(ask: Ask) -> Response:
    """`POST /messaging/v1/messages`: several contacts make one group conversation. 201 means accepted only."""
    body = ask.body()
    owner = body.get("ownerPhoneNumber")
    if not isinstance(owner, str) or not _E164.fullmatch(owner):
        raise bad_request("InvalidPhoneNumber", "ownerPhoneNumber")
    _check_inbox(ask, owner)
    contacts = _contacts(body.get("contactPhoneNumbers"))
    text = body.get("body")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_BODY:
        raise bad_request("InvalidSize", "body")
    record: Record = {
        "id": str(uuid.uuid4()),
        "owner": owner,
        "contacts": contacts,
        "body": text,
        "at": ask.now.timestamp(),
        "user": ask.persona.subject,
    }
    ask.sandbox.store.put(BUCKET, record["id"], record)
    return json_response(_message(ask, record), 201)


def listing(ask: Ask) -> Json:
    """`GET /messaging/v1/messages`: `ownerPhoneNumber` and `contactPhoneNumber` (repeatable) are required."""
    owner, contacts = request.args.get("ownerPhoneNumber"), request.args.getlist("contactPhoneNumber")
    if not owner:
        raise bad_request("NotNull", "ownerPhoneNumber")
    if not contacts:
        raise bad_request("NotNull", "contactPhoneNumber")
    _check_inbox(ask, owner)
    rows = [row for row in _of_owner(ask, owner) if sorted(row["contacts"]) == sorted(contacts)]
    found = page(rows, lambda row: str(row["id"]), DEFAULT_SIZE, LARGEST)
    return {"items": [_message(ask, row) for row in found.items], **found.tail()}


def one(ask: Ask) -> Json:
    """`GET /messaging/v1/messages/{id}`."""
    return _message(ask, _find(ask))


def delete(ask: Ask) -> Response:
    """`DELETE /messaging/v1/messages/{id}`."""
    ask.sandbox.store.delete(BUCKET, str(_find(ask)["id"]))
    return Response(status=204)


def conversations(ask: Ask) -> Json:
    """`GET /messaging/v1/conversations`: 403 for a number whose inbox is not shared with the person."""
    owner = request.args.get("ownerPhoneNumber")
    if not owner:
        raise bad_request("NotNull", "ownerPhoneNumber")
    _check_inbox(ask, owner)
    latest: dict[tuple[str, ...], Record] = {}
    for row in _of_owner(ask, owner):
        latest.setdefault(tuple(sorted(row["contacts"])), row)
    found = page(list(latest.values()), lambda row: str(row["id"]), DEFAULT_SIZE, LARGEST)
    items: list[Json] = [
        {
            "ownerPhoneNumber": owner,
            "contactPhoneNumbers": row["contacts"],
            "lastMessage": _message(ask, row),
            "lastMessageTimestamp": fine_moment(datetime.fromtimestamp(row["at"], UTC)),
            "unreadMessagesCount": 0,
        }
        for row in found.items
    ]
    return {"items": items, **found.tail()}


def _check_inbox(ask: Ask, owner: str) -> None:
    """One's own numbers, and for administrators the main numbers; others of the account are not shared."""
    shared = {ask.pbx.direct_number(ask.person, account) for account in ask.accounts}
    if ask.persona.admin:
        shared |= {ask.pbx.main_number(account) for account in ask.accounts}
    if owner not in shared:
        raise not_allowed("The user is not allowed to use this phone number for messaging")


def _contacts(raw: object) -> list[str]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_CONTACTS:
        raise bad_request("InvalidSize", "contactPhoneNumbers")
    if not all(isinstance(number, str) and _E164.fullmatch(number) for number in raw):
        raise bad_request("InvalidPhoneNumber", "contactPhoneNumbers")
    return [str(number) for number in raw]


def _of_owner(ask: Ask, owner: str) -> list[Record]:
    oldest, newest = instant("oldestTimestamp"), instant("newestTimestamp")
    rows = [row for _, row in ask.sandbox.store.items(BUCKET) if row["owner"] == owner]
    rows += [_answer(row) for row in rows if replies.is_answered(row["body"], ask.now.timestamp() - row["at"])]
    rows = [row for row in rows if oldest is None or row["at"] >= oldest.timestamp()]
    rows = [row for row in rows if newest is None or row["at"] <= newest.timestamp()]
    return sorted(rows, key=lambda row: (-float(row["at"]), str(row["id"])))


def _answer(row: Record) -> Record:
    """What the first contact texts back."""
    return row | {
        "id": str(uuid.uuid5(uuid.UUID(row["id"]), "answer")),
        "at": row["at"] + replies.ANSWERED_AFTER,
        "body": replies.ANSWER,
        "author": row["contacts"][0],
    }


def _find(ask: Ask) -> Record:
    record = ask.sandbox.store.get(BUCKET, ask.values["message"])
    if record is None or record["user"] != ask.persona.subject:
        raise not_found("Message not found")
    return record


def _message(ask: Ask, row: Record) -> Json:
    age = ask.now.timestamp() - row["at"]
    return {
        "id": row["id"],
        "ownerPhoneNumber": row["owner"],
        "contactPhoneNumbers": row["contacts"],
        "authorPhoneNumber": row.get("author", row["owner"]),
        "timestamp": fine_moment(datetime.fromtimestamp(row["at"], UTC)),
        "direction": "IN" if "author" in row else "OUT",
        "body": row["body"],
        "media": [],
        "deliveryStatuses": []
        if "author" in row
        else [{"phoneNumber": number, "status": _status(number, age)} for number in row["contacts"]],
        "labels": [],
    }


def _status(number: str, age: float) -> str:
    if age < SENT_AFTER:
        return "QUEUED"
    if age < DELIVERED_AFTER:
        return "SENT"
    return "FAILED" if number.endswith(_FAILING) else "DELIVERED"
