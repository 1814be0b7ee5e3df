"""The message store: sent texts, and the voicemails of the last calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, request

from sandbox.model import CallEvent
from sandbox.ringcentral import enums, ids, outbox, params
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.errors import invalid_parameter, not_found
from sandbox.ringcentral.paging import envelope, page_request
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.recordings import tone
from sandbox.ringcentral.wire import Json, link, media_link, moment


def listing(ask: Ask) -> Json:
    """`GET .../message-store`: the last 24 hours unless dates are given; newest first; pages with totals."""
    extension = ask.own_only()
    end = params.when("dateTo") or ask.now
    start = params.when("dateFrom") or end - timedelta(hours=24)
    if start > end:
        raise invalid_parameter("dateFrom")
    found = [message for message in _all(ask, extension, start, end) if _wanted(message)]
    found.sort(key=lambda message: str(message["creationTime"]), reverse=True)
    page = page_request()
    path = f"/account/{ACCOUNT_ID}/extension/{extension.id}/message-store"
    query = [("availability", "Alive"), ("dateFrom", moment(start)), ("dateTo", moment(end))]
    return envelope(path, query, page, found[page.start : page.start + page.size], len(found), totals=True)


def one(ask: Ask) -> Json:
    """`GET .../message-store/{messageId}`: how to learn what became of a text."""
    return _find(ask)[0]


def update(ask: Ask) -> Json:
    """`PUT .../message-store/{messageId}` with `{"readStatus": "Read"|"Unread"}`."""
    message = _find(ask)[0]
    status = ask.body().get("readStatus")
    if status not in enums.READ_STATUS:
        raise invalid_parameter("readStatus")
    record = ask.sandbox.store.get(outbox.BUCKET, str(message["id"]))
    if record is not None:
        ask.sandbox.store.put(outbox.BUCKET, str(message["id"]), record | {"read": status == "Read"})
    return message | {"readStatus": status}


def delete(ask: Ask) -> Response:
    """`DELETE .../message-store/{messageId}`: first marked Deleted, then gone."""
    message = _find(ask)[0]
    key = str(message["id"])
    record = ask.sandbox.store.get(outbox.BUCKET, key)
    if record is not None and (record["availability"] == "Deleted" or request.args.get("purge") == "true"):
        ask.sandbox.store.delete(outbox.BUCKET, key)
    elif record is not None:
        ask.sandbox.store.put(outbox.BUCKET, key, record | {"availability": "Deleted"})
    return Response(status=204)


def content(ask: Ask) -> Response:
    """The text or the sound of a message, on the media host."""
    message, call = _find(ask)
    if ask.values["attachment"] != str(message["id"]):
        raise not_found("attachmentId")
    if call is not None:
        return Response(tone(min(call.voicemail_seconds, 20), 330), content_type="audio/wav")
    return Response(str(message["subject"]), content_type="text/plain;charset=utf-8")


def _find(ask: Ask) -> tuple[Json, CallEvent | None]:
    extension, key = ask.own_only(), ask.values["message"]
    record = ask.sandbox.store.get(outbox.BUCKET, key)
    if record is not None and record["extension"] == extension.id:
        return outbox.rendered(ask, record), None
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 16 else 0
    call = ask.sandbox.company.call(number - ids.voicemail_id(0)) if number >= ids.voicemail_id(0) else None
    if call is None or not _left_for(ask, call, extension):
        raise not_found("messageId")
    return _voicemail(call, extension), call


def _all(ask: Ask, extension: Extension, start: datetime, end: datetime) -> list[Json]:
    texts = [record for record in outbox.of_extension(ask, extension) if start <= outbox.created(record) < end]
    calls = [call for call in ask.sandbox.company.calls(start, end) if _left_for(ask, call, extension)]
    answers = [answer for record in outbox.of_extension(ask, extension) if (answer := outbox.answered(ask, record))]
    answers = [answer for answer in answers if moment(start) <= str(answer["creationTime"]) < moment(end)]
    return (
        [outbox.rendered(ask, record) for record in texts] + answers + [_voicemail(call, extension) for call in calls]
    )


def _wanted(message: Json) -> bool:
    types = params.choices("messageType", enums.MESSAGE_TYPE)
    directions = params.choices("direction", enums.DIRECTION)
    reading = params.choices("readStatus", enums.READ_STATUS)
    availability = params.choices("availability", enums.AVAILABILITY) or ("Alive",)
    conversation, number = request.args.get("conversationId"), request.args.get("phoneNumber")
    return (
        (not types or message["type"] in types)
        and (not directions or message["direction"] in directions)
        and (not reading or message["readStatus"] in reading)
        and message["availability"] in availability
        and (conversation is None or str(message.get("conversationId")) == conversation)
        and (number is None or number.removeprefix("+") in _numbers(message))
    )


def _numbers(message: Json) -> list[str]:
    """Both ends, as digits."""
    sender, recipients = message.get("from"), message.get("to")
    ends = [sender, *(recipients if isinstance(recipients, list) else [])]
    return [str(end.get("phoneNumber", "")).removeprefix("+") for end in ends if isinstance(end, dict)]


def _left_for(ask: Ask, call: CallEvent, extension: Extension) -> bool:
    row = ask.rows.rows_of(call, ask.now)[0]
    return row.voicemail and row.owner_id == extension.id and not row.deleted


def _voicemail(call: CallEvent, extension: Extension) -> Json:
    identity = ids.voicemail_id(call.uid)
    path = f"/account/{ACCOUNT_ID}/extension/{extension.id}/message-store/{identity}"
    sender: Json = {"phoneNumber": call.other_number} if call.other_number else {}
    return {
        "id": identity,
        "uri": link(path),
        "to": [{"phoneNumber": extension.direct_number, "name": extension.name}],
        "from": sender | ({"name": call.other.name} if call.other is not None else {}),
        "type": "VoiceMail",
        "creationTime": moment(call.ended_at),
        "lastModifiedTime": moment(call.ended_at),
        "readStatus": "Unread" if call.uid % 3 == 0 else "Read",
        "priority": "Normal",
        "attachments": [
            {
                "id": identity,
                "uri": media_link(f"{path}/content/{identity}"),
                "type": "AudioRecording",
                "contentType": "audio/wav",
                "vmDuration": call.voicemail_seconds,
            }
        ],
        "direction": "Inbound",
        "availability": "Alive",
        "messageStatus": "Received",
        "vmTranscriptionStatus": "NotAvailable",
    }
