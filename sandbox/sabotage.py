"""What each fault does to a reply or to the connection."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from wsgiref.types import WSGIEnvironment

from flask import Response

from sandbox.faults import STATUSES, Fault, FaultKind

BEFORE = frozenset({*STATUSES, FaultKind.HTML, FaultKind.RESET, FaultKind.EMPTY, FaultKind.HUGE, FaultKind.REDIRECT})
"""Faults that strike before the request takes effect."""

_HTML = (
    "<!doctype html><html><head><title>Maintenance</title></head>"
    "<body><h1>We will be right back</h1><p>&lt;proxy 17&gt;</p></body></html>"
)
_BLOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished answer. `cut_after` bytes of the body are sent before the connection breaks (0: not even headers);
    the body is sent `repeat` times."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    cut_after: int | None = None
    repeat: int = 1

    def headers_with_length(self, method: str) -> list[tuple[str, str]]:
        """The headers with the right Content-Length, where a status may have one."""
        headers = [(name, value) for name, value in self.headers if name.lower() != "content-length"]
        if self.status[:3] in ("204", "304") or self.status.startswith("1"):
            return headers
        return [*headers, ("Content-Length", str(len(self.body) * self.repeat))]


def instead(fault: Fault, path: str, wording: Callable[[int, float | None], Response] | None) -> Reply:
    """The answer given in place of the real one."""
    match fault.kind:
        case FaultKind.RESET:
            return Reply("200 OK", [], b"", cut_after=0)
        case FaultKind.HTML:
            return _own(fault, 200, fault.body or _HTML, "text/html; charset=utf-8")
        case FaultKind.EMPTY:
            return _own(fault, 200, "", "application/json")
        case FaultKind.HUGE:
            repeat = max(1, fault.size_bytes // _BLOCK)
            return Reply("200 OK", [("Content-Type", "application/json")], b"[" * _BLOCK, repeat=repeat)
        case FaultKind.REDIRECT:
            headers = [("Location", f"http://elsewhere.example.invalid{path}"), ("Content-Type", "text/plain")]
            return Reply("307 Temporary Redirect", headers, b"")
        case kind:
            return _refusal(fault, fault.status or STATUSES[kind], wording)


def _refusal(fault: Fault, status: int, wording: Callable[[int, float | None], Response] | None) -> Reply:
    if fault.body is not None or wording is None:
        reply = _own(fault, status, fault.body or "", "application/json" if fault.body else "text/plain")
    else:
        response = wording(status, fault.retry_after)
        reply = Reply(response.status, list(response.headers), response.get_data())
    headers = [(name, value) for name, value in reply.headers if name.lower() != "retry-after"]
    if fault.retry_after is not None:
        headers.append(("Retry-After", f"{fault.retry_after:g}"))
    return replace(reply, headers=headers)


def _own(fault: Fault, status: int, body: str, content_type: str) -> Reply:
    response = Response(body, fault.status or status, content_type=content_type)
    return Reply(response.status, list(response.headers), response.get_data())


def afterwards(fault: Fault, reply: Reply) -> Reply:
    """The real answer, spoilt."""
    match fault.kind:
        case FaultKind.LOST_REPLY:
            return replace(reply, cut_after=0)
        case FaultKind.TRUNCATED:
            return replace(reply, cut_after=max(1, len(reply.body) // 2))
        case FaultKind.WRONG_TYPES:
            return replace(reply, body=_with_wrong_types(reply.body))
        case _:
            return reply


def _with_wrong_types(body: bytes) -> bytes:
    try:
        return json.dumps(_twisted(json.loads(body))).encode()
    except ValueError:
        return body


def _twisted(value: Any) -> Any:
    """Numbers become texts, texts become numbers or lists, truth values texts; objects keep their keys."""
    match value:
        case dict():
            return {key: _twisted(part) for key, part in value.items()}
        case list():
            return [_twisted(part) for part in value] or {}
        case bool() | int() | float():
            return f"{value}"
        case str():
            return [value] if len(value) % 2 else len(value)
        case _:
            return {}


def cut_short(reply: Reply, environ: WSGIEnvironment) -> Iterator[bytes]:
    """The first part of the body, then the end of the connection."""
    yield reply.body[: reply.cut_after]
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)


def reset_connection(environ: WSGIEnvironment) -> NoReturn:
    """Break the connection with a TCP reset, so that the client sees no answer at all."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError("the sandbox was told to reset this connection")
