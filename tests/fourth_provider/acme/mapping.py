"""Acme's JSON in our terms. Pure: an odd row never raises, the whole row is kept, and an unknown value is named."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from telephony.core.http import Reply
from telephony.core.payload import duration, integer, lookup, moment, text
from telephony.core.phone import is_withheld, to_e164
from telephony.core.redaction import redact
from telephony.core.types import (
    AccountFacts,
    CallRecord,
    Direction,
    ExtensionKind,
    ExtensionRecord,
    Identity,
    Kind,
    Money,
    Outcome,
    Party,
)

Row = Mapping[str, Any]

DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}
RESULTS = {"answered": Outcome.ANSWERED, "missed": Outcome.MISSED, "busy": Outcome.BUSY}
_LARGEST_BALANCE = 10**12  # cents; more is an error at Acme


def identity(reply: Reply) -> Identity:
    """Who the credentials belong to. Raises UnusableReply where the answer has no id."""
    row = reply.json_object()
    user = text(row.get("id"), limit=60)
    if not user or any(character.isspace() for character in user):
        raise reply.unusable("the answer has no id")
    name, company = text(row.get("name"), limit=200), text(row.get("company"), limit=200)
    return Identity(remote_id=user, label=name or user, company=company, person=name)


def facts(row: Row) -> AccountFacts:
    """Who and what the account is."""
    return AccountFacts(
        company=text(row.get("company"), limit=200),
        person=text(row.get("name"), limit=200),
        email=text(row.get("email"), limit=200),
        plan=text(row.get("plan"), limit=200),
    )


def money(reply: Reply) -> Money:
    """The balance, which Acme counts in cents. Raises UnusableReply where it is not money: a balance is never guessed."""
    row = reply.json_object()
    cents, currency = integer(row.get("cents")), text(row.get("currency"))
    if cents is None or abs(cents) >= _LARGEST_BALANCE:
        raise reply.unusable("the balance is not an amount of cents")
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise reply.unusable("the balance has no currency")
    return Money(Decimal(cents) / 100, currency)


def line(row: Row) -> ExtensionRecord | None:
    """A phone line; None for one without an id."""
    key = text(row.get("id"), limit=100)
    if not key:
        return None
    return ExtensionRecord(
        kind=ExtensionKind.PHONE_LINE,
        key=key,
        name=text(row.get("name"), limit=200),
        number=text(row.get("number"), limit=60),
        raw=redact(row),
    )


def call(row: Row) -> CallRecord | None:
    """One call; None for one without an id or a start time."""
    key, started_at = text(row.get("id"), limit=100), moment(row.get("started"))
    if not key or started_at is None:
        return None
    unknowns: list[str] = []
    outcome = lookup(RESULTS, row.get("result"), Outcome.UNKNOWN, "result", unknowns)
    return CallRecord(
        key=key,
        kind=Kind.CALL,
        direction=lookup(DIRECTIONS, row.get("direction"), Direction.UNKNOWN, "direction", unknowns),
        outcome=outcome,
        started_at=started_at,
        caller=_party(row.get("from")),
        callee=_party(row.get("to")),
        duration=duration(row.get("seconds")) if outcome is Outcome.ANSWERED else None,
        extension=text(row.get("line"), limit=60),
        raw=redact(row),
        unknown_values=tuple(unknowns),
    )


def _party(value: Any) -> Party:
    number = text(value, limit=80)
    if is_withheld(number):
        return Party(number=number, withheld=True)
    return Party(number=number, e164=to_e164(number))
