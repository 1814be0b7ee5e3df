"""Turning columns as the database gives them into what a format writes, one whole column at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from telephony.core.spreadsheet import all_defused, all_defused_numbers, defused, printable
from telephony.models import LinkedAccount
from telephony.services.export_columns import ColumnType, ExportColumn

Values = Sequence[Any]
Converter = Callable[[Values], Values]


def for_csv(column: ExportColumn, accounts: list[LinkedAccount], zone: ZoneInfo) -> Converter:
    """Texts: words in the active language, times with their offset, whatever a spreadsheet might run defused."""
    if column.type is ColumnType.TIME:
        return lambda values: [local and local.isoformat(" ", "seconds") for local in _localised(values, zone)]
    if column.type is ColumnType.PHONE:
        return all_defused_numbers
    if column.type is ColumnType.TEXT:
        return all_defused
    if words := _words(column, accounts):
        safe = {value: defused(word) for value, word in words.items()}
        return lambda values: [safe.get(value, value) for value in values]
    return _unchanged


def for_sheet(column: ExportColumn, accounts: list[LinkedAccount], zone: ZoneInfo) -> Converter:
    """Typed cells: dates without a zone, which workbooks do not know, and texts that are written as texts whatever they look like."""
    if column.type is ColumnType.TIME:
        return lambda values: [
            local and local.replace(tzinfo=None, microsecond=0) for local in _localised(values, zone)
        ]
    if column.type is ColumnType.COUNT:
        return _unchanged
    if words := _words(column, accounts):
        return lambda values: [words.get(value, value) for value in values]
    return lambda values: [printable(value) for value in values]


def for_json(column: ExportColumn, accounts: list[LinkedAccount], zone: ZoneInfo) -> Converter:
    """Plain values: codes instead of words, true and false, times in ISO 8601; nothing is defused, since no program runs JSON."""
    if column.type is ColumnType.TIME:
        return lambda values: [local and local.isoformat() for local in _localised(values, zone)]
    if column.type is ColumnType.FLAG:
        return lambda values: [bool(value) for value in values]
    if column.type is ColumnType.ACCOUNT:
        return for_sheet(column, accounts, zone)
    return _unchanged


def _words(column: ExportColumn, accounts: list[LinkedAccount]) -> dict[Any, str]:
    """The text for each value of a column that has few; computed here, while the language of the person is active."""
    if column.vocabulary:
        return {member.value: member.label for member in column.vocabulary}
    if column.type is ColumnType.ACCOUNT:
        return {account.pk: str(account) for account in accounts}
    if column.type is ColumnType.FLAG:
        return {1: _("yes"), 0: _("no")}  # True and False are the same keys; SQLite gives numbers
    return {}


def _localised(values: Values, zone: ZoneInfo) -> list[datetime | None]:
    """PostgreSQL gives aware times, SQLite naive ones, both in UTC."""
    return [value and (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(zone) for value in values]


def _unchanged(values: Values) -> Values:
    return values
