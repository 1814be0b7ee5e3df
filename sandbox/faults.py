"""Faults on demand: what to do to which requests, how often or until when."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from sandbox.clock import Clock


class FaultKind(StrEnum):
    """What happens to the request."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    HTML = "html"
    TRUNCATED = "truncated"
    SLOW = "slow"
    RESET = "reset"
    LOST_REPLY = "lost_reply"
    EMPTY = "empty"
    WRONG_TYPES = "wrong_types"
    HUGE = "huge"
    REDIRECT = "redirect"


DESCRIPTIONS: dict[FaultKind, str] = {
    FaultKind.UNAUTHORIZED: "401 in the provider's own words",
    FaultKind.FORBIDDEN: "403 in the provider's own words",
    FaultKind.RATE_LIMITED: "429, with Retry-After when a number of seconds is given",
    FaultKind.SERVER_ERROR: "500",
    FaultKind.UNAVAILABLE: "503, with Retry-After when a number of seconds is given",
    FaultKind.HTML: "200 with a web page where JSON is expected",
    FaultKind.TRUNCATED: "the right answer, cut in the middle",
    FaultKind.SLOW: "the right answer after a delay",
    FaultKind.RESET: "connection reset; the request has no effect",
    FaultKind.LOST_REPLY: "the request takes effect, then the connection is reset",
    FaultKind.EMPTY: "200 with an empty body",
    FaultKind.WRONG_TYPES: "the right answer with the types of its values changed",
    FaultKind.HUGE: "200 with a body of many megabytes",
    FaultKind.REDIRECT: "307 to another host",
}
STATUSES: dict[FaultKind, int] = {
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.FORBIDDEN: 403,
    FaultKind.RATE_LIMITED: 429,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.UNAVAILABLE: 503,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One active fault. It ends after `remaining` requests, at `until` (Unix seconds), or when cleared.

    `path_prefix` is compared with the whole path and with the path behind the provider's prefix; with a `*` in it,
    it is a pattern. An empty provider, path or method matches all.
    """

    kind: FaultKind
    provider: str = ""
    path_prefix: str = ""
    method: str = ""
    remaining: int | None = None
    until: float | None = None
    retry_after: float | None = None
    delay_seconds: float = 3.0
    status: int | None = None
    body: str | None = None
    size_bytes: int = 32_000_000
    id: int = 0

    def matches(self, provider: str, path: str, method: str) -> bool:
        """True when a request is one that this fault is meant for."""
        if self.provider and self.provider != provider:
            return False
        if self.method and self.method.upper() != method.upper():
            return False
        behind = path.removeprefix(f"/{provider}")
        if "*" in self.path_prefix:
            return any(fnmatchcase(candidate, f"{self.path_prefix}*") for candidate in (path, behind))
        return path.startswith(self.path_prefix) or behind.startswith(self.path_prefix)

    def as_json(self) -> dict[str, Any]:
        """The fault as the JSON endpoint shows it."""
        return asdict(self)


class Faults:
    """The active faults, in the order in which they were added; the first that matches a request hits it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._active: list[Fault] = []

    def add(self, fault: Fault | FaultKind | str, /, *, seconds: float | None = None, **options: Any) -> Fault:
        """Start a fault: `add("reset", provider="sipgate", remaining=1)`. `seconds` ends it by time."""
        if not isinstance(fault, Fault):
            fault = Fault(FaultKind(fault), **options)
        if seconds is not None:
            fault = replace(fault, until=self._clock.timestamp() + seconds)
        with self._lock:
            fault = replace(fault, id=next(self._ids))
            self._active.append(fault)
        return fault

    def active(self) -> list[Fault]:
        """The faults that can still hit a request."""
        now = self._clock.timestamp()
        with self._lock:
            self._active = [fault for fault in self._active if _alive(fault, now)]
            return list(self._active)

    def strike(self, provider: str, path: str, method: str) -> Fault | None:
        """The fault that hits this request, counted down; None lets it pass."""
        if not self._active:
            return None
        now = self._clock.timestamp()
        with self._lock:
            for place, fault in enumerate(self._active):
                if _alive(fault, now) and fault.matches(provider, path, method):
                    if fault.remaining is not None:
                        self._active[place] = replace(fault, remaining=fault.remaining - 1)
                    return fault
        return None

    def clear(self, fault_id: int | None = None) -> None:
        """End one fault, or all."""
        with self._lock:
            self._active = [fault for fault in self._active if fault_id is not None and fault.id != fault_id]


def _alive(fault: Fault, now: float) -> bool:
    return (fault.remaining is None or fault.remaining > 0) and (fault.until is None or now < fault.until)
