"""A server that says exactly what a test wants, byte by byte, for what no well-behaved library would send."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Step = bytes | float | str
RESET: Step = "reset"  # end the connection with a reset instead of a farewell


def answer(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """A whole answer; `length` may announce another length than the body has."""
    announced = len(body) if length is None else length
    head = [f"HTTP/1.1 {status}", f"Content-Length: {announced}", "Content-Type: application/json", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class RawServer:
    """Plays one script for each request: bytes are sent, numbers are seconds to wait. The last script is repeated."""

    scripts: Sequence[Sequence[Step]]
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            try:
                while request := self._read(connection):
                    script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
                    self.requests.append(request)
                    if not self._play(connection, script):
                        return
            except OSError:
                return

    def _read(self, connection: socket.socket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return b""
            received += piece
        return received

    def _play(self, connection: socket.socket, script: Sequence[Step]) -> bool:
        """Whether the connection is to be kept."""
        for step in script:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float):
                time.sleep(step)
            else:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
        return True


@contextmanager
def saying(*scripts: Sequence[Step]) -> Iterator[RawServer]:
    """A server that plays `scripts`, one for each request that comes."""
    server = RawServer(scripts)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join(2)
