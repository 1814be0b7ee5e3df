"""Synchronising the call log: everything once (FSync), then what changed (ISync), and the company's extract."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import request

from sandbox.ringcentral import enums, params
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.calllog import readable, rows_between
from sandbox.ringcentral.calllog_json import account_base, extension_base, record
from sandbox.ringcentral.calllog_rows import Row
from sandbox.ringcentral.errors import invalid_parameter, sync_token_invalid
from sandbox.ringcentral.wire import Json, link, moment
from sandbox.store import Record

LARGEST, LARGEST_EXTRACT = 250, 1000
REACH = timedelta(days=30)
TOKEN_LIFE = timedelta(hours=24)
_EDITS_COME_WITHIN = timedelta(days=8)
_TOKENS = "ringcentral_sync_tokens"
Test = Callable[[Row], bool]


def own(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/call-log-sync`."""
    extension = readable(ask)
    return _sync(ask, extension_base(extension.id), lambda row: row.owner_id == extension.id)


def company(ask: Ask) -> Json:
    """`GET /account/{accountId}/call-log-sync`."""
    return _sync(ask, account_base(), lambda row: True)


def extract(ask: Ask) -> Json:
    """`GET /account/{accountId}/call-log-extract-sync`: records by the time of their last change, oldest change first.

    The answer may be longer than `recordCount` when several records changed in the same millisecond.
    """
    base = f"{account_base()}-extract"
    if params.choice("syncType", enums.SYNC_TYPE, "FSync") == "ISync":
        token = _token(ask, base)
        since, detailed = _time(token["since"]), bool(token["detailed"])
    else:
        since = params.when("dateFrom") or ask.now - timedelta(hours=1)
        detailed = _detailed()
    wanted = params.count("recordCount", LARGEST, LARGEST_EXTRACT)
    rows = sorted(_changed(ask, since), key=lambda row: (row.modified, row.uid, row.ordinal))
    chosen = rows[:wanted]
    while chosen and len(chosen) < len(rows) and rows[len(chosen)].modified == chosen[-1].modified:
        chosen.append(rows[len(chosen)])
    until = chosen[-1].modified if chosen else since
    return _answer(ask, base, chosen, detailed, "All", until)


def _sync(ask: Ask, base: str, fits: Test) -> Json:
    base = f"{base}-sync"
    if params.choice("syncType", enums.SYNC_TYPE, "FSync") == "ISync":
        token = _token(ask, base)
        rows = [row for row in _changed(ask, _time(token["since"])) if fits(row) and _wanted(row, token["group"])]
        if len(rows) > LARGEST:
            raise sync_token_invalid("CLG-102", "max sync record number limit is exceeded")
        return _answer(ask, base, rows, bool(token["detailed"]), token["group"], ask.now)
    if "recordCount" not in request.args:
        raise invalid_parameter("recordCount")
    count = params.count("recordCount", LARGEST, LARGEST)
    start = max(params.when("dateFrom") or ask.now - REACH, ask.now - REACH)
    group = params.choice("statusGroup", enums.STATUS_GROUP, "All")
    rows = [row for row in rows_between(ask, start, ask.now) if fits(row) and _wanted(row, group) and not row.deleted]
    return _answer(ask, base, rows[:count], _detailed(), group, ask.now)


def _changed(ask: Ask, since: datetime) -> list[Row]:
    """Rows changed after a moment, newest start first. Deleted ones are among them, marked as such."""
    return [row for row in rows_between(ask, since - _EDITS_COME_WITHIN, ask.now) if row.modified > since]


def _answer(ask: Ask, base: str, rows: list[Row], detailed: bool, group: str, until: datetime) -> Json:
    token = secrets.token_urlsafe(24)
    kept: Record = {"base": base, "detailed": detailed, "group": group, "since": until.timestamp()}
    ask.sandbox.store.put(_TOKENS, token, kept | {"made": ask.now.timestamp()})
    log = base.removesuffix("-sync").removesuffix("-extract")
    return {
        "uri": link(base + ("-sync" if base.endswith("-extract") else "")),
        "records": [record(row, log, detailed) for row in rows],
        "syncInfo": {
            "syncType": params.choice("syncType", enums.SYNC_TYPE, "FSync"),
            "syncToken": token,
            "syncTime": moment(ask.now),
        },
    }


def _token(ask: Ask, base: str) -> Record:
    """What a sync token remembers: view and filters are frozen in it."""
    raw = request.args.get("syncToken")
    if not raw:
        raise invalid_parameter("syncToken")
    token = ask.sandbox.store.get(_TOKENS, raw)
    if token is None or token["base"] != base:
        raise sync_token_invalid("CLG-101", "token not found")
    if ask.now.timestamp() > token["made"] + TOKEN_LIFE.total_seconds():
        raise sync_token_invalid("CLG-103", "token is expired")
    return token


def _detailed() -> bool:
    return params.choice("view", enums.VIEW, "Simple") == "Detailed"


def _wanted(row: Row, group: str) -> bool:
    return group == "All" or row.result == "Missed"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
