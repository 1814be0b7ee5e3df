"""The sandbox's idea of the present, which can be moved forward to reach expiries without waiting."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Real UTC time plus an offset in seconds."""

    def __init__(self, offset: float = 0.0) -> None:
        self._offset = offset
        self._lock = threading.Lock()

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of real time."""
        return self._offset

    def timestamp(self) -> float:
        """Unix time in seconds."""
        return time.time() + self._offset

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> float:
        """Move the clock by `seconds` (negative: back) and return the new offset."""
        with self._lock:
            self._offset += seconds
            return self._offset
