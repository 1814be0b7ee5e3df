"""A call filter as JSON and back, so that an export means the same when it is made later or again."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from telephony.core.call_filter import CallFilter


def filter_to_json(call_filter: CallFilter) -> dict[str, Any]:
    """Only what the filter sets; sets are sorted, so that equal filters give equal JSON."""
    return {
        entry.name: _plain(value)
        for entry in fields(call_filter)
        if (value := getattr(call_filter, entry.name)) != entry.default
    }


def filter_from_json(stored: dict[str, Any]) -> CallFilter:
    """The filter again. Raises ValueError for a field that this version does not know: leaving it out would give away other calls."""
    types = get_type_hints(CallFilter)
    if unknown := stored.keys() - types.keys():
        raise ValueError(f"unknown fields of a call filter: {', '.join(sorted(unknown))}")
    return CallFilter(**{name: _typed(types[name], value) for name, value in stored.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _typed(kind: Any, value: Any) -> Any:
    if isinstance(kind, UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is frozenset:
        return frozenset(_typed(get_args(kind)[0], item) for item in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value)
