"""The call log: own, of the company, one record, and the calls that are running."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.ringcentral import enums, ids, params
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.calllog_json import account_base, extension_base, record
from sandbox.ringcentral.calllog_query import KEPT, CallQuery, read_query
from sandbox.ringcentral.calllog_rows import Row
from sandbox.ringcentral.errors import not_found, user_permission
from sandbox.ringcentral.paging import LARGEST_PAGE, envelope, page_request
from sandbox.ringcentral.pbx import Extension
from sandbox.ringcentral.wire import Json

DETAILED_LARGEST = 250
"""Older editions of the vendor's document cap Detailed pages here, the newest one at 1000: the stricter one holds."""
ACTIVE_LAG, ACTIVE_KEPT = timedelta(seconds=5), timedelta(seconds=120)
Test = Callable[[Row], bool]


def own(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/call-log`; only administrators read somebody else's."""
    extension = readable(ask)
    query = read_query(ask.now, own_log=True)
    return _page(ask, extension_base(extension.id), query, lambda row: row.owner_id == extension.id)


def company(ask: Ask) -> Json:
    """`GET /account/{accountId}/call-log`: every extension's records, also of extensions that are gone."""
    return _page(ask, account_base(), read_query(ask.now, own_log=False), lambda row: True)


def one_own(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/call-log/{callRecordId}`."""
    extension = readable(ask)
    return _one(ask, extension_base(extension.id), lambda row: row.owner_id == extension.id)


def one_company(ask: Ask) -> Json:
    """`GET /account/{accountId}/call-log/{callRecordId}`."""
    return _one(ask, account_base(), lambda row: True)


def active_own(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/active-calls`."""
    extension = readable(ask)
    return _active(ask, extension_base(extension.id), lambda row: row.owner_id == extension.id)


def active_company(ask: Ask) -> Json:
    """`GET /account/{accountId}/active-calls`."""
    return _active(ask, account_base(), lambda row: True)


def readable(ask: Ask) -> Extension:
    """The extension of the path, when the user may read its calls."""
    extension = ask.target
    if extension.id != ask.own.id and not ask.admin:
        raise user_permission("ReadCallLog")
    return extension


def rows_between(ask: Ask, start: datetime, end: datetime) -> list[Row]:
    """All rows of calls that started in a window, newest first, also deleted ones."""
    calls = ask.sandbox.company.calls(start, end, include_deleted=True)
    return [row for call in calls for row in ask.rows.rows_of(call, ask.now)]


def _page(ask: Ask, base: str, query: CallQuery, fits: Test) -> Json:
    page = page_request(DETAILED_LARGEST if query.detailed else LARGEST_PAGE)
    rows = [row for row in rows_between(ask, query.start, query.end) if fits(row) and query.matches(row)]
    chosen = rows[page.start : page.start + page.size]
    records = [record(row, base, query.detailed) for row in chosen]
    return envelope(base, query.echo(), page, records, len(rows), totals=False)


def _one(ask: Ask, base: str, fits: Test) -> Json:
    place = ids.parse_record_id(ask.values["record"])
    call = ask.sandbox.company.call(place[0]) if place is not None else None
    if place is None or call is None or call.started_at < ask.now - KEPT:
        raise not_found("callRecordId")
    for row in ask.rows.rows_of(call, ask.now):
        if row.ordinal == place[1] and fits(row) and not row.deleted:
            return record(row, base, params.choice("view", enums.VIEW, "Simple") == "Detailed")
    raise not_found("callRecordId")


def _active(ask: Ask, base: str, fits: Test) -> Json:
    """Filters and the Detailed view are not supported here: they are ignored."""
    now = ask.now
    calls = ask.sandbox.company.calls(now - timedelta(hours=12), now - ACTIVE_LAG)
    recent = [call for call in calls if call.ended_at > now - ACTIVE_KEPT]
    rows = [row for call in recent for row in ask.rows.rows_of(call, now) if fits(row)]
    page = page_request()
    records = [record(row, base, detailed=False) for row in rows[page.start : page.start + page.size]]
    path = base.replace("/call-log", "/active-calls")
    return envelope(path, [("view", "Simple")], page, records, len(rows), totals=False)
