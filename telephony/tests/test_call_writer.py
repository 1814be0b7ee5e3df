"""Rows that go past the models arrive as the models would have written them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest

from accounts.models import User
from telephony.core.storable import storable
from telephony.core.types import CallLeg, CallRecord, Direction, Kind, LogScope, MediaRef, Outcome, Party
from telephony.models import Call, LinkedAccount
from telephony.services import call_writer
from telephony.services.call_columns import call_columns
from telephony.services.call_digest import digest
from telephony.services.call_store import prepare, store_page
from telephony.services.call_writer import PreparedRow
from telephony.tests.accounts import make_account

pytestmark = pytest.mark.django_db

BERLIN = timezone(timedelta(hours=1))
START = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=BERLIN)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def record(**changes: Any) -> CallRecord:
    """A call with something in every column."""
    whole: dict[str, Any] = {
        "key": "k1",
        "kind": Kind.CALL,
        "direction": Direction.INBOUND,
        "outcome": Outcome.ANSWERED,
        "started_at": START,
        "answered_at": START + timedelta(seconds=5),
        "ended_at": START + timedelta(seconds=65),
        "duration": 60,
        "caller": Party("0211 58000", "+4921158000", 'Zoë "O\'Hara"', withheld=True),
        "callee": Party("100", None, "Desk", "100"),
        "extension": "100",
        "extension_name": "Empfang % 100",
        "session": "s1",
        "legs": (CallLeg(Party("1"), Party("2"), Direction.INTERNAL, Outcome.MISSED, START, 3, "queue"),),
        "recording": MediaRef("r1", 60, "audio/mpeg"),
        "voicemail": MediaRef("v1", transcript="Hallo – 你好"),
        "note": "a\nb",
        "changed_at": START + timedelta(days=1),
        "raw": {"b": [1, 2.5, None, True], "a": {"ä": "\U0001f4de"}},
        "unknown_values": ("type=ROBOT",),
    }
    return CallRecord(**whole | changes)


def test_every_column_is_written_but_those_that_the_database_or_the_statement_fills() -> None:
    stored = {field.name for field in Call._meta.concrete_fields}
    assert set(call_writer.COLUMNS) == stored - {"id", "account", "first_seen_at", *call_writer.MARKS}


@pytest.mark.parametrize("given", [record(), record(recording=None, voicemail=None, legs=(), raw={}, duration=None)])
def test_what_is_read_is_what_was_given(account: LinkedAccount, given: CallRecord) -> None:
    store_page(account, [given], LogScope.OWN)
    call = Call.objects.get(account=account)
    assert {name: getattr(call, name) for name in call_columns(given)} == call_columns(given)
    assert (call.in_own_log, call.in_company_log, call.missing_since) == (True, False, None)
    assert call.first_seen_at - datetime.now(UTC) < timedelta(seconds=5)


def test_a_row_that_no_recording_has_is_null_to_the_database(account: LinkedAccount) -> None:
    store_page(account, [record(recording=None)], LogScope.OWN)
    assert not Call.objects.filter(recording__isnull=False).exists()


def test_the_same_moment_in_another_zone_is_no_change(account: LinkedAccount) -> None:
    store_page(account, [record()], LogScope.OWN)
    moved = {name: getattr(record(), name).astimezone(UTC) for name in ("started_at", "answered_at", "ended_at")}
    assert store_page(account, [record(**moved)], LogScope.OWN).unchanged == 1


@pytest.mark.parametrize(
    "change", [{"note": "c"}, {"duration": 61}, {"recording": None}, {"raw": {"b": []}}, {"deleted": True}]
)
def test_every_change_is_noticed_and_written(account: LinkedAccount, change: dict[str, Any]) -> None:
    store_page(account, [record()], LogScope.OWN)
    assert store_page(account, [record(**change)], LogScope.OWN).changed == 1
    call = Call.objects.get(account=account)
    assert {name: getattr(call, name) for name in call_columns(record())} == call_columns(record(**change))


def test_a_row_that_was_altered_after_it_was_prepared_is_written_as_altered(account: LinkedAccount) -> None:
    row = prepare(account, [record()], LogScope.OWN).rows["k1"]
    altered = row | {"note": "other"}
    assert isinstance(row, PreparedRow)
    assert not isinstance(altered, PreparedRow)
    call_writer.upsert(account, [(altered, (True, False))])
    assert Call.objects.get(account=account).note == "other"


def test_what_is_stored_as_it_is_becomes_no_row_again(account: LinkedAccount) -> None:
    store_page(account, [record(), record(key="k2")], LogScope.OWN)
    again = prepare(account, [record(), record(key="k2", note="c"), record(key="k3")], LogScope.OWN)
    assert (list(again.rows), again.unchanged) == (["k2", "k3"], 1)


def test_a_row_that_one_log_has_is_still_new_to_the_other(account: LinkedAccount) -> None:
    store_page(account, [record()], LogScope.OWN)
    assert store_page(account, [record()], LogScope.COMPANY).added == 1
    assert Call.objects.get(account=account).in_own_log


@pytest.mark.parametrize("field", [one.name for one in fields(CallRecord)])
def test_the_digest_looks_at_every_field(field: str) -> None:
    default = {"raw": {"b": 2}, "legs": (), "unknown_values": (), "deleted": True, "recording": None, "voicemail": None}
    other: dict[str, Any] = {"kind": Kind.FAX, "direction": Direction.UNKNOWN, "outcome": Outcome.BUSY, "duration": 7}
    for name in ("started_at", "answered_at", "ended_at", "changed_at"):
        other[name] = START + timedelta(days=9)
    for side in ("caller", "callee"):
        other[side] = Party("9")
    changed = replace(record(), **{field: {**default, **other}.get(field, "other")})
    assert digest(changed).fingerprint != digest(record()).fingerprint


@pytest.mark.parametrize("raw", [{"a": "Bearer abcdef123"}, {"code": "x"}, {"a": "\x00"}])
def test_what_has_to_be_cleaned_is_cleaned(account: LinkedAccount, raw: dict[str, str]) -> None:
    legs = (CallLeg(Party(name="token=geheim1"), Party("2")),)
    store_page(account, [record(raw=raw), record(key="k2", legs=legs)], LogScope.OWN)
    cleaned, other = Call.objects.filter(account=account).order_by("key")
    assert cleaned.raw == storable(raw) != raw
    assert other.legs[0]["caller"]["name"] == "token=[redacted]"


def test_vendor_json_that_no_encoder_knows_is_told_apart_and_stored(account: LinkedAccount) -> None:
    odd = record(raw={"a": MappingProxyType({"b": 1})})
    assert digest(odd).raw is None
    assert digest(odd) != digest(record(raw={"a": MappingProxyType({"b": 2})}))
    store_page(account, [odd], LogScope.OWN)
    assert Call.objects.get(account=account).raw == {"a": {"b": 1}}
