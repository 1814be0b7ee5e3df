"""What was asked of the sandbox, for tests that count requests. Secrets are kept only as fingerprints."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request. `time` is Unix seconds of the sandbox clock; `fault` names the fault that hit it, if any.

    `connection` is the client's end of the connection, so that requests on one connection can be told from those on another.
    """

    time: float
    method: str
    path: str
    query: str
    status: int
    provider: str
    authorization: str
    fault: str
    milliseconds: float
    connection: str = ""


def fingerprint(secret: str) -> str:
    """The first 12 hex digits of SHA-256: enough to tell two secrets apart, useless for signing in."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12] if secret else ""


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[RecordedRequest] = deque(maxlen=REMEMBERED)
        self._lock = threading.Lock()

    def add(self, entry: RecordedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self, provider: str = "", path_contains: str = "") -> list[RecordedRequest]:
        """The requests to a provider (all when empty) whose path contains a text."""
        with self._lock:
            entries = list(self._entries)
        return [e for e in entries if (not provider or e.provider == provider) and path_contains in e.path]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self.entries())

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
