"""Deadlines that hold whatever a server does: it may send a byte now and then, and no time-out between two bytes would ever end that.

The end of a request is a context variable. Sockets look at it before each read, and retries before each further try.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

PAGE_BUDGET = 20.0  # seconds that one page of the site may spend on waiting for providers, all its reads together
LEAST = 0.25  # seconds; with less than that left, nothing is asked any more

_request_ends: ContextVar[float | None] = ContextVar("request_ends", default=None)
_page_ends: ContextVar[float | None] = ContextVar("page_ends", default=None)


@contextmanager
def request_deadline(seconds: float | None) -> Iterator[None]:
    """One request, its retries and its body end within `seconds`; None leaves only the time-outs between bytes."""
    token = _request_ends.set(None if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        _request_ends.reset(token)


@contextmanager
def page_budget(seconds: float | None = None) -> Iterator[None]:
    """Reads inside the block share so many seconds, PAGE_BUDGET by default."""
    token = _page_ends.set(time.monotonic() + (PAGE_BUDGET if seconds is None else seconds))
    try:
        yield
    finally:
        _page_ends.reset(token)


def page_seconds_left() -> float | None:
    """What is left of the page's budget; None where nobody waits for a page."""
    ends = _page_ends.get()
    return None if ends is None else ends - time.monotonic()


def seconds_left() -> float | None:
    """What is left for the request under way, None without a deadline."""
    ends = _request_ends.get()
    return None if ends is None else ends - time.monotonic()


class _Impatient(io.RawIOBase):
    """A socket's bytes until the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._ends = _request_ends.get()
        self._between = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._sock.settimeout(left if self._between is None else min(left, self._between))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _ImpatientSocket:
    """What http.client needs of a socket to read an answer from."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Impatient(self._sock))


class DeadlineResponse(HTTPResponse):
    """An answer that is read until the deadline of its request; connections name it as their `response_class`."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(_ImpatientSocket(sock), *arguments, **options)  # type: ignore[arg-type]  # it only makes a file
