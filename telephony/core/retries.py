"""When and how a read is repeated."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from urllib3.util.retry import Retry

RETRIED_STATUSES = frozenset({502, 503, 504})
MAX_RETRY_AFTER = 3600.0  # seconds; a provider that asks for more is asked again after this


class ReadRetry(Retry):
    """urllib3's Retry for GET only, never sleeping as long as Retry-After asks: that is the caller's decision.

    A page must not hang for a minute because a provider is busy, so an answer with Retry-After is handed up at once.
    """

    @classmethod
    def default(cls) -> ReadRetry:
        """Two more tries after a lost connection or a 502, 503, 504, about 0.2 and 0.4 seconds apart, with jitter."""
        return cls(
            total=2,
            connect=2,
            read=1,
            status=2,
            redirect=0,
            other=0,
            allowed_methods={"GET"},
            status_forcelist=RETRIED_STATUSES,
            backoff_factor=0.2,
            backoff_jitter=0.2,
            backoff_max=2,
            raise_on_status=False,
            respect_retry_after_header=False,
        )

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Not when the provider has said how long to wait."""
        return not has_retry_after and super().is_retry(method, status_code, has_retry_after)


def retry_after_seconds(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds from a Retry-After header in either form (RFC 9110, 10.2.3), capped; None for a missing or unusable one."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max(0.0, (date - (now or datetime.now(UTC))).total_seconds()), MAX_RETRY_AFTER)
