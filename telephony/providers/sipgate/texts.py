"""Texts at sipgate: sent by an SMS extension, found again in the history (rest-api/sms and history, github.com/sipgate/docs).

`POST /sessions/sms` answers with an empty body and names no id; the text stands in the history after a few seconds. Being listed there
means sent: nothing tells whether it arrived. What recipients see is set in sipgate's app; there is no sender in the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from telephony.core.errors import AccessDenied, ScopeMissing
from telephony.core.http import Reply
from telephony.core.payload import moment, prose, rows, text
from telephony.core.texts import OutgoingText, TextRecord, TextSender, TextStatus
from telephony.core.types import Direction
from telephony.core.write_errors import BalanceTooLow, NumberNotOwned, RecipientInvalid
from telephony.providers.sipgate.claims import TokenClaims, read_claims
from telephony.providers.sipgate.client import SipgateClient
from telephony.providers.sipgate.errors import raise_for

SCOPE = "sessions:sms:write"
PAGE = 200
CLOCK_DIFFERENCE = timedelta(minutes=1)


class SipgateTexts(SipgateClient):
    """The client, with texts."""

    def text_senders(self) -> tuple[TextSender, ...]:
        """The SMS extensions of the own user; one request."""
        found = self._rows(f"/{quote(self._user, safe='')}/sms", "reading the senders of texts", "sms:read")
        return tuple(sender for row in found if (sender := _sender(row)))

    def send_text(self, text: OutgoingText) -> TextRecord:
        """One request. The recipient is E.164 with the plus sign; `sendAt` is left out for now, and Unix seconds otherwise."""
        body: dict[str, Any] = {"smsId": text.sender, "recipient": text.recipient, "message": text.body}
        if text.send_at is not None:
            body["sendAt"] = int(text.send_at.timestamp())
        authorization = self._context.authorization()
        reply = self._context.door.write(
            "POST",
            f"{self._base}/sessions/sms",
            "sending a text",
            json_body=body,
            headers={"Authorization": authorization},
        )
        _raise_for(reply, read_claims(authorization), scheduled=text.send_at is not None)
        return TextRecord("", Direction.OUTBOUND, text.recipient, text.body, text.send_at, status=TextStatus.QUEUED)

    def sent_texts(self, sender: str, recipient: str, since: datetime) -> tuple[TextRecord, ...]:
        """The sent texts of the history, which is asked for one number; one request."""
        return self._texts("OUTGOING", since - CLOCK_DIFFERENCE, ("phonenumber", recipient))

    def received_texts(self, senders: tuple[str, ...], since: datetime) -> tuple[TextRecord, ...]:
        """The received texts of the history; one request."""
        return self._texts("INCOMING", since)

    def _texts(self, direction: str, since: datetime, *more: tuple[str, str]) -> tuple[TextRecord, ...]:
        query = (
            ("types", "SMS"),
            ("directions", direction),
            ("from", since.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("limit", str(PAGE)),
            *more,
        )
        reply = self._send("/history", "reading the texts", "history:read", query)
        return tuple(record for row in rows(reply, "items") if (record := _record(row)))


def _raise_for(reply: Reply, claims: TokenClaims, *, scheduled: bool) -> None:
    """What the statuses of this request mean (rest-api/sms): 402 funds, 403 an extension of somebody else, 400 a bad number or time."""
    details = reply.error_details()
    if reply.status == 402:
        raise BalanceTooLow(reply.provider, reply.operation, **details)
    if reply.status == 400 and not reply.is_page and not scheduled:
        raise RecipientInvalid(reply.provider, reply.operation, **details)
    try:
        raise_for(reply, claims, SCOPE)
    except ScopeMissing:
        raise
    except AccessDenied as error:
        if type(error) is AccessDenied:
            raise NumberNotOwned(reply.provider, reply.operation, **details) from error
        raise
    if reply.is_page:
        raise reply.unusable("a page instead of an empty answer")


def _sender(row: Mapping[str, Any]) -> TextSender | None:
    """One SMS extension; `callerId` is what recipients see, a number or the word sipgate."""
    key, shown = text(row.get("id"), limit=60), text(row.get("callerId"), limit=60)
    name = text(row.get("alias"), limit=80) or key
    return TextSender(key, name, shown if shown.startswith("+") else "") if key else None


def _record(row: Mapping[str, Any]) -> TextRecord | None:
    key, direction = text(row.get("id"), limit=100), text(row.get("direction"))
    other, own = ("source", "target") if direction == "INCOMING" else ("target", "source")
    if not key or row.get("type") != "SMS":
        return None
    return TextRecord(
        key,
        Direction.INBOUND if direction == "INCOMING" else Direction.OUTBOUND,
        text(row.get(other), limit=80),
        prose(row.get("smsContent")),
        moment(row.get("created")),
        own_number=text(row.get(own), limit=80),
        status=TextStatus.QUEUED if text(row.get("scheduled")) else TextStatus.SENT,
    )
