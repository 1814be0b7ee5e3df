"""Texts at RingCentral: sent from a number of the own extension, followed in the message store.

Sending and its limits: developers.ringcentral.com/guide/messaging/sms/sending-sms; delivery codes: .../sms/sms-errors. The status decides
whether a text has failed, the code only says why: SMS-CAR-104 and 199 come with texts that may well have arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from telephony.core import delivery_errors as failures
from telephony.core import payload
from telephony.core.errors import ProviderError
from telephony.core.http import Reply
from telephony.core.phone import digits
from telephony.core.texts import OutgoingText, TextRecord, TextSender, TextStatus
from telephony.core.types import Direction
from telephony.core.write_errors import (
    ContentRefused,
    NumberNotAble,
    NumberNotOwned,
    RecipientBlocked,
    RecipientInvalid,
    WriteRefused,
)
from telephony.providers.ringcentral.client import OWN_EXTENSION, OWN_NUMBERS, RingCentralClient
from telephony.providers.ringcentral.directory import number_record
from telephony.providers.ringcentral.errors import error_codes, error_for

Row = Mapping[str, Any]
MESSAGES = f"{OWN_EXTENSION}/message-store"
PAGE = "200"
CLOCK_DIFFERENCE = timedelta(minutes=1)

STATUSES = {
    "Queued": TextStatus.QUEUED,
    "Sent": TextStatus.SENT,
    "Delivered": TextStatus.DELIVERED,
    "DeliveryFailed": TextStatus.FAILED,
    "SendingFailed": TextStatus.FAILED,
}
_REFUSALS: Mapping[str, type[WriteRefused]] = {
    "MSG-245": NumberNotOwned,
    "MSG-304": NumberNotOwned,
    "MSG-242": NumberNotAble,
    "MSG-246": RecipientInvalid,
    "MSG-243": RecipientBlocked,
}
_PARAMETERS: Mapping[str, type[WriteRefused]] = {
    "to": RecipientInvalid,
    "from": NumberNotOwned,
    "text": ContentRefused,
}
_FAILURES: Mapping[str, type[failures.DeliveryFailed]] = {
    **dict.fromkeys(
        ["RC-410", "UP-410", "CAR-400", "CAR-411", "CAR-412"],
        failures.NotReachable,
    ),
    **dict.fromkeys(["RC-413", "UP-413", "CAR-413"], failures.OptedOut),
    **dict.fromkeys(["RC-430", "UP-430", "CAR-430", "CAR-435"], failures.FilteredAsSpam),
    **dict.fromkeys(["UP-414", "UP-431", "CAR-414", "CAR-461", "RC-503", "RC-504"], failures.SenderNotRegistered),
    **dict.fromkeys(["RC-403", "CAR-450", "CAR-451", "CAR-452"], failures.LimitReached),
    **dict.fromkeys(["UP-432", "CAR-432"], failures.TooLongForCarrier),
}


class RingCentralTexts(RingCentralClient):
    """The client, with texts."""

    def text_senders(self) -> tuple[TextSender, ...]:
        """The own numbers that have the feature SmsSender; not even an administrator can send from others'."""
        rows = self._walk(OWN_NUMBERS, "reading the senders of texts", number_record)
        return tuple(
            TextSender(row.number, row.name, row.number)
            for row in rows
            if "SmsSender" in payload.texts(row.raw.get("features"))
        )

    def send_text(self, text: OutgoingText) -> TextRecord:
        """One request; 200 means accepted."""
        reply = self._context.door.write(
            "POST",
            f"{self._base}{OWN_EXTENSION}/sms",
            "sending a text",
            json_body={
                "from": {"phoneNumber": text.sender},
                "to": [{"phoneNumber": text.recipient}],
                "text": text.body,
            },
            headers={"Authorization": self._context.authorization()},
        )
        if reply.status >= 400:
            raise _refusal(reply)
        record = _record(reply.json_object())
        if record is None:
            raise reply.unusable("the accepted text has no id")
        return record

    def sent_texts(self, sender: str, recipient: str, since: datetime) -> tuple[TextRecord, ...]:
        """The sent texts of the message store, which is asked for one number; one request."""
        return self._texts("Outbound", since - CLOCK_DIFFERENCE, ("phoneNumber", digits(recipient)))

    def received_texts(self, senders: tuple[str, ...], since: datetime) -> tuple[TextRecord, ...]:
        """The received texts of the message store; one request."""
        return self._texts("Inbound", since)

    def _texts(self, direction: str, since: datetime, *more: tuple[str, str]) -> tuple[TextRecord, ...]:
        query = [
            ("messageType", "SMS"),
            ("direction", direction),
            ("dateFrom", since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("perPage", PAGE),
            *more,
        ]
        rows = payload.rows(self._get(MESSAGES, "reading the texts", query), "records")
        return tuple(record for row in rows if (record := _record(row)))


def _refusal(reply: Reply) -> ProviderError:
    """Why a text was not accepted, by code, else by the parameter that the answer names."""
    body = reply.error_json()
    if reply.status == 400 and not reply.is_page:
        kinds: list[Callable[..., ProviderError]] = [_REFUSALS[code] for code in error_codes(body) if code in _REFUSALS]
        kinds += [_PARAMETERS[name] for name in _parameter_names(body) if name in _PARAMETERS]
        return next(iter(kinds), partial(WriteRefused))(reply.provider, reply.operation, **reply.error_details())
    return error_for(reply)


def _parameter_names(body: Row) -> Iterator[str]:
    """The first parts of the named parameters: ``to.phoneNumber`` is about ``to``."""
    for error in (*payload.mappings(body.get("errors")), body):
        yield payload.text(error.get("parameterName"), limit=80).partition(".")[0]


def _record(row: Row) -> TextRecord | None:
    """A message of the store, or the answer to sending one."""
    key = payload.text(row.get("id"), limit=100)
    if not key or row.get("type") not in ("SMS", None):
        return None
    inbound = row.get("direction") == "Inbound"
    sender = payload.text(payload.mapping(row.get("from")).get("phoneNumber"), limit=80)
    recipients = [payload.text(to.get("phoneNumber"), limit=80) for to in payload.mappings(row.get("to"))]
    recipient = next(filter(None, recipients), "")
    word, code = payload.text(row.get("messageStatus"), limit=40), _delivery_code(row)
    status = STATUSES.get(word, TextStatus.UNKNOWN)
    return TextRecord(
        key,
        Direction.INBOUND if inbound else Direction.OUTBOUND,
        sender if inbound else recipient,
        payload.prose(row.get("subject")),
        payload.moment(row.get("creationTime")),
        own_number=recipient if inbound else sender,
        status=status,
        vendor_status=code or word,
        failure=_failure(code) if status is TextStatus.FAILED else "",
    )


def _delivery_code(row: Row) -> str:
    """The code of the record, or of its one recipient: it has been documented in both places."""
    told = [row.get("deliveryErrorCode"), *(to.get("errorCode") for to in payload.mappings(row.get("to")))]
    return next(filter(None, (payload.text(code, limit=40) for code in told)), "")


def _failure(code: str) -> str:
    return _FAILURES.get(code.upper().removeprefix("SMS-"), failures.DeliveryFailed).code
