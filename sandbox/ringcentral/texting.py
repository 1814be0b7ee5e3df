"""Sending a text: who may, from which number, and what is refused before anything is queued."""

from __future__ import annotations

import re

from sandbox.ringcentral import outbox
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.errors import invalid_parameter, message_refused
from sandbox.ringcentral.numbers import can_text
from sandbox.ringcentral.pbx import Extension
from sandbox.ringcentral.wire import Json

LONGEST_TEXT = 1000
"""In UTF-16 units."""
MOST_RECIPIENTS = 10
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NOT_ITS_OWN = "Parameter [from] value [{}] is invalid [Cannot find the phone number which belongs to user]"


def send(ask: Ask) -> Json:
    """`POST .../extension/~/sms`: 200 means accepted, not delivered."""
    extension = ask.own_only()
    body = ask.body()
    sender = _sender(body, extension)
    recipients = _recipients(body)
    text = body.get("text")
    if not isinstance(text, str) or not text or len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise invalid_parameter("text")
    return outbox.rendered(ask, outbox.keep(ask, extension, sender, recipients, text))


def _sender(body: Json, extension: Extension) -> str:
    sender = _phone(body.get("from"))
    if sender is None:
        if _has_extension_number(body.get("from")):
            raise _extension_numbers()
        raise invalid_parameter("from")
    if sender != extension.direct_number:
        raise message_refused("MSG-245", _NOT_ITS_OWN.format(sender), "from")
    if not can_text(extension, sender):
        raise message_refused("MSG-242", f"The requested feature is not available for the number [{sender}]", "from")
    return sender


def _recipients(body: Json) -> list[str]:
    raw = body.get("to")
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_RECIPIENTS:
        raise invalid_parameter("to")
    if any(_has_extension_number(entry) for entry in raw):
        raise _extension_numbers()
    numbers = [_phone(entry) for entry in raw]
    if not all(number and _E164.fullmatch(number) for number in numbers):
        raise invalid_parameter("to.phoneNumber")
    return [number for number in numbers if number]


def _phone(entry: object) -> str | None:
    value = entry.get("phoneNumber") if isinstance(entry, dict) else None
    return value if isinstance(value, str) else None


def _has_extension_number(entry: object) -> bool:
    return isinstance(entry, dict) and "extensionNumber" in entry


def _extension_numbers() -> Exception:
    return message_refused("MSG-246", "Sending SMS from/to extension numbers is not available")
