"""A history entry as sipgate writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import request

from sandbox.model import CallEvent, Contact, Direction, Oddity, Result
from sandbox.sipgate.downloads import download_key
from sandbox.sipgate.entries import Entry
from sandbox.sipgate.oauth import PREFIX
from sandbox.sipgate.people import device_id

_CALL_STATUS = {
    Result.ANSWERED: ("PICKUP", "SUCCESS"),
    Result.MISSED: ("NOPICKUP", "MISSED"),
    Result.VOICEMAIL: ("PICKUP", "VOICEMAIL_NO_MESSAGE"),
    Result.BUSY: ("BUSY", "BUSY"),
    Result.DECLINED: ("NOPICKUP", "REJECTED"),
    Result.CANCELLED: ("NOPICKUP", "FAILURE"),
    Result.BLOCKED: ("NOPICKUP", "REJECTED_DND"),
    Result.FAILED: ("NOPICKUP", "FAILURE"),
}
_ENDPOINTS = {"p": "PHONELINE", "g": "GROUP", "f": "FAX", "s": "SMS", "v": "VOICEMAIL"}
_OPTIONAL = ("callStatus", "responder", "responderAlias", "recordingUrl", "recordings", "labels", "endpoints")


def moment(value: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(entry: Entry, edit: dict[str, Any]) -> dict[str, Any]:
    """The entry with what people changed at it."""
    call = entry.call
    source_alias, target_alias = _aliases(entry)
    status, call_status = _status(entry)
    created, modified = entry.created, call.last_modified_at if call else entry.created
    if "modified" in edit:
        modified = max(modified, datetime.fromtimestamp(edit["modified"], UTC))
    old_form = call is not None and call.uid % 211 == 0
    body: dict[str, Any] = {
        "id": entry.id,
        "source": entry.source,
        "target": entry.target,
        "sourceAlias": source_alias,
        "targetAlias": target_alias,
        "type": entry.kind,
        "created": created.strftime("%Y-%m-%d %H:%M:%S+00:00") if old_form else moment(created),
        "lastModified": moment(modified),
        "direction": entry.direction,
        "incoming": "INCOMING" in entry.direction,
        "status": status,
        "connectionIds": list(entry.connections),
        "read": edit.get("read", not entry.direction.startswith("MISSED_IN")),
        "archived": edit.get("archived", False),
        "note": edit.get("note", call.note or ("" if call.uid % 7 else None) if call else ""),
        "endpoints": _endpoints(entry),
        "starred": edit.get("starred", False),
        "labels": [],
    }
    body |= _call_part(entry, call, call_status) if call else _paper_part(entry)
    if call is not None and call.oddity is Oddity.MISSING_FIELDS:
        for name in _OPTIONAL:
            body.pop(name, None)
    return body


def _status(entry: Entry) -> tuple[str, str]:
    if entry.call is None:
        return "PICKUP", ""
    if entry.call.oddity is Oddity.UNKNOWN_RESULT:
        return "TELEPORTED", "HOLOGRAM_DECLINED"
    status, call_status = _CALL_STATUS[entry.call.result]
    forwarded = status == "PICKUP" and entry.call.uid % 41 == 0
    return ("FORWARD" if forwarded else status), call_status


def _aliases(entry: Entry) -> tuple[str, str]:
    call = entry.call
    mine = call.person.name if call else ""
    if call and call.queue:
        mine = call.queue.name
    contact: Contact | None = call.other if call else entry.contact
    other = contact.name if contact else ""
    if call and call.colleague:
        other = call.colleague.name
    incoming = call.direction is Direction.INBOUND if call else entry.direction == "INCOMING"
    return (other, mine) if incoming else (mine, other)


def _endpoints(entry: Entry) -> list[dict[str, Any]]:
    found = [_endpoint("ROUTED", c, _ENDPOINTS.get(c[0], "PHONELINE")) for c in entry.connections]
    call = entry.call
    if call and call.result is Result.ANSWERED:
        found.append(_endpoint("PICKUP", device_id(call.person), "REGISTER"))
    return found


def _endpoint(role: str, extension: str, kind: str) -> dict[str, Any]:
    return {"type": role, "endpoint": {"extension": extension, "type": kind}}


def _download(kind: str, entry_id: str, ending: str) -> str:
    return f"{request.host_url.rstrip('/')}{PREFIX}/download/{download_key(kind, entry_id)}/{kind}/{entry_id}.{ending}"


def _call_part(entry: Entry, call: CallEvent, call_status: str) -> dict[str, Any]:
    if entry.kind == "VOICEMAIL":
        return {
            "transcription": "Please call back." if call.uid % 3 else "",
            "recordingUrl": _download("voicemail", entry.id, "mp3"),
            "duration": call.voicemail_seconds,
        }
    answered = call.result is Result.ANSWERED
    rang = entry.direction == "MISSED_OUTGOING"
    recording = _download("recording", entry.id, "mp3") if call.recorded else ""
    return {
        "callId": f"{call.uid:022X}",
        "duration": call.ring_seconds if rang else call.talk_seconds,
        "recordings": [{"id": entry.id, "url": recording}] if recording else [],
        "recordingUrl": recording,
        "callStatus": call_status,
        "responder": device_id(call.person) if answered else "",
        "responderAlias": f"Desk phone {call.person.first_name}" if answered else "",
    }


def _paper_part(entry: Entry) -> dict[str, Any]:
    if entry.kind == "SMS":
        return {"smsContent": entry.text, "scheduled": ""}
    return {
        "faxStatusType": "SENT",
        "documentUrl": _download("fax", entry.id, "pdf"),
        "reportUrl": _download("fax-report", entry.id, "pdf"),
        "previewUrl": _download("fax-preview", entry.id, "jpg"),
        "pageCount": 1,
        "scheduled": "",
    }
