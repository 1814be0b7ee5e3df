"""The history: list, single entries, changes, deletion, export, and what its links lead to."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.sipgate.access import Caller, Door, Refused, json_body
from sandbox.sipgate.entries import EDITS, Entry, edits_of, entries
from sandbox.sipgate.entry_json import as_json, moment

_KINDS = {"CALL", "VOICEMAIL", "SMS", "FAX"}
_DIRECTIONS = {"INCOMING", "OUTGOING", "MISSED_INCOMING", "MISSED_OUTGOING"}
_FLAGS = ("archived", "read", "starred")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
Edits = dict[str, dict[str, Any]]


def _chosen(name: str, allowed: set[str]) -> set[str]:
    values = set(request.args.getlist(name))
    if not values <= allowed:
        raise Refused(400)
    return values


def _bound(name: str, default: datetime) -> datetime:
    text = request.args.get(name)
    if not text:
        return default
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _truth(name: str) -> bool:
    value = request.args.get(name, "false").lower()
    if value not in ("true", "false"):
        raise Refused(400)
    return value == "true"


def _whole(name: str, default: int, maximum: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) > maximum:
        raise Refused(400)
    return int(text)


def _digits(number: str) -> str:
    """The number without country code and punctuation, to compare both forms that clients send."""
    bare = "".join(c for c in number if c.isdigit())
    for start in ("0049", "49", "0"):
        if bare.startswith(start) and len(bare) > 6:
            return bare.removeprefix(start)
    return bare


def _filters(caller: Caller, edits: Edits, with_number: bool) -> list[Callable[[Entry], bool]]:
    kinds, directions = _chosen("types", _KINDS), _chosen("directions", _DIRECTIONS)
    starred = _chosen("starred", {"STARRED", "UNSTARRED"})
    connections = set(request.args.getlist("connectionIds"))
    if any(not c or c[0] in "exya" for c in connections):
        raise Refused(403)
    archived = _truth("archived")
    number = _digits(request.args.get("phonenumber", "")) if with_number else ""
    filters: list[Callable[[Entry], bool]] = [
        lambda e: not edits.get(e.id, {}).get("deleted"),
        lambda e: bool(edits.get(e.id, {}).get("archived", False)) is archived,
    ]
    if kinds:
        filters.append(lambda e: e.kind in kinds)
    if directions:
        filters.append(lambda e: e.direction in directions)
    if connections:
        filters.append(lambda e: not connections.isdisjoint(e.connections))
    if len(starred) == 1:
        wanted = "STARRED" in starred
        filters.append(lambda e: bool(edits.get(e.id, {}).get("starred", False)) is wanted)
    if number:
        filters.append(lambda e: number in (_digits(e.source), _digits(e.target)))
    return filters


def _selected(caller: Caller, edits: Edits, *, with_number: bool = True) -> list[Entry]:
    filters = _filters(caller, edits, with_number)
    found = entries(caller, _bound("from", _EARLIEST), _bound("to", caller.sandbox.clock.now()))
    return [entry for entry in found if all(passes(entry) for passes in filters)]


def _one(caller: Caller, entry_id: str, edits: Edits) -> Entry:
    if not edits.get(entry_id, {}).get("deleted"):
        for entry in entries(caller, _EARLIEST, caller.sandbox.clock.now()):
            if entry.id == entry_id:
                return entry
    raise Refused(404)


def _change(caller: Caller, entry_id: str, changes: dict[str, Any]) -> None:
    store, key = caller.sandbox.store, f"{caller.account}:{entry_id}"
    with store.transaction():
        record = store.get(EDITS, key) or {}
        store.put(EDITS, key, record | changes | {"modified": caller.sandbox.clock.timestamp()})


def _bulk_rows() -> list[dict[str, Any]]:
    """The rows of a bulk change: fewer than 150, each with an id."""
    if request.mimetype != "application/json":
        raise Refused(415)
    rows = request.get_json(silent=True)
    if not isinstance(rows, list) or len(rows) >= 150 or not all(isinstance(r, dict) and "id" in r for r in rows):
        raise Refused(400)
    return rows


def _wanted_changes(body: dict[str, object], with_note: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in _FLAGS:
        if name in body:
            if not isinstance(body[name], bool):
                raise Refused(400)
            changes[name] = body[name]
    if with_note and "note" in body:
        changes["note"] = str(body["note"])
    return changes


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""
    _add_reading(api, door)
    _add_changing(api, door)


def _add_reading(api: Blueprint, door: Door) -> None:
    @api.get("/history")
    @door.opens("history:read")
    def history(caller: Caller) -> Response:
        offset, limit = _whole("offset", 0, 2_147_483_647), _whole("limit", 10, 1000)
        edits = edits_of(caller)
        found = _selected(caller, edits)
        page = found[offset : offset + limit]
        return jsonify(items=[as_json(e, edits.get(e.id, {})) for e in page], totalCount=len(found))

    @api.get("/history/export")
    @door.opens("history:read")
    def export(caller: Caller) -> Response:
        offset, limit = _whole("offset", 0, 2_147_483_647), _whole("limit", 10, 1000)
        found = _selected(caller, edits_of(caller), with_number=False)[offset : offset + limit]
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["id", "type", "direction", "source", "target", "created"])
        rows.writerows([e.id, e.kind, e.direction, e.source, e.target, moment(e.created)] for e in found)
        return Response(text.getvalue(), content_type="application/octet-stream")

    @api.get("/history/<entry_id>")
    @door.opens("history:read")
    def entry(caller: Caller, entry_id: str) -> Response:
        edits = edits_of(caller)
        return jsonify(as_json(_one(caller, entry_id, edits), edits.get(entry_id, {})))


def _add_changing(api: Blueprint, door: Door) -> None:
    @api.put("/history/<entry_id>")
    @door.opens("history:write")
    def change(caller: Caller, entry_id: str) -> tuple[str, int]:
        body = json_body()
        _one(caller, entry_id, edits_of(caller))
        _change(caller, entry_id, _wanted_changes(body, with_note=True))
        return "", 204

    @api.put("/history")
    @door.opens("history:write")
    def change_many(caller: Caller) -> tuple[str, int]:
        rows = _bulk_rows()
        visible = {e.id for e in entries(caller, _EARLIEST, caller.sandbox.clock.now())}
        for row in rows:
            if str(row["id"]) not in visible:
                raise Refused(404)
            _change(caller, str(row["id"]), _wanted_changes(row, with_note=False))
        return "", 204

    @api.delete("/history/<entry_id>")
    @door.opens("history:write")
    def delete(caller: Caller, entry_id: str) -> tuple[str, int]:
        _one(caller, entry_id, edits_of(caller))
        _change(caller, entry_id, {"deleted": True})
        return "", 204

    @api.delete("/history")
    @door.opens("history:write")
    def delete_many(caller: Caller) -> tuple[str, int]:
        """Without an id this empties the whole history, as the real one does."""
        ids = set(request.args.getlist("id"))
        with caller.sandbox.store.transaction():
            for e in entries(caller, _EARLIEST, caller.sandbox.clock.now()):
                if not ids or e.id in ids:
                    _change(caller, e.id, {"deleted": True})
        return "", 204
