"""Texts at GoTo Connect: messaging/v1, by the numbers whose inbox is the user's own or shared with her.

What its refusals look like is documented nowhere; they are read by the common envelope (`errors`): the field of a violation says whether
it was the recipient, the sender or the text, and 403 without a word about scopes means that the number is not the user's to text from.
The shape of `deliveryStatuses` is assumed: objects with a `status`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from telephony.core import payload
from telephony.core.answers import side_by_side
from telephony.core.delivery_errors import DeliveryFailed
from telephony.core.errors import AccessDenied, NotFound, ProviderError, RequestRefused, RoleMissing, ScopeMissing
from telephony.core.http import Reply
from telephony.core.texts import OutgoingText, TextRecord, TextSender, TextStatus
from telephony.core.types import Direction
from telephony.core.write_errors import ContentRefused, NumberNotOwned, RecipientInvalid, WriteRefused
from telephony.providers.goto import endpoints, people
from telephony.providers.goto.client import GoToClient
from telephony.providers.goto.endpoints import Endpoint
from telephony.providers.goto.errors import raise_for

SEND = Endpoint("/messaging/v1/messages", "sending a text", "messaging.v1.send", is_list=False)
MESSAGES = Endpoint("/messaging/v1/messages", "reading the texts", "messaging.v1.read")
CONVERSATIONS = Endpoint("/messaging/v1/conversations", "reading the conversations", "messaging.v1.read")
PAGE = "100"
MOST_NUMBERS = 10  # that are asked one by one whether they may be texted from
MOST_CONVERSATIONS = 20
CLOCK_DIFFERENCE = timedelta(minutes=1)

STATUSES = {
    "QUEUED": TextStatus.QUEUED,
    "PENDING": TextStatus.QUEUED,
    "SENT": TextStatus.SENT,
    "DELIVERED": TextStatus.DELIVERED,
    "FAILED": TextStatus.FAILED,
    "UNDELIVERED": TextStatus.FAILED,
}
_FIELDS: Mapping[str, type[WriteRefused]] = {
    "contactPhoneNumbers": RecipientInvalid,
    "ownerPhoneNumber": NumberNotOwned,
    "body": ContentRefused,
}
Row = Mapping[str, Any]


class GoToTexts(GoToClient):
    """The client, with texts."""

    def text_senders(self) -> tuple[TextSender, ...]:
        """The numbers one may call from whose inbox one may see; all of them where that cannot be asked."""
        account_key = self._account_key(endpoints.MEMBERSHIPS)
        mine = [row for row in self._memberships if people.membership(row).key == account_key]
        numbers = list(dict.fromkeys(number for row in mine for number in people.outgoing_numbers(row)))[:MOST_NUMBERS]
        answers = side_by_side([partial(self._is_shared, number) for number in numbers])
        for answer in answers:
            if answer.error:
                raise answer.error
        return tuple(
            TextSender(number, "", number) for number, answer in zip(numbers, answers, strict=True) if answer.value
        )

    def _is_shared(self, number: str) -> bool:
        try:
            self._get(CONVERSATIONS, [("ownerPhoneNumber", number), ("pageSize", "1")])
        except ScopeMissing:
            return True  # only the provider can tell, when it is asked to send
        except (AccessDenied, NotFound, RequestRefused):
            return False
        return True

    def send_text(self, text: OutgoingText) -> TextRecord:
        """One request; any 2xx means accepted (201 in all that was seen)."""
        context = self._context
        reply = context.door.write(
            "POST",
            SEND.url(context.environment),
            SEND.operation,
            json_body={
                "ownerPhoneNumber": text.sender,
                "contactPhoneNumbers": [text.recipient],
                "body": text.body,
            },
            headers={"Authorization": context.authorization()},
        )
        _raise_for(reply)
        record = _record(reply.json_object())
        if record is None:
            raise reply.unusable("the accepted text has no id")
        return record

    def sent_texts(self, sender: str, recipient: str, since: datetime) -> tuple[TextRecord, ...]:
        """The own texts of one conversation; one request."""
        found = self._conversation(sender, [recipient], since - CLOCK_DIFFERENCE)
        return tuple(record for record in found if record.direction is Direction.OUTBOUND)

    def received_texts(self, senders: tuple[str, ...], since: datetime) -> tuple[TextRecord, ...]:
        """What came in, conversation by conversation, for each own number; a number that is not shared any more is left out."""
        found = [record for sender in senders for record in self._received_by(sender, since)]
        return tuple(sorted(found, key=lambda record: record.at or since, reverse=True))

    def _received_by(self, sender: str, since: datetime) -> Iterator[TextRecord]:
        try:
            reply = self._get(
                CONVERSATIONS, [("ownerPhoneNumber", sender), ("oldestTimestamp", _written(since)), ("pageSize", PAGE)]
            )
        except ScopeMissing:
            raise
        except AccessDenied:
            return
        for row in payload.rows(reply, "items")[:MOST_CONVERSATIONS]:
            contacts = list(payload.texts(row.get("contactPhoneNumbers")))
            for record in self._conversation(sender, contacts, since) if contacts else ():
                if record.direction is Direction.INBOUND:
                    yield record

    def _conversation(self, sender: str, contacts: list[str], since: datetime) -> list[TextRecord]:
        query = [("ownerPhoneNumber", sender), *(("contactPhoneNumber", contact) for contact in contacts)]
        query += [("oldestTimestamp", _written(since)), ("pageSize", PAGE)]
        rows = payload.rows(self._get(MESSAGES, query), "items")
        return [record for row in rows if (record := _record(row))]


def _raise_for(reply: Reply) -> None:
    """As everywhere, but with the violated field, and with 403 as a number that is not the user's."""
    try:
        raise_for(reply, SEND)
    except ScopeMissing:
        raise
    except RoleMissing as error:
        raise NumberNotOwned(reply.provider, reply.operation, **_kept(error)) from error
    except AccessDenied as error:
        if type(error) is AccessDenied:
            raise NumberNotOwned(reply.provider, reply.operation, **_kept(error)) from error
        raise
    except RequestRefused as error:
        violated = [
            payload.text(violation.get("field"), limit=80)
            for violation in payload.mappings(reply.error_json().get("constraintViolations"))
        ]
        kinds = [kind for field, kind in _FIELDS.items() if any(name.startswith(field) for name in violated)]
        raise next(iter(kinds), WriteRefused)(reply.provider, reply.operation, **_kept(error)) from error


def _kept(error: ProviderError) -> dict[str, Any]:
    return {"status": error.status, "request_id": error.request_id, "detail": error.detail}


def _record(row: Row) -> TextRecord | None:
    key = payload.text(row.get("id"), limit=100)
    if not key:
        return None
    inbound = row.get("direction") == "IN"
    contacts = payload.texts(row.get("contactPhoneNumbers"))
    author = payload.text(row.get("authorPhoneNumber"), limit=80)
    words = [payload.text(entry.get("status"), limit=40) for entry in payload.mappings(row.get("deliveryStatuses"))]
    word = next(filter(None, words), "")
    status = STATUSES.get(word.upper(), TextStatus.UNKNOWN)
    return TextRecord(
        key,
        Direction.INBOUND if inbound else Direction.OUTBOUND,
        (author if inbound else "") or next(iter(contacts), ""),
        payload.prose(row.get("body")),
        payload.moment(row.get("timestamp")),
        own_number=payload.text(row.get("ownerPhoneNumber"), limit=80),
        status=status,
        vendor_status=word,
        failure=DeliveryFailed.code if status is TextStatus.FAILED else "",
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
