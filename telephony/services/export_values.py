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
    """Texts: words in the active language, times with their offset, whatever a spreadsheet might run defused.

    Times are texts in UTC here (`export_rows.read` with `times_as_text`).
    """
    if column.type is ColumnType.TIME:
        return LocalTimes(zone)
    if column.type is ColumnType.PHONE:
        return all_defused_numbers
    if column.type is ColumnType.TEXT:
        return all_defused
    if words := words_of(column, accounts):
        safe = {value: defused(word) for value, word in words.items()}
        return lambda values: list(map(safe.get, values, values))
    return _unchanged


class LocalTimes:
    """Turns times in UTC, as `YYYY-MM-DD HH:MM:SS` and maybe more, into local ones with their offset.

    Within an hour in which no clock is changed only the hour and the offset differ, so each hour is worked out once.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours: dict[str, tuple[str, str]] = {}

    def __call__(self, values: Values) -> Values:
        """The local times; None stays."""
        known, get = self._hours, self._hours.get
        for hour in {value[:13] for value in values if value} - known.keys():
            if found := self._worked_out(hour):
                known[hour] = found
        return [
            f"{hour[0]}{value[13:19]}{hour[1]}" if value and (hour := get(value[:13])) else value and self._one(value)
            for value in values
        ]

    def _one(self, value: str) -> str:
        return self._at(value).isoformat(" ", "seconds")

    def _worked_out(self, hour: str) -> tuple[str, str] | None:
        """Date and hour, and offset; None where minutes differ too, or the clock is changed."""
        first, last = self._at(f"{hour}:00:00").isoformat(" "), self._at(f"{hour}:59:59").isoformat(" ")
        same = first[:13] + first[19:] == last[:13] + last[19:]
        return (first[:13], first[19:]) if same and first[13:19] == ":00:00" else None

    def _at(self, value: str) -> datetime:
        return datetime.fromisoformat(value[:19]).replace(tzinfo=UTC).astimezone(self._zone)


def for_sheet(column: ExportColumn, accounts: list[LinkedAccount], zone: ZoneInfo) -> Converter:
    """Typed cells: dates without a zone, which workbooks do not know, and texts that are written as texts whatever they look like."""
    if column.type is ColumnType.TIME:
        return lambda values: [
            local and local.replace(tzinfo=None, microsecond=0) for local in _localised(values, zone)
        ]
    if column.type is ColumnType.COUNT:
        return _unchanged
    if words := words_of(column, accounts):
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


def words_of(column: ExportColumn, accounts: list[LinkedAccount]) -> dict[Any, str]:
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
