"""Sliding-window rate limits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

from sandbox.clock import Clock


@dataclass(frozen=True, slots=True)
class RateDecision:
    """The answer for one request. `retry_after` is in seconds and 0 when allowed."""

    allowed: bool
    limit: int
    remaining: int
    window_seconds: float
    retry_after: float


class RateLimiter:
    """Counts requests per key in a sliding window, with an optional penalty that starts when the limit is passed."""

    def __init__(self, clock: Clock, enabled: bool = True) -> None:
        self.enabled = enabled
        self._clock = clock
        self._lock = threading.Lock()
        self._hits: dict[Hashable, deque[float]] = {}
        self._blocked_until: dict[Hashable, float] = {}

    def hit(
        self,
        key: Hashable,
        limit: int,
        window_seconds: float = 60.0,
        penalty_seconds: float = 0.0,
        penalty_restarts: bool = False,
    ) -> RateDecision:
        """Count one request under `key`.

        With `penalty_seconds` every request is refused for that long after the limit was passed; with
        `penalty_restarts` a request during the penalty starts it anew. With limits off everything is allowed.
        """
        if not self.enabled:
            return RateDecision(True, limit, limit, window_seconds, 0.0)
        now = self._clock.timestamp()
        with self._lock:
            blocked_until = self._blocked_until.get(key, 0.0)
            if now < blocked_until:
                if penalty_restarts:
                    blocked_until = self._blocked_until[key] = now + penalty_seconds
                return RateDecision(False, limit, 0, window_seconds, blocked_until - now)
            hits = self._hits.setdefault(key, deque())
            while hits and hits[0] <= now - window_seconds:
                hits.popleft()
            if len(hits) < limit:
                hits.append(now)
                return RateDecision(True, limit, limit - len(hits), window_seconds, 0.0)
            wait = penalty_seconds or hits[0] + window_seconds - now
            if penalty_seconds:
                self._blocked_until[key] = now + penalty_seconds
                hits.clear()
            return RateDecision(False, limit, 0, window_seconds, wait)

    def reset(self) -> None:
        """Forget everything counted."""
        with self._lock:
            self._hits.clear()
            self._blocked_until.clear()
