"""Texts as people think of them: who with, and what was said. Everything is scoped to one person."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from telephony.models import LinkedAccount, Message, PhoneBookEntry, ReceivedText
from telephony.services.names import Names, booked_as
from telephony.services.regions import Regions

MOST_LOOKED_AT = 300  # texts of each direction from which the list of conversations is made
MOST_CONVERSATIONS = 50
MOST_IN_CONVERSATION = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a conversation; exactly one of `message` and `received` is there."""

    at: datetime
    body: str
    account: LinkedAccount
    number: str
    message: Message | None = None
    received: ReceivedText | None = None
    name: str = ""

    @property
    def is_mine(self) -> bool:
        """Whether it was sent from here."""
        return self.message is not None


def conversations(person: User, before: datetime | None = None) -> tuple[list[Line], datetime | None]:
    """The latest text with each number, newest first: one line for each account and number; some fifty that ended before `before`.

    The second is what to give as `before` for those after them, None where there are none.
    """
    sent = Message.objects.filter(user=person).select_related("account__client").order_by("-asked_at", "-pk")
    received = ReceivedText.objects.filter(account__user=person).select_related("account").order_by("-at", "-pk")
    if before is not None:
        newer_sent, newer_received = (
            _same_number(Message, asked_at__gte=before),
            _same_number(ReceivedText, at__gte=before),
        )
        same_word = newer_received.filter(~Q(digits="") | Q(sender=OuterRef("sender")))  # who has no number has a name
        sent = sent.filter(~Exists(newer_sent), ~Exists(newer_received), asked_at__lt=before)
        received = received.filter(~Exists(newer_sent), ~Exists(same_word), at__lt=before)
    found = [
        [_sent(message) for message in sent[:MOST_LOOKED_AT]],
        [_received(text) for text in received[:MOST_LOOKED_AT]],
    ]
    # Of a time of which not all texts were looked at, it is not known which is the latest of a conversation.
    unknown = max((lines[-1].at for lines in found if len(lines) == MOST_LOOKED_AT), default=None)
    texts = sorted(itertools.chain(*found), key=lambda line: line.at, reverse=True)
    known = [line for line in texts if unknown is None or line.at > unknown]
    latest: dict[tuple[int, str], Line] = {}
    for line in known or texts:
        latest.setdefault((line.account.pk, _digits(line)), line)
    lines = list(latest.values())
    shown = lines[:MOST_CONVERSATIONS]
    if shown:
        shown += itertools.takewhile(lambda line: line.at == shown[-1].at, lines[MOST_CONVERSATIONS:])
    more = len(lines) > len(shown) or unknown is not None
    return named(person, shown), shown[-1].at if shown and more else None


def _same_number(texts: type[Message] | type[ReceivedText], **when: datetime) -> QuerySet[Any]:
    """Texts of the outer one's account with its number."""
    return texts._default_manager.filter(account=OuterRef("account"), digits=OuterRef("digits"), **when).order_by()


def conversation(account: LinkedAccount, digits: str) -> list[Line]:
    """Everything that was said with a number, oldest first."""
    sent = Message.objects.filter(account=account, digits=digits).select_related("account__client")
    received = ReceivedText.objects.filter(account=account, digits=digits).select_related("account")
    lines = [_sent(message) for message in sent[:MOST_IN_CONVERSATION]]
    lines += [_received(text) for text in received[:MOST_IN_CONVERSATION]]
    return sorted(lines, key=lambda line: line.at)[-MOST_IN_CONVERSATION:]


def named(person: User, lines: list[Line]) -> list[Line]:
    """The same with the phone book's names; one query."""
    regions = Regions({line.account for line in lines})
    wanted = {_digits(line) for line in lines} | {booked_as(line.number, line.account, regions) for line in lines}
    names = replace(book_names(person, wanted), regions=regions)
    return [
        Line(
            line.at,
            line.body,
            line.account,
            line.number,
            line.message,
            line.received,
            names.of_number(line.number, line.account),
        )
        for line in lines
    ]


def book_names(person: User, digits: Iterable[str]) -> Names:
    """The phone book's names for some numbers."""
    found = PhoneBookEntry.objects.filter(user=person, digits__in=digits).order_by()
    return Names(dict(found.values_list("digits", "name")))


def _digits(line: Line) -> str:
    if line.message:
        return line.message.digits
    return line.received.digits or line.received.sender if line.received else ""


def _sent(message: Message) -> Line:
    return Line(message.asked_at, message.body, message.account, message.recipient, message=message)


def _received(text: ReceivedText) -> Line:
    return Line(text.at, text.body, text.account, text.sender, received=text)
