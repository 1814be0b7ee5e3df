"""RingCentral's extensions and phone numbers, turned into rows of the extension page. Pure functions that never raise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telephony.core import payload
from telephony.core.redaction import redact
from telephony.core.types import ExtensionKind, ExtensionRecord
from telephony.providers.ringcentral.vocabulary import EXTENSION_KINDS

Row = Mapping[str, Any]
LONGEST_KEY = 191
KINDS_OF_EXTENSIONS = frozenset(EXTENSION_KINDS.values())


def extension_record(row: Row) -> ExtensionRecord | None:
    """One extension; None without an id. A type that nobody knows is OTHER and keeps its name. Unassigned ones have no number."""
    key = payload.text(row.get("id"), limit=LONGEST_KEY)
    if not key:
        return None
    vendor_type = payload.text(row.get("type"), limit=80)
    return ExtensionRecord(
        kind=EXTENSION_KINDS.get(vendor_type, ExtensionKind.OTHER),
        key=key,
        name=payload.text(row.get("name"), limit=200) or full_name(payload.mapping(row.get("contact"))),
        number=payload.text(row.get("extensionNumber"), limit=60),
        vendor_type=vendor_type,
        status=payload.text(row.get("status"), limit=80),
        raw=redact(row),
    )


def number_record(row: Row) -> ExtensionRecord | None:
    """One phone number; None without an id or number. Its type is what it is used for (DirectNumber, MainCompanyNumber ...)."""
    number = payload.text(row.get("phoneNumber"), limit=60)
    key = payload.text(row.get("id"), limit=LONGEST_KEY) or number
    if not key or not number:
        return None
    holder = payload.mapping(row.get("extension"))
    return ExtensionRecord(
        kind=ExtensionKind.NUMBER,
        key=key,
        name=payload.text(row.get("label"), limit=200),
        number=number,
        vendor_type=payload.text(row.get("usageType"), limit=80),
        status=payload.text(row.get("status"), limit=80),
        owner=payload.text(holder.get("name"), limit=200) or payload.text(holder.get("extensionNumber"), limit=60),
        numbers=(number,),
        raw=redact(row),
    )


def full_name(contact: Row) -> str:
    """First and last name of a contact."""
    names = (payload.text(contact.get(part), limit=100) for part in ("firstName", "lastName"))
    return payload.text(contact.get("name"), limit=200) or " ".join(filter(None, names))
