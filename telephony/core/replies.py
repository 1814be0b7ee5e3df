"""Answers of providers, as the HTTP door hands them to the clients."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from telephony.core.errors import PagingStuck, UnusableReply
from telephony.core.redaction import redact_text
from telephony.core.retries import retry_after_seconds
from telephony.core.sent import SentRequest

FaultT = TypeVar("FaultT", bound=UnusableReply)

# RCRequestId, X-Request-Id, X-Correlation-Id, X-Amzn-RequestId and whatever else is named that way.
_REQUEST_ID = re.compile(r".*(request|correlation)-?id")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `status` may be any; `body` is decoded bytes; header names are case-insensitive lower-case keys."""

    provider: str
    operation: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    request: SentRequest | None = None

    @property
    def request_id(self) -> str:
        """The provider's own id of this request, "" where it sends none. A vendor's own header comes before the usual ``x-`` ones."""
        found = (self.headers[name] for name in sorted(self.headers) if _REQUEST_ID.fullmatch(name))
        return next(filter(None, found), "")[:100]

    @property
    def retry_after(self) -> float | None:
        """Seconds of the Retry-After header, given in seconds or as a date; None without a usable one."""
        return retry_after_seconds(self.headers.get("retry-after"), date_header=self.headers.get("date"))

    @property
    def text(self) -> str:
        """The body as text, for short error sentences."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_page(self) -> bool:
        """Whether the body is markup, as firewalls, proxies and maintenance pages send. Content types are not to be trusted here."""
        return self.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"

    def json(self) -> Any:
        """The body as JSON. Raises UnusableReply for HTML, an empty or truncated body."""
        try:
            return json.loads(self.body)
        except (ValueError, UnicodeDecodeError, RecursionError) as error:
            raise self.unusable("the body is not JSON") from error

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises UnusableReply for anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise self.unusable("the body is not a JSON object")
        return value

    def unusable(self, detail: str) -> UnusableReply:
        """The error for an answer of the wrong shape; `detail` says what was wrong."""
        return self._fault(UnusableReply, detail)

    def stuck(self, detail: str) -> PagingStuck:
        """The error for pages that repeat or do not end; `detail` says how it was noticed."""
        return self._fault(PagingStuck, detail)

    def _fault(self, kind: type[FaultT], detail: str) -> FaultT:
        return kind(
            self.provider,
            self.operation,
            status=self.status,
            request_id=self.request_id,
            detail=detail,
            request=self.request,
        )

    def error_json(self) -> dict[str, Any]:
        """The JSON object of an error answer, {} where the body is not one."""
        try:
            value = json.loads(self.body)
        except (ValueError, UnicodeDecodeError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def error_details(self) -> dict[str, Any]:
        """Keyword arguments that every member of the error family takes, filled from this answer."""
        return {
            "status": self.status,
            "request_id": self.request_id,
            "retry_after": self.retry_after,
            "detail": redact_text(self.text[:300]),
            "request": self.request,
        }


@dataclass(frozen=True, slots=True)
class StreamedReply:
    """An answer whose body is read piece by piece, for sound. Whoever takes it reads `chunks` to their end or calls `close`."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
    close: Callable[[], None]

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    @property
    def length(self) -> int | None:
        """How many bytes `chunks` give in all; None where the provider does not say, or counts them before they are unpacked."""
        length = self.headers.get("content-length", "")
        plain = self.headers.get("content-encoding", "identity").lower() == "identity"
        return int(length) if plain and length.isascii() and length.isdigit() else None
