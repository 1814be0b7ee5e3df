"""sipgate's users, devices, phone lines, channels and numbers as entries of the extension list. Pure; credentials are taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from telephony.core.payload import boolean, mappings, text, texts
from telephony.core.redaction import redact
from telephony.core.types import ContactRecord, ExtensionKind, ExtensionRecord

Row = Mapping[str, Any]


def user_name(row: Row) -> str:
    """First and last name, else the e-mail address, else the id."""
    names = (text(row.get("firstname"), limit=100), text(row.get("lastname"), limit=100))
    return " ".join(filter(None, names)) or text(row.get("email"), limit=200) or _id(row)


def user(row: Row) -> ExtensionRecord | None:
    """A web user. `vendor_type` is “admin” for an administrator."""
    if not (key := _id(row)):
        return None
    return ExtensionRecord(
        ExtensionKind.USER,
        key,
        name=user_name(row),
        vendor_type="admin" if boolean(row.get("admin")) else "",
        raw=redact(row),
    )


def device(row: Row, owner: str = "") -> ExtensionRecord | None:
    """A phone, SIM card or external number. Its SIP credentials, PUKs and push ids are not kept."""
    if not (key := _id(row)):
        return None
    return ExtensionRecord(
        ExtensionKind.DEVICE,
        key,
        name=text(row.get("alias"), limit=200),
        number=text(row.get("number"), limit=60),
        vendor_type=text(row.get("type"), limit=80),
        status=gettext_noop("DND") if boolean(row.get("dnd")) else text(row.get("simState"), limit=80),
        online=boolean(row.get("online")),
        owner=owner,
        raw=redact(row),
    )


def phone_line(row: Row, owner: str = "") -> ExtensionRecord | None:
    """A phone line of a classic account."""
    if not (key := _id(row)):
        return None
    return ExtensionRecord(
        ExtensionKind.PHONE_LINE, key, name=text(row.get("alias"), limit=200), owner=owner, raw=redact(row)
    )


def channel(row: Row, names: Mapping[str, str]) -> ExtensionRecord | None:
    """A channel of a neo account. `names` are the users' names by id."""
    if not (key := _id(row)):
        return None
    users = (text(member.get("id"), limit=60) for member in mappings(row.get("users")))
    return ExtensionRecord(
        ExtensionKind.CHANNEL,
        key,
        name=text(row.get("name"), limit=200),
        owner=", ".join(names.get(one, one) for one in users if one)[:200],
        raw=redact(row),
    )


def number(row: Row) -> ExtensionRecord | None:
    """A phone number and where it is routed to; `status` is “unrouted” for one that rings nowhere."""
    value = text(row.get("number"), limit=60)
    if not (key := _id(row) or value):
        return None
    return ExtensionRecord(
        ExtensionKind.NUMBER,
        key,
        name=text(row.get("localized"), limit=200),
        number=value,
        vendor_type=text(row.get("type"), limit=80),
        status=gettext_noop("unrouted") if row.get("endpointId") == "" else "",
        owner=text(row.get("endpointAlias"), limit=200) or text(row.get("endpointId"), limit=60),
        numbers=(value,) if value else (),
        raw=redact(row),
    )


def contact(row: Row) -> ContactRecord | None:
    """An entry of the address book; None for one without a name or without a number. The company stands in for a name."""
    organizations = row.get("organization")
    company = (
        next(
            (
                text(part, limit=200)
                for parts in organizations
                if isinstance(parts, list)
                for part in parts
                if text(part)
            ),
            "",
        )
        if isinstance(organizations, list)
        else ""
    )
    numbers = (text(entry.get("number"), limit=60) for entry in mappings(row.get("numbers")))
    return _contact(text(row.get("name"), limit=200) or company, numbers)


def colleague(row: Row) -> ContactRecord | None:
    """A user with the numbers that reach this person; the number inside is an extension and in no phone book."""
    return _contact(
        text(row.get("name"), limit=200),
        (number for kind in ("landline", "mobile", "fax") for number in texts(row.get(kind))),
    )


def _contact(name: str, numbers: Iterable[str]) -> ContactRecord | None:
    known = tuple(dict.fromkeys(filter(None, numbers)))
    return ContactRecord(name, known) if name and known else None


def _id(row: Row) -> str:
    return text(row.get("id"), limit=100)
