"""The columns that an export of calls can have, in their order, and what each is read from."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.types import Direction, Kind, Outcome


class ColumnType(LabelledEnum):
    """How the values of a column are written."""

    TEXT = "text"
    PHONE = "phone"
    TIME = "time"
    COUNT = "count"
    FLAG = "flag"
    WORD = "word"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column. `key` is its name in JSON Lines and in addresses, `chosen` whether it is there unless a person decides otherwise."""

    key: str
    label: str | Promise
    type: ColumnType
    source: Combinable
    chosen: bool = True
    vocabulary: builtins.type[LabelledEnum] | None = None  # `type` is a field here


def _is_set(column: str) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(Q(**{f"{column}__isnull": False}), output_field=BooleanField())


COLUMNS: dict[str, ExportColumn] = {
    column.key: column
    for column in (
        ExportColumn("start", _("Start"), ColumnType.TIME, F("started_at")),
        ExportColumn("answered", _("Answered at"), ColumnType.TIME, F("answered_at"), chosen=False),
        ExportColumn("end", _("End"), ColumnType.TIME, F("ended_at"), chosen=False),
        ExportColumn("kind", _("Kind"), ColumnType.WORD, F("kind"), vocabulary=Kind),
        ExportColumn("direction", _("Direction"), ColumnType.WORD, F("direction"), vocabulary=Direction),
        ExportColumn("outcome", _("Outcome"), ColumnType.WORD, F("outcome"), vocabulary=Outcome),
        ExportColumn("from_number", _("From: number"), ColumnType.PHONE, Coalesce("caller_e164", "caller_number")),
        ExportColumn("from_name", _("From: name"), ColumnType.TEXT, F("caller_name")),
        ExportColumn("from_extension", _("From: extension"), ColumnType.PHONE, F("caller_extension"), chosen=False),
        ExportColumn("to_number", _("To: number"), ColumnType.PHONE, Coalesce("callee_e164", "callee_number")),
        ExportColumn("to_name", _("To: name"), ColumnType.TEXT, F("callee_name")),
        ExportColumn("to_extension", _("To: extension"), ColumnType.PHONE, F("callee_extension"), chosen=False),
        ExportColumn("extension", _("Extension"), ColumnType.PHONE, F("extension")),
        ExportColumn("extension_name", _("Extension name"), ColumnType.TEXT, F("extension_name"), chosen=False),
        ExportColumn("seconds", _("Talk time in seconds"), ColumnType.COUNT, F("duration")),
        ExportColumn("recording", _("Recording"), ColumnType.FLAG, _is_set("recording")),
        ExportColumn("voicemail", _("Voicemail"), ColumnType.FLAG, _is_set("voicemail"), chosen=False),
        ExportColumn("note", _("Note"), ColumnType.TEXT, F("note"), chosen=False),
        ExportColumn("account", _("Account"), ColumnType.ACCOUNT, F("account_id")),
        ExportColumn("id", _("Id at the provider"), ColumnType.TEXT, F("key"), chosen=False),
    )
}
DEFAULT_COLUMNS = tuple(key for key, column in COLUMNS.items() if column.chosen)


def columns_of(keys: Iterable[str]) -> tuple[ExportColumn, ...]:
    """The columns of these keys, in the order of COLUMNS; the usual ones where none of the keys is known."""
    wanted = set(keys) & COLUMNS.keys() or set(DEFAULT_COLUMNS)
    return tuple(column for key, column in COLUMNS.items() if key in wanted)


def choices() -> list[tuple[str, Any]]:
    """(key, label) pairs for a form."""
    return [(column.key, column.label) for column in COLUMNS.values()]
