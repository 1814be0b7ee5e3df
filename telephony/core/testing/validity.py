"""What every normalised value must be, whatever the vendor sent: the assertions behind *the mapping is total*."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from telephony.core.redaction import redact
from telephony.core.types import (
    AccountFacts,
    CallLeg,
    CallRecord,
    Direction,
    ExtensionKind,
    ExtensionRecord,
    Fact,
    Identity,
    Kind,
    MediaRef,
    Money,
    Outcome,
    Page,
    Party,
)

E164 = re.compile(r"\+[1-9]\d{3,14}")
CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST_KEY = 200
LONGEST_TEXT = 20_000


def assert_text(value: object, name: str) -> None:
    """Text without control characters and of a sane length, "" included."""
    assert isinstance(value, str), f"{name} is {value!r}"
    assert len(value) <= LONGEST_TEXT, f"{name} has {len(value)} characters"
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value), f"{name} has control characters: {value!r}"


def assert_key(value: object, name: str = "key") -> None:
    """A non-empty text that can be a column of a unique constraint."""
    assert_text(value, name)
    assert isinstance(value, str)
    assert value.strip(), f"{name} is empty"
    assert len(value) <= LONGEST_KEY, f"{name} is too long: {value!r}"


def assert_moment(value: object, name: str) -> None:
    """An aware datetime in UTC."""
    assert isinstance(value, datetime), f"{name} is {value!r}"
    assert value.utcoffset() == timedelta(0), f"{name} is not in UTC: {value!r}"
    assert value.tzinfo is UTC, f"{name} is not in UTC: {value!r}"


def assert_seconds(value: object, name: str) -> None:
    """None, or whole seconds from 0 on."""
    assert value is None or (type(value) is int and value >= 0), f"{name} is {value!r}"


def assert_json(value: Any, name: str) -> None:
    """Something that a JSON column takes, without a secret in it."""
    json.dumps(value)
    assert redact(value) == value, f"{name} holds a secret"


def assert_party(party: Party, name: str) -> None:
    """One end of a call."""
    for field in ("number", "name", "extension"):
        assert_text(getattr(party, field), f"{name}.{field}")
    assert party.e164 is None or E164.fullmatch(party.e164), f"{name}.e164 is {party.e164!r}"
    assert isinstance(party.withheld, bool)
    assert not (party.withheld and party.e164), f"{name} is withheld and has a number"


def assert_leg(leg: CallLeg) -> None:
    """One leg of a call."""
    assert_party(leg.caller, "leg.caller")
    assert_party(leg.callee, "leg.callee")
    assert isinstance(leg.direction, Direction)
    assert isinstance(leg.outcome, Outcome)
    assert_seconds(leg.duration, "leg.duration")
    assert_text(leg.label, "leg.label")
    if leg.started_at is not None:
        assert_moment(leg.started_at, "leg.started_at")


def assert_media(media: MediaRef | None, name: str) -> None:
    """A recording or voicemail, or none."""
    if media is None:
        return
    assert_text(media.key, f"{name}.key")
    assert media.key, f"{name} has no key"
    assert_seconds(media.duration, f"{name}.duration")
    assert_text(media.content_type, f"{name}.content_type")
    assert isinstance(media.transcript, str)


def assert_call(call: CallRecord) -> None:
    """A row of a call log that our tables and pages can take as it is."""
    assert isinstance(call, CallRecord)
    assert_key(call.key)
    assert isinstance(call.kind, Kind)
    assert isinstance(call.direction, Direction)
    assert isinstance(call.outcome, Outcome)
    assert_moment(call.started_at, "started_at")
    for name in ("answered_at", "ended_at", "changed_at"):
        if (value := getattr(call, name)) is not None:
            assert_moment(value, name)
    assert_party(call.caller, "caller")
    assert_party(call.callee, "callee")
    assert_seconds(call.duration, "duration")
    for name in ("extension", "extension_name", "session", "note"):
        assert_text(getattr(call, name), name)
    for leg in call.legs:
        assert_leg(leg)
    assert_media(call.recording, "recording")
    assert_media(call.voicemail, "voicemail")
    assert isinstance(call.deleted, bool)
    assert_json(call.raw, "raw")
    for value in call.unknown_values:
        assert_text(value, "unknown_values")


def assert_extension(extension: ExtensionRecord) -> None:
    """An entry of the extension list that our tables and pages can take as it is."""
    assert isinstance(extension, ExtensionRecord)
    assert isinstance(extension.kind, ExtensionKind)
    assert_key(extension.key)
    for name in ("name", "number", "vendor_type", "status", "owner"):
        assert_text(getattr(extension, name), name)
    for number in extension.numbers:
        assert_text(number, "numbers")
    assert extension.online in (None, True, False)
    assert_json(extension.raw, "raw")


def assert_identity(identity: Identity) -> None:
    """Whose credentials these are."""
    assert_key(identity.remote_id, "remote_id")
    assert not re.search(r"\s", identity.remote_id), f"the remote id {identity.remote_id!r} has spaces"
    for name in ("label", "company", "person", "email"):
        assert_text(getattr(identity, name), name)
    assert identity.label, "the label is empty"
    assert_json(dict(identity.keys), "keys")


def assert_facts(facts: AccountFacts) -> None:
    """A description of an account that a page can show as it is."""
    for name in ("company", "person", "email", "plan"):
        assert_text(getattr(facts, name), name)
    assert facts.verified in (None, True, False)
    assert facts.is_admin in (None, True, False)
    for fact in (*facts.facts, *facts.instead_of_balance):
        assert isinstance(fact, Fact)
        assert str(fact.label).strip(), "a fact without a label"
        assert_text(str(fact.value), f"fact {fact.label}")
        assert fact.value, f"fact {fact.label} is empty: leave it out"
    assert_json(dict(facts.keys), "keys")


def assert_money(money: Money) -> None:
    """An amount that can be shown and stored."""
    assert isinstance(money.amount, Decimal)
    assert money.amount.is_finite()
    assert CURRENCY.fullmatch(money.currency), f"{money.currency!r} is not an ISO 4217 code"


def assert_result(value: object) -> None:
    """Whatever a client's method gave: each kind of value by its own rules."""
    if isinstance(value, Page):
        value = list(value.items)
    for item in value if isinstance(value, list) else [value]:
        check = _CHECKS.get(type(item))
        assert check is not None, f"a client gave {item!r}"
        check(item)


_CHECKS: dict[type, Callable[[Any], None]] = {
    AccountFacts: assert_facts,
    CallRecord: assert_call,
    ExtensionRecord: assert_extension,
    Identity: assert_identity,
    Money: assert_money,
}
