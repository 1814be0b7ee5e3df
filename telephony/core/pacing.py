"""When the next request of a group may leave, if no window of time shall hold more than the provider allows."""

from __future__ import annotations

from collections.abc import Sequence

from telephony.core.spec import RateLimit

GUARD = 1.01  # the provider's clock may run a little slower than ours


def next_slot(limit: RateLimit, sent: Sequence[float], now: float) -> float:
    """The earliest time (seconds, as `now`) for one more request, given when the last ones were sent, oldest first.

    The window slides: the request `limit.requests` places back must have left it. That spends the whole budget and never more.
    """
    if len(sent) < limit.requests:
        return now
    return max(now, sent[-limit.requests] + limit.window * GUARD)


def still_counting(limit: RateLimit, sent: Sequence[float], now: float) -> list[float]:
    """Those of `sent` that a window which ends now, or later, can still hold."""
    return [moment for moment in sent if moment > now - limit.window * GUARD]
