"""GoTo's JSON turned into our types: extensions, numbers, licences. Calls are in calls.py.

Pure functions that never raise for odd rows: a row without a usable id gives None.
"""

from __future__ import annotations

from collections.abc import Mapping

from telephony.core import payload
from telephony.core.storable import storable
from telephony.core.types import ExtensionKind, ExtensionRecord, Json
from telephony.providers.goto import people

# Complete in no source: DIAL_PLAN was seen in an answer, the others are named by client code and third-party notes.
EXTENSION_KINDS: Mapping[str, ExtensionKind] = {
    "DIRECT_EXTENSION": ExtensionKind.USER,
    "CALL_QUEUE": ExtensionKind.QUEUE,
    "RING_GROUP": ExtensionKind.GROUP,
    "SHARED_VOICEMAIL": ExtensionKind.VOICEMAIL_BOX,
    "VIRTUAL_FAX": ExtensionKind.FAX_LINE,
    "DIAL_PLAN": ExtensionKind.MENU,
    "CONFERENCE_BRIDGE": ExtensionKind.OTHER,
}


def extension(row: Json) -> ExtensionRecord | None:
    """One item of `GET /voice-admin/v1/extensions`. GoTo tells no registration or online status."""
    key = payload.text(row.get("id"), limit=191)
    if not key:
        return None
    vendor_type = payload.text(row.get("type"), limit=80)
    return ExtensionRecord(
        kind=EXTENSION_KINDS.get(vendor_type, ExtensionKind.OTHER),
        key=key,
        name=payload.text(row.get("name"), limit=200),
        number=payload.text(row.get("number"), limit=60),
        vendor_type=vendor_type,
        raw=storable(row),
    )


def phone_number(row: Json, extension_names: Mapping[str, str]) -> ExtensionRecord | None:
    """One item of `GET /voice-admin/v1/phone-numbers`. `extension_names` by id tell whom it rings, as far as they are known."""
    key = payload.text(row.get("id"), limit=191)
    if not key:
        return None
    route = payload.mapping(row.get("routeTo"))
    return ExtensionRecord(
        kind=ExtensionKind.NUMBER,
        key=key,
        name=payload.text(row.get("name"), limit=200),
        number=payload.text(row.get("number"), limit=60),
        vendor_type=payload.text(route.get("type"), limit=80),
        status=payload.text(row.get("status"), limit=80),
        owner=extension_names.get(payload.text(route.get("id")), ""),
        raw=storable(row),
    )


def phone_line(row: Json) -> ExtensionRecord | None:
    """One item of `GET /users/v1/lines`."""
    line = people.line(row)
    if line is None:
        return None
    return ExtensionRecord(
        kind=ExtensionKind.PHONE_LINE,
        key=line.id,
        name=line.name,
        number=line.number,
        owner=people.account_of_line(row).name,
        raw=storable(row),
    )


def outgoing_number(number: str) -> ExtensionRecord:
    """A number that the person may call from: all that people without administrator's rights are told."""
    return ExtensionRecord(kind=ExtensionKind.NUMBER, key=number, number=number)


def seats(row: Json) -> str:
    """One licence as text, ``GoTo Connect Complete: 18 / 24``, "" where it does not tell both figures."""
    used, bought = payload.integer(row.get("userCount")), payload.integer(row.get("seats"))
    if used is None or bought is None:
        return ""
    return ": ".join(filter(None, [plan(row), f"{used} / {bought}"]))


def plan(row: Json) -> str:
    """What a licence is called."""
    return payload.text(row.get("description"), limit=200)
