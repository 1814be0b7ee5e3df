"""The HTTP server: werkzeug's threaded one, with connections that stay open as the real providers' do."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

log = logging.getLogger("sandbox")


class PortTaken(Exception):
    """Another program listens there already."""


class KeepAliveHandler(WSGIRequestHandler):
    """HTTP/1.1 with keep-alive. The gate has read the whole request and knows the length of every reply."""

    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 75
    wbufsize = 65536

    def run_wsgi(self) -> None:
        """Answer one request and leave the connection open, as far as the client agrees."""
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        try:
            for data in self.server.app(environ, self._start_response):
                self.wfile.write(data)
                if len(data) >= self.wbufsize or "sandbox.cut" in environ:
                    self.wfile.flush()
            self.wfile.flush()
        except OSError:
            self._abandon()
        except Exception:
            log.exception("error on %s %s", self.command, environ.get("PATH_INFO"))
            self._abandon()

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        code, _, message = status.partition(" ")
        self.send_response(int(code), message)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        return self.wfile.write

    def _abandon(self) -> None:
        """Close without sending what is still in the buffer."""
        self.close_connection = True
        self.wfile = _Nowhere()  # type: ignore[assignment]  # only written to, flushed and closed
        descriptor = self.connection.detach()
        if descriptor >= 0:
            os.close(descriptor)  # with a linger time of 0 this sends the reset

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line without query string: a query can carry secrets."""
        log.debug("%s %s %s", self.command, self.path.partition("?")[0], code)


class _Nowhere:
    """Takes the place of a broken connection's writer."""

    closed = False

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


class SandboxServer(ThreadedWSGIServer):
    """The server; `close` also ends connections that clients keep open."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, host: str, port: int, app: Flask) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        listener = _listen(host, port)
        try:
            super().__init__(host, listener.getsockname()[1], app, handler=KeepAliveHandler, fd=listener.fileno())
        finally:
            listener.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then answer it in a thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close(self) -> None:
        """Stop listening and end every open connection."""
        self.server_close()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                log.debug("a connection had ended already: %s", error)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {port} on {host} is taken by another program; choose another with --port.") from None
        raise
    return listener
