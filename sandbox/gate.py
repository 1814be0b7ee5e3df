"""The way in: every request passes here, is delayed, struck by a fault or let through, and is logged."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from sandbox import sabotage
from sandbox.faults import Fault, FaultKind
from sandbox.request_log import RecordedRequest, fingerprint
from sandbox.sabotage import Reply

if TYPE_CHECKING:
    from sandbox.app import Sandbox

MAX_BODY = 64_000_000


class Gate:
    """WSGI middleware around the whole application. The sandbox's own pages are let through untouched."""

    def __init__(self, app: WSGIApplication, sandbox: Sandbox, flask_app: Flask) -> None:
        self._app = app
        self._sandbox = sandbox
        self._flask_app = flask_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _read_body(environ)
        path = environ.get("PATH_INFO", "/")
        provider = path.split("/", 2)[1] if path.count("/") >= 1 else ""
        if provider not in self._sandbox.policies:
            return self._send(self._run(environ), environ, start_response)
        started = time.perf_counter()
        if self._sandbox.config.latency_ms:
            time.sleep(self._sandbox.config.latency_ms / 1000)
        fault = self._sandbox.faults.strike(provider, path, environ["REQUEST_METHOD"])
        reply = self._run(environ) if fault is None else self._struck(fault, provider, environ)
        self._log(environ, provider, reply, fault, started)
        return self._send(reply, environ, start_response)

    def _struck(self, fault: Fault, provider: str, environ: WSGIEnvironment) -> Reply:
        if fault.kind in sabotage.BEFORE:
            wording = self._sandbox.fault_replies.get(provider)
            with self._flask_app.request_context(environ):
                return sabotage.instead(fault, environ.get("PATH_INFO", "/"), wording)
        if fault.kind is FaultKind.SLOW:
            time.sleep(fault.delay_seconds)
        return sabotage.afterwards(fault, self._run(environ))

    def _run(self, environ: WSGIEnvironment) -> Reply:
        collected: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None, /) -> Callable[[bytes], object]:
            collected.update(status=status, headers=headers)
            return lambda data: None

        chunks = self._app(environ, start)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return Reply(collected["status"], collected["headers"], body)

    def _send(self, reply: Reply, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if reply.cut_after == 0:
            sabotage.reset_connection(environ)
        start_response(reply.status, reply.headers_with_length(environ["REQUEST_METHOD"]))
        if reply.cut_after is not None:
            environ["sandbox.cut"] = True
            return sabotage.cut_short(reply, environ)
        if reply.repeat > 1:
            return (reply.body for _ in range(reply.repeat))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def _log(self, environ: WSGIEnvironment, provider: str, reply: Reply, fault: Fault | None, started: float) -> None:
        self._sandbox.requests.add(
            RecordedRequest(
                time=self._sandbox.clock.timestamp(),
                method=environ["REQUEST_METHOD"],
                path=environ.get("PATH_INFO", "/"),
                query=environ.get("QUERY_STRING", ""),
                status=0 if reply.cut_after == 0 else int(reply.status.split()[0]),
                provider=provider,
                authorization=fingerprint(environ.get("HTTP_AUTHORIZATION", "")),
                fault="" if fault is None else fault.kind.value,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
                connection=f"{environ.get('REMOTE_ADDR', '')}:{environ.get('REMOTE_PORT', '')}",
            )
        )


def _read_body(environ: WSGIEnvironment) -> None:
    """Take the whole request body off the connection, so that the next request on it starts at its beginning."""
    if environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(MAX_BODY)
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(min(int(length), MAX_BODY)) if length.isdigit() else b""
    environ["wsgi.input"] = io.BytesIO(body)
