"""When and how a read is repeated."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

from telephony.core.deadlines import LEAST, seconds_left

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

    def increment(self, method: str | None = None, url: str | None = None, *details: Any, **more: Any) -> ReadRetry:
        """As urllib3's, but no further try begins when the request's deadline is near."""
        following = super().increment(method, url, *details, **more)
        left = seconds_left()
        if left is not None and left < LEAST:
            raise MaxRetryError(more.get("_pool"), url or "", more.get("error"))  # type: ignore[arg-type]  # only told
        return following


def retry_after_seconds(
    value: str | None, *, now: datetime | None = None, date_header: str | None = None
) -> float | None:
    """Seconds from a Retry-After header in either form (RFC 9110, 10.2.3), capped; None for a missing or unusable one.

    A date is counted from the answer's own Date header where it has one: both are by the provider's clock, and ours may differ.
    """
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    date = _date(value)
    if date is None:
        return None
    begins = _date(date_header) or now or datetime.now(UTC)
    return min(max(0.0, (date - begins).total_seconds()), MAX_RETRY_AFTER)


def _date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
