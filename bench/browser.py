"""Loads a page as a browser does: the HTML first, then every part that it loads by itself, over six connections at most."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from bench.measure import Client

CONNECTIONS = 6  # what browsers open to one host with HTTP/1.1
_PARTS = re.compile(r'hx-get="([^"]+)" hx-trigger="load"')


@dataclass(frozen=True, slots=True)
class Load:
    """One load: seconds to the HTML, seconds to the last part, and how long each part took by itself."""

    first_paint: float
    complete: float
    parts: list[float]


class Browser:
    """Keeps its connections open from page to page."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._clients = [Client(port, headers) for _ in range(CONNECTIONS)]

    def open(self, path: str) -> Load:
        """Load a page and its parts."""
        started = time.perf_counter()
        body = self._clients[0].get(path).body
        first_paint = time.perf_counter() - started
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for part in _PARTS.findall(body.decode()):
            waiting.put(unescape(part))
        parts: list[float] = []
        threads = [threading.Thread(target=_fetch, args=(client, waiting, parts)) for client in self._clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Load(first_paint, time.perf_counter() - started, parts)

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            client.close()


def _fetch(client: Client, waiting: queue.SimpleQueue[str], parts: list[float]) -> None:
    while True:
        try:
            path = waiting.get_nowait()
        except queue.Empty:
            return
        parts.append(client.get(path, **{"HX-Request": "true"}).seconds)
