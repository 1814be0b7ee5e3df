"""Byte ranges (RFC 9110, section 14): what a player asks for when it jumps, and cutting a whole answer down to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

_ONE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")
_PART = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/(?:[0-9]{1,15}|\*)")


class OutOfRange(Exception):
    """There is no such part. `length` is that of the whole, None where it is not known."""

    def __init__(self, length: int | None) -> None:
        self.length = length
        super().__init__(f"of {length} bytes")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """One range. `first` is None for the last so many bytes, which `last` then counts; `last` is None for all to the end."""

    first: int | None
    last: int | None

    @classmethod
    def parse(cls, header: str) -> Self | None:
        """The range of a `Range` header; None for several ones, other units and nonsense, which may all be answered with the whole."""
        found = _ONE.fullmatch(header.strip())
        if found is None:
            return None
        first, last, suffix = (int(part) if part else None for part in found.groups())
        if first is None:
            return cls(None, suffix)
        return None if last is not None and last < first else cls(first, last)

    @property
    def header(self) -> str:
        """The range as a `Range` header."""
        return f"bytes={'' if self.first is None else self.first}-{'' if self.last is None else self.last}"

    def within(self, length: int) -> tuple[int, int]:
        """First and last byte of it in a whole of this length. Raises OutOfRange."""
        if self.first is None:
            first, last = max(0, length - (self.last or 0)), length - 1
        else:
            first, last = self.first, length - 1 if self.last is None else min(self.last, length - 1)
        if first > last:
            raise OutOfRange(length)
        return first, last


def is_part(content_range: str) -> bool:
    """Whether a `Content-Range` header says which bytes have come."""
    return _PART.fullmatch(content_range) is not None


def cut(chunks: Iterator[bytes], first: int, last: int, close: Callable[[], None]) -> Iterator[bytes]:
    """The bytes from `first` to `last`, as they come by: nothing is kept. `close` is called when no more are needed."""
    at = 0
    try:
        for chunk in chunks:
            part = chunk[max(0, first - at) : last + 1 - at]
            at += len(chunk)
            if part:
                yield part
            if at > last:
                return
    finally:
        close()
