"""Texts at Acme: sent from a line that has a number, and listed with what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telephony.core.delivery_errors import DeliveryFailed
from telephony.core.payload import moment, prose, rows, text
from telephony.core.phone import to_e164
from telephony.core.texts import OutgoingText, TextRecord, TextSender, TextStatus
from telephony.core.types import Direction
from telephony.core.write_errors import NumberNotOwned, RecipientInvalid
from telephony.providers.acme.calling import AcmeCalls
from telephony.providers.acme.client import checked

STATUSES = {
    "waiting": TextStatus.QUEUED,
    "sent": TextStatus.SENT,
    "arrived": TextStatus.DELIVERED,
    "lost": TextStatus.FAILED,
}
REFUSALS = {"bad_number": RecipientInvalid, "foreign_line": NumberNotOwned}


class AcmeTexts(AcmeCalls):
    """The client, with `SendsTexts` too."""

    def text_senders(self) -> tuple[TextSender, ...]:
        """The lines that have a number of their own; one request."""
        numbered = ((line, to_e164(line.number)) for line in self._lines())
        return tuple(TextSender(number, line.name, number) for line, number in numbered if number)

    def send_text(self, text: OutgoingText) -> TextRecord:
        """One request. Raises UnusableReply for a yes without an id: the text may have been sent."""
        body = {"from": text.sender, "to": text.recipient, "body": text.body}
        reply = self._write("POST", "/texts", "sending a text", body)
        kind = REFUSALS.get(str(reply.error_json().get("error"))) if reply.status == 400 else None
        if kind:
            raise kind(reply.provider, reply.operation, **reply.error_details())
        accepted = record(checked(reply).json_object())
        if accepted is None:
            raise reply.unusable("the accepted text has no id")
        return accepted

    def sent_texts(self, sender: str, recipient: str, since: datetime) -> tuple[TextRecord, ...]:
        """What was sent to one number; one request."""
        return self._texts(("direction", "out"), ("to", recipient), ("since", since.isoformat()))

    def received_texts(self, senders: tuple[str, ...], since: datetime) -> tuple[TextRecord, ...]:
        """What came in for all lines; one request."""
        return self._texts(("direction", "in"), ("since", since.isoformat()))

    def _texts(self, *query: tuple[str, str]) -> tuple[TextRecord, ...]:
        return tuple(filter(None, map(record, rows(self._get("/texts", "reading the texts", query), "texts"))))


def record(row: Mapping[str, Any]) -> TextRecord | None:
    """One text; None for one without an id."""
    key, inbound, word = text(row.get("id"), limit=100), row.get("direction") == "in", text(row.get("status"), limit=40)
    if not key:
        return None
    other, own = ("from", "to") if inbound else ("to", "from")
    status = STATUSES.get(word, TextStatus.UNKNOWN)
    return TextRecord(
        key,
        Direction.INBOUND if inbound else Direction.OUTBOUND,
        text(row.get(other), limit=80),
        prose(row.get("body")),
        moment(row.get("at")),
        own_number=text(row.get(own), limit=80),
        status=status,
        vendor_status=word,
        failure=DeliveryFailed.code if status is TextStatus.FAILED else "",
    )
