"""The quick ways of an export write what the careful ways write."""

from __future__ import annotations

import gc
from array import array
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony.core.testing.effort import tries
from telephony.core.types import LogScope, MediaRef, Party
from telephony.models import Call, LinkedAccount
from telephony.services import export_formats, export_rows
from telephony.services.call_store import store_page
from telephony.services.export_columns import COLUMNS
from telephony.services.export_formats import CsvFormat, JsonLinesFormat
from telephony.services.export_rows import read
from telephony.services.export_values import LocalTimes
from telephony.tests.accounts import make_account
from telephony.tests.test_selectors import record

ZONES = ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "America/New_York"]
TEXTS = [
    "",
    "Ina",
    "=1+1",
    "Müller-Lüdenscheid",
    "a;=b",
    'say "hi"',
    "a,b",
    "-5",
    "two\nlines",
    "a\r\nb",
    "\tx",
    "+49",
    "＝1",
    "\\.",
    " @x",
]


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


MOMENTS = st.integers(0, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, st.sampled_from(ZONES))
@example(
    datetime(2026, 4, 4, 15, 10, tzinfo=UTC), "Australia/Lord_Howe"
)  # changed by half an hour, within an hour of UTC
@example(datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "Europe/Berlin")
@example(datetime(2026, 10, 25, 1, 0, 0, tzinfo=UTC), "Europe/Berlin")
def test_local_times_are_those_of_the_zone(moment: datetime, zone: str) -> None:
    near, told = (f"{one:%Y-%m-%d %H:%M:%S}" for one in (moment + timedelta(minutes=1), moment))
    wanted = moment.astimezone(ZoneInfo(zone)).isoformat(" ", "seconds")
    assert LocalTimes(ZoneInfo(zone))([near, None, told, f"{told}.123456"])[1:] == [None, wanted, wanted]


@pytest.mark.django_db
@pytest.mark.parametrize("order", [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 9, 1]])
def test_rows_come_in_the_order_of_the_ids(account: LinkedAccount, order: list[int]) -> None:
    store_page(account, [record(number, number) for number in (1, 2, 3)], LogScope.OWN)
    ids = dict(Call.objects.values_list("key", "pk"))
    wanted = array("q", [ids.get(f"call-{number}", 0) for number in order])
    (columns,) = read(wanted, [COLUMNS["id"]])
    assert list(columns[0]) == [f"call-{number}" for number in order if number < 9]


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tries(12), deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(["", "+49211", "112", "sip:x", "+", "="])), max_size=6)
)
def test_the_database_writes_the_same_lines(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, str]]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the other database does not write CSV")
    Call.objects.all().delete()
    records = [
        record(
            place, 700 * place, caller=Party(number, None, text), note=text, recording=MediaRef("r") if text else None
        )
        for place, (text, number) in enumerate(rows)
    ]
    store_page(account, records, LogScope.OWN)
    ids = array("q", Call.objects.order_by("-started_at").values_list("pk", flat=True))
    for zone in map(ZoneInfo, ZONES):
        written = CsvFormat(list(COLUMNS.values()), [account], zone)
        by_database = list(written.pieces(ids))
        by_row = list(written._row_by_row(ids))
        assert b"".join(piece for piece, _rows in by_database) == b"".join(piece for piece, _rows in by_row)
        assert sum(count for _piece, count in by_database) == len(rows)
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone()[0] == "UTC"


@pytest.mark.django_db
def test_what_the_database_must_not_write_is_written_row_by_row(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_page(account, [record(1, caller=Party("", None, "=1+1"))], LogScope.OWN)
    ids = array("q", Call.objects.values_list("pk", flat=True))
    monkeypatch.setattr(export_formats, "can_copy", lambda *_arguments: True)
    monkeypatch.setattr(export_formats, "copied", lambda ids, *_arguments: iter([(ids, None)]))
    ((piece, rows),) = CsvFormat([COLUMNS["from_name"], COLUMNS["id"]], [account], ZoneInfo("UTC")).pieces(ids)
    assert (piece, rows) == (b"'=1+1,call-1\r\n", 1)


@pytest.mark.django_db
@pytest.mark.parametrize("text_format", [CsvFormat, JsonLinesFormat])
def test_between_two_pieces_the_process_is_as_it_was(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch, text_format: type[CsvFormat | JsonLinesFormat]
) -> None:
    """An export that nobody fetches to its end must leave neither the collector off nor the connection's cache small."""
    store_page(account, [record(number, number) for number in (1, 2, 3)], LogScope.OWN)
    ids = array("q", Call.objects.values_list("pk", flat=True))
    monkeypatch.setattr(export_rows, "CHUNK", 2)
    written = text_format([COLUMNS["id"]], [account], ZoneInfo("UTC"))
    before = _cache_size()
    seen = []
    original = written._lines

    def lines(columns: Any) -> Any:
        seen.append((gc.isenabled(), _cache_size()))
        return original(columns)

    monkeypatch.setattr(written, "_lines", lines)
    pieces = iter(written.pieces(ids))
    assert next(pieces)[1] == 2
    assert (gc.isenabled(), _cache_size()) == (True, before)
    assert seen == [(False, export_rows.SMALL_CACHE if connection.vendor == "sqlite" else before)]


def _cache_size() -> int:
    """What SQLite may keep in memory; nothing on another database."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        return int(cursor.execute("PRAGMA cache_size").fetchone()[0])
