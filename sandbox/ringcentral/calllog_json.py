"""A row of the log as RingCentral writes it, short (Simple) or with its legs (Detailed)."""

from __future__ import annotations

from sandbox.ringcentral import ids
from sandbox.ringcentral.calllog_rows import Party, Row
from sandbox.ringcentral.pbx import ACCOUNT_ID
from sandbox.ringcentral.wire import Json, link, media_link, moment

_REASONS = {
    "Accepted": ("Accepted", "The call connected to and was accepted by this number."),
    "Missed": ("No Answer", "The phone number you dialed was not answered."),
    "Busy": ("Line Busy", "The phone number you dialed was busy."),
    "No Calling Credit": ("No Credit", "There is not enough credit for this call."),
    "Blocked": ("Number Blocked", "The number is blocked."),
    "Wrong Number": ("Bad Number", "An error occurred when dialing the number."),
}


def record(row: Row, base: str, detailed: bool) -> Json:
    """One record; `base` is the path of the log it is read from, without `~`."""
    body: Json = {
        "uri": link(f"{base}/{row.id}", [("view", "Detailed" if detailed else "Simple")]),
        "id": row.id,
        "sessionId": row.session_id,
        **_call(row),
    }
    if detailed:
        body["legs"] = _legs(row)
        body["lastModifiedTime"] = moment(row.modified)
        body["billing"] = {"costIncluded": 0.0, "costPurchased": _cost(row)}
    if row.deleted:
        body["deleted"] = True
    return {key: value for key, value in body.items() if not (row.sparse and key in _OPTIONAL)}


_OPTIONAL = {
    "telephonySessionId",
    "durationMs",
    "transport",
    "result",
    "reason",
    "reasonDescription",
    "internalType",
    "from",
}


def _call(row: Row) -> Json:
    body: Json = {
        "telephonySessionId": row.telephony_session_id,
        "partyId": ids.party_id(row.uid, row.ordinal),
        "startTime": moment(row.start),
        "duration": row.duration,
        "durationMs": row.duration * 1000 + (row.uid * 7 % 1000 if row.duration else 0),
        "type": row.type,
        "internalType": row.internal_type,
        "direction": row.direction,
        "action": row.action,
        "result": row.result,
        "transport": row.transport,
        "from": _party(row.caller, outward=row.direction == "Outbound"),
        "to": _party(row.callee, outward=False),
    }
    reason = _REASONS.get(row.result)
    if reason:
        body |= {"reason": reason[0], "reasonDescription": reason[1]}
    if row.uid % 3:
        body["extension"] = _extension(row.owner_id)
    if row.recording_type:
        body["recording"] = _recording(row)
    if row.too_short:
        body["shortRecording"] = True
    if row.voicemail:
        body["message"] = _voicemail(row)
    return body


def _party(party: Party, outward: bool) -> Json:
    body: Json = {"phoneNumber": party.phone, "name": party.name, "location": party.location}
    if party.extension is not None:
        body |= {"extensionNumber": party.extension.number, "extensionId": str(party.extension.id)}
        if outward:
            device = ids.device_id(party.extension.id)
            body["device"] = {"id": device, "uri": link(f"/account/{ACCOUNT_ID}/device/{device}")}
    return {key: value for key, value in body.items() if value is not None}


def _extension(extension_id: int) -> Json:
    return {"id": extension_id, "uri": link(f"/account/{ACCOUNT_ID}/extension/{extension_id}")}


def _recording(row: Row) -> Json:
    path = f"/account/{ACCOUNT_ID}/recording/{ids.recording_id(row.uid)}"
    return {
        "id": ids.recording_id(row.uid),
        "uri": link(path),
        "type": row.recording_type,
        "contentUri": media_link(f"{path}/content"),
    }


def _voicemail(row: Row) -> Json:
    message = ids.voicemail_id(row.uid)
    path = f"/account/{ACCOUNT_ID}/extension/{row.owner_id}/message-store/{message}"
    return {"id": str(message), "type": "VoiceMail", "uri": link(path)}


def _legs(row: Row) -> list[Json]:
    inbound = row.direction == "Inbound"
    first = _call(row) | {
        "legType": "Accept" if inbound else "SipToPstnMetered",
        "master": True,
        "extension": _extension(row.owner_id),
    }
    if not inbound:
        return [first]
    second = _call(row) | {"legType": "PstnToSip", "action": "VoIP Call", "extension": _extension(row.owner_id)}
    return [first, {key: value for key, value in second.items() if key not in ("recording", "message")}]


def _cost(row: Row) -> float:
    """A cost per call, as reported; not a balance."""
    return 0.039 if row.internal_type == "International" and row.direction == "Outbound" else 0.0


def account_base() -> str:
    """The path of the company's log."""
    return f"/account/{ACCOUNT_ID}/call-log"


def extension_base(extension_id: int) -> str:
    """The path of one extension's log."""
    return f"/account/{ACCOUNT_ID}/extension/{extension_id}/call-log"
