"""Texts as every provider's are told: who may send, what is sent, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.types import Direction, Money


class TextStatus(LabelledEnum):
    """What became of a sent text, as far as the provider tells. SENT is handed on to the recipient's carrier, or listed as sent."""

    QUEUED = "queued", _("Waiting at the provider")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Not delivered")
    UNKNOWN = "unknown", _("Unknown")


@dataclass(frozen=True, slots=True)
class TextRules:
    """What holds for all texts of a provider.

    `longest` is in UTF-16 units, None where the provider states none. `price` is the list price of one part, None where that is not
    published. `longest_delay` is how far ahead a text can be scheduled, None where it cannot. `tells_delivery` says whether the API
    tells that a text arrived, and `reading_scopes` are what it takes to see what became of texts, and which came in.
    """

    longest: int | None = None
    price: Money | None = None
    longest_delay: timedelta | None = None
    tells_delivery: bool = True
    reading_scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TextSender:
    """What a text can be sent from. `key` is what the provider calls it, `number` is E.164, "" where recipients see a name instead."""

    key: str
    name: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """A text to send: `sender` is a TextSender.key, `recipient` is E.164, `send_at` an aware datetime for later."""

    sender: str
    recipient: str
    body: str
    send_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TextRecord:
    """A text that the provider lists, or has just accepted. `key` is its id, "" where it tells none.

    `number` is the other end as the provider gave it. `failure` is the code of an error of core.delivery_errors where it is FAILED;
    `vendor_status` the provider's own word or code.
    """

    key: str
    direction: Direction
    number: str
    body: str
    at: datetime | None
    own_number: str = ""
    status: TextStatus = TextStatus.UNKNOWN
    vendor_status: str = ""
    failure: str = ""


def same_body(one: str, other: str) -> bool:
    """Whether two bodies are the same text: providers change line ends and spaces at the edges."""
    return one.split() == other.split()
