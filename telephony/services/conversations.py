"""Texts as people think of them: who with, and what was said. Everything is scoped to one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from telephony.models import LinkedAccount, Message, PhoneBookEntry, ReceivedText
from telephony.services.names import Names
from telephony.services.regions import region_for

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


def messages_of(person: User) -> list[Message]:
    """Her latest texts with their accounts, newest first."""
    return list(Message.objects.filter(user=person).select_related("account__client")[:MOST_LOOKED_AT])


def conversations(person: User) -> list[Line]:
    """The latest text with each number, newest first: one line for each account and number."""
    received = ReceivedText.objects.filter(account__user=person).select_related("account")[:MOST_LOOKED_AT]
    lines = [_sent(message) for message in messages_of(person)] + [_received(text) for text in received]
    latest: dict[tuple[int, str], Line] = {}
    for line in sorted(lines, key=lambda line: line.at, reverse=True):
        latest.setdefault((line.account.pk, _digits(line)), line)
    return named(person, list(latest.values())[:MOST_CONVERSATIONS])


def conversation(account: LinkedAccount, digits: str) -> list[Line]:
    """Everything that was said with a number, oldest first."""
    sent = Message.objects.filter(account=account, digits=digits).select_related("account__client")
    received = ReceivedText.objects.filter(account=account, digits=digits).select_related("account")
    lines = [_sent(message) for message in sent[:MOST_IN_CONVERSATION]]
    lines += [_received(text) for text in received[:MOST_IN_CONVERSATION]]
    return sorted(lines, key=lambda line: line.at)[-MOST_IN_CONVERSATION:]


def named(person: User, lines: list[Line]) -> list[Line]:
    """The same with the phone book's names; one query."""
    names = book_names(person, [_digits(line) for line in lines])
    return [
        Line(
            line.at,
            line.body,
            line.account,
            line.number,
            line.message,
            line.received,
            names.of_number(line.number, region_for(line.account)),
        )
        for line in lines
    ]


def book_names(person: User, digits: list[str]) -> Names:
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
