"""Texts that were sent: kept in the store, and moving from Queued to their end as time passes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sandbox import replies
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.wire import Json, link, media_link, moment
from sandbox.store import Record

BUCKET, COUNTER = "ringcentral_messages", "ringcentral_counters"
FIRST_ID = 1_720_000_000_001
SENT_AFTER, DELIVERED_AFTER = 2.0, 6.0
"""Seconds after which a text is Sent, and after which it has arrived."""
_FAILING = {
    "0199": ("DeliveryFailed", "SMS-CAR-411"),
    "0198": ("SendingFailed", "SMS-UP-430"),
    "0197": ("DeliveryFailed", "SMS-RC-410"),
}
"""Recipients that end like this are never reached: the last four digits decide."""
_ABOVE_2_53 = 3_237_561_336_559_605_000


def keep(ask: Ask, extension: Extension, sender: str, recipients: list[str], text: str) -> Record:
    """Remember a text."""
    number = ask.sandbox.store.count_up(COUNTER, "message", FIRST_ID)
    record: Record = {
        "id": number,
        "extension": extension.id,
        "from": sender,
        "to": recipients,
        "text": text,
        "created": ask.now.timestamp(),
        "read": True,
        "availability": "Alive",
    }
    ask.sandbox.store.put(BUCKET, str(number), record)
    return record


def of_extension(ask: Ask, extension: Extension) -> list[Record]:
    """The texts of one extension, newest first."""
    mine = [record for _, record in ask.sandbox.store.items(BUCKET) if record["extension"] == extension.id]
    return sorted(mine, key=lambda record: -int(record["id"]))


def answered(ask: Ask, record: Record) -> Json | None:
    """What was texted back, None while nothing was."""
    if not replies.is_answered(record["text"], ask.now.timestamp() - record["created"]):
        return None
    body = rendered(ask, record)
    at = moment(datetime.fromtimestamp(record["created"] + replies.ANSWERED_AFTER, UTC))
    path = f"/account/{ACCOUNT_ID}/extension/{record['extension']}/message-store/{record['id'] + replies.ID_DISTANCE}"
    for name in ("smsDeliveryTime", "deliveryErrorCode", "smsSendingAttemptsCount"):
        body.pop(name, None)
    return body | {
        "id": record["id"] + replies.ID_DISTANCE,
        "uri": link(path),
        "from": {"phoneNumber": record["to"][0]},
        "to": [{"phoneNumber": record["from"]}],
        "direction": "Inbound",
        "messageStatus": "Received",
        "readStatus": "Unread",
        "subject": replies.ANSWER,
        "creationTime": at,
        "lastModifiedTime": at,
        "attachments": [],
    }


def created(record: Record) -> datetime:
    """When a text was accepted."""
    return datetime.fromtimestamp(record["created"], UTC)


def conversation_id(record: Record) -> int:
    """The conversation of a text: above 2^53, where some languages lose digits."""
    people = "|".join([record["from"], *sorted(record["to"])])
    return _ABOVE_2_53 + int(hashlib.sha256(people.encode()).hexdigest()[:8], 16)


def rendered(ask: Ask, record: Record) -> Json:
    """A text as the message store shows it now."""
    path = f"/account/{ACCOUNT_ID}/extension/{record['extension']}/message-store/{record['id']}"
    age = ask.now.timestamp() - record["created"]
    states = [_state(number, age) for number in record["to"]]
    status, error = max(states, key=lambda state: _ORDER.index(state[0]))
    body: Json = {
        "id": record["id"],
        "uri": link(path),
        "to": [_recipient(number, age) for number in record["to"]],
        "from": {"phoneNumber": record["from"], "name": _name(ask, record["extension"])},
        "type": "SMS",
        "creationTime": moment(created(record)),
        "lastModifiedTime": moment(datetime.fromtimestamp(record["created"] + _last_step(age), UTC)),
        "readStatus": "Read" if record["read"] else "Unread",
        "priority": "Normal",
        "attachments": [
            {
                "id": record["id"],
                "uri": media_link(f"{path}/content/{record['id']}"),
                "type": "Text",
                "contentType": "text/plain",
            }
        ],
        "direction": "Outbound",
        "availability": record["availability"],
        "subject": record["text"],
        "messageStatus": status,
        "smsSendingAttemptsCount": 1,
        "conversationId": conversation_id(record),
        "conversation": {
            "id": str(conversation_id(record)),
            "uri": link(f"/conversations/{conversation_id(record)}"),
        },
    }
    if status == "Delivered":
        body["smsDeliveryTime"] = moment(datetime.fromtimestamp(record["created"] + DELIVERED_AFTER, UTC))
    if error:
        body["deliveryErrorCode"] = error
    return body


_ORDER = ("Delivered", "Sent", "Queued", "DeliveryFailed", "SendingFailed")


def _state(number: str, age: float) -> tuple[str, str]:
    if age < SENT_AFTER:
        return "Queued", ""
    if age < DELIVERED_AFTER:
        return "Sent", ""
    return _FAILING.get(number[-4:], ("Delivered", ""))


def _last_step(age: float) -> float:
    if age < SENT_AFTER:
        return 0.0
    return SENT_AFTER if age < DELIVERED_AFTER else DELIVERED_AFTER


def _recipient(number: str, age: float) -> Json:
    status, error = _state(number, age)
    body: Json = {"phoneNumber": number, "messageStatus": status}
    return body | {"errorCode": error} if error else body


def _name(ask: Ask, extension_id: int) -> str:
    found = ask.pbx.by_id.get(extension_id)
    return found.name if found else ""
