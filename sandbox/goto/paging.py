"""GoTo's opaque page markers: `nextPageMarker` on every page but the last."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from sandbox.goto.errors import bad_request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page of things and the marker of the next one."""

    items: Sequence[T]
    size: int
    marker: str | None

    def tail(self) -> dict[str, object]:
        """The marker as a body fragment; nothing at all on the last page."""
        return {"nextPageMarker": self.marker} if self.marker else {}


def page(rows: Sequence[T], key: Callable[[T], str], default: int, largest: int) -> Slice[T]:
    """The page after the marker. A marker names the last row of its page, so rows added before it shift nothing."""
    size = page_size(default, largest)
    start = _after(rows, key, request.args.get("pageMarker"))
    chosen = rows[start : start + size]
    more = start + size < len(rows)
    return Slice(chosen, size, _encode(key(chosen[-1])) if more and chosen else None)


def page_size(default: int, largest: int) -> int:
    """`pageSize`, refused outside 1 to the maximum."""
    raw = request.args.get("pageSize", str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or not 1 <= int(raw) <= largest:
        raise bad_request("InvalidRange", "pageSize")
    return int(raw)


def _after(rows: Sequence[T], key: Callable[[T], str], marker: str | None) -> int:
    if not marker:
        return 0
    wanted = _decode(marker)
    for index, row in enumerate(rows):
        if key(row) == wanted:
            return index + 1
    raise bad_request("InvalidPageMarker", "pageMarker")


def _encode(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def _decode(marker: str) -> str:
    try:
        return base64.urlsafe_b64decode(marker + "=" * (-len(marker) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise bad_request("InvalidPageMarker", "pageMarker") from None
