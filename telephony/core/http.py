"""The one HTTP door: every request to a provider goes through `HttpDoor`, and nothing else imports requests.

Reads are bounded in time and size and retried a few times with jitter; writes are sent once. Redirects are never followed,
hosts must be on the allow-list, and every way a server can misbehave becomes a member of the error family.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import DecodeError, NewConnectionError, ProtocolError
from urllib3.exceptions import HTTPError as Urllib3Error

from telephony.core.errors import HostNotAllowed, OutcomeUnknown, ProviderError, Unreachable, UnusableReply
from telephony.core.public_addresses import PublicAddressesAdapter
from telephony.core.redaction import redact_text
from telephony.core.retries import ReadRetry, retry_after_seconds

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 4.0  # seconds
READ_TIMEOUT = 10.0  # seconds without a byte
TOTAL_DEADLINE = 30.0  # seconds for one request, its retries and its body
MAX_BODY = 16 * 1024 * 1024  # bytes after decompression
MAX_SOUND = 200 * 1024 * 1024  # bytes of one recording
POOL_SIZE = 32
USER_AGENT = "Switchboard/0.1"

BROKEN_BODIES = (ProtocolError, DecodeError)  # an answer has begun, and what followed was not what it announced

Query = Iterable[tuple[str, str]]


class Pacer(Protocol):
    """Keeps requests within the provider's limits, together with all other processes."""

    def wait(self, method: str, url: str, operation: str) -> None:
        """Return when the request may be sent. Raises RateLimited, with the seconds, where that would take too long."""

    def penalty(self, method: str, url: str, retry_after: float | None) -> None:
        """The provider has refused a request as one too many."""


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

    @property
    def request_id(self) -> str:
        """The provider's own id of this request, "" where it sends none. A vendor's own header comes before the usual ``x-`` ones."""
        found = (self.headers[name] for name in sorted(self.headers) if _REQUEST_ID.fullmatch(name))
        return next(filter(None, found), "")[:100]

    @property
    def retry_after(self) -> float | None:
        """Seconds of the Retry-After header, given in seconds or as a date; None without a usable one."""
        return retry_after_seconds(self.headers.get("retry-after"))

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
        return UnusableReply(
            self.provider, self.operation, status=self.status, request_id=self.request_id, detail=detail
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


@dataclass(slots=True)
class HttpDoor:
    """Sends requests for one provider. `allowed_origins` are ``scheme://host[:port]`` texts; nothing else is contacted.

    `observer` is told about each finished request: (operation, status or None, seconds). `pacer` is asked before each one.
    """

    provider: str
    allowed_origins: frozenset[str]
    observer: Callable[[str, int | None, float], None] | None = None
    pacer: Pacer | None = None
    deadline: float = TOTAL_DEADLINE
    session: requests.Session = field(default_factory=lambda: shared_session())

    def get(
        self,
        url: str,
        operation: str,
        *,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        redirect_is_answer: bool = False,
    ) -> Reply:
        """A read: retried on lost connections and on 502, 503, 504 without Retry-After; any status is returned.

        A redirect is never followed: it raises UnusableReply, or is returned where `redirect_is_answer`.
        """
        return self._send("GET", url, operation, query=query, headers=headers, redirect_is_answer=redirect_is_answer)

    def stream(self, url: str, operation: str, *, headers: Mapping[str, str] | None = None) -> Reply | StreamedReply:
        """A read whose body may be long. Successful answers are streamed; others come whole, as from `get`."""
        self._check_host(url, operation)
        if self.pacer:
            self.pacer.wait("GET", url, operation)
        started = time.monotonic()
        try:
            response = self.session.get(
                url,
                headers={"User-Agent": USER_AGENT, **(headers or {})},
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            )
            if response.status_code in (200, 206):
                self._observe(operation, response.status_code, time.monotonic() - started)
                chunks = self._sound(response, operation)
                return StreamedReply(response.status_code, _lower(response.headers), chunks, response.close)
            with response:
                body = self._read_body(response, "GET", operation, started)
        except (requests.RequestException, Urllib3Error, OSError) as error:
            raise self._failure("GET", operation, error, None) from error
        self._observe(operation, response.status_code, time.monotonic() - started)
        seconds = time.monotonic() - started
        return Reply(self.provider, operation, response.status_code, _lower(response.headers), body, seconds)

    def _sound(self, response: requests.Response, operation: str) -> Iterator[bytes]:
        """The body in pieces, bounded in size; a connection that breaks ends it, since the browser has its beginning already."""
        size = 0
        with response:
            try:
                for chunk in response.iter_content(64 * 1024):
                    size += len(chunk)
                    if size > MAX_SOUND:
                        log.warning("%s %s: cut off after %d bytes", self.provider, operation, size)
                        return
                    yield chunk
            except (requests.RequestException, Urllib3Error, OSError) as error:
                log.warning("%s %s: broke off: %s", self.provider, operation, redact_text(str(error))[:200])

    def write(
        self,
        method: str,
        url: str,
        operation: str,
        *,
        form: Query | None = None,
        json_body: object = None,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """A write: sent once. Raises OutcomeUnknown when the request may have arrived but no answer did."""
        body = None if json_body is None else json.dumps(json_body).encode()
        sent_headers = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        data: object = body if form is None else list(form)
        return self._send(method, url, operation, query=query, headers=sent_headers, data=data)

    def _send(
        self,
        method: str,
        url: str,
        operation: str,
        *,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        data: object = None,
        redirect_is_answer: bool = False,
    ) -> Reply:
        self._check_host(url, operation)
        if self.pacer:
            self.pacer.wait(method, url, operation)
        started = time.monotonic()
        status: int | None = None
        try:
            with self.session.request(
                method,
                url,
                params=list(query),
                data=data,  # type: ignore[arg-type]  # bytes, a list of pairs or None
                headers={"Accept": "application/json", "User-Agent": USER_AGENT, **(headers or {})},
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                body = self._read_body(response, method, operation, started)
                reply = Reply(
                    self.provider, operation, status, _lower(response.headers), body, time.monotonic() - started
                )
        except (requests.RequestException, Urllib3Error, OSError) as error:
            raise self._failure(method, operation, error, status) from error
        finally:
            self._observe(operation, status, time.monotonic() - started)
        if status == 429 and self.pacer:
            self.pacer.penalty(method, url, reply.retry_after)
        if 300 <= status < 400 and not redirect_is_answer:
            raise reply.unusable(f"a redirect, which is never followed (status {status})")
        return reply

    def _check_host(self, url: str, operation: str) -> None:
        if origin_of(url) not in self.allowed_origins:
            raise HostNotAllowed(self.provider, operation, detail=f"{origin_of(url) or 'this address'} is not allowed")

    def _read_body(self, response: requests.Response, method: str, operation: str, started: float) -> bytes:
        """The decoded body. It is read as it arrives, so that one that only trickles in meets the deadline."""
        chunks, size = [], 0
        while chunk := response.raw.read1(64 * 1024, decode_content=True):
            size += len(chunk)
            if size > MAX_BODY:
                raise self._cut_off(UnusableReply, response, method, operation, "the body is too large")
            if time.monotonic() - started > self.deadline:
                raise self._cut_off(Unreachable, response, method, operation, "the body took too long")
            chunks.append(chunk)
        return b"".join(chunks)

    def _cut_off(
        self, kind: type[ProviderError], response: requests.Response, method: str, operation: str, detail: str
    ) -> ProviderError:
        """The error for a body that we stopped reading; a write has happened by then, with an outcome that we did not learn."""
        kind = kind if method == "GET" else OutcomeUnknown
        return kind(self.provider, operation, status=response.status_code, detail=detail)

    def _failure(self, method: str, operation: str, error: Exception, status: int | None) -> ProviderError:
        detail = redact_text(f"{type(error).__name__}: {error}")[:300]
        kind: type[ProviderError] = UnusableReply if isinstance(error, BROKEN_BODIES) else Unreachable
        if method != "GET" and not _never_sent(error):
            kind = OutcomeUnknown
        return kind(self.provider, operation, status=status, detail=detail)

    def _observe(self, operation: str, status: int | None, seconds: float) -> None:
        log.info("%s %s: status %s in %.0f ms", self.provider, operation, status, seconds * 1000)
        if self.observer:
            self.observer(operation, status, seconds)


def _never_sent(error: Exception) -> bool:
    """Whether a request failed before a connection stood: no name, no route, refused, or no answer to connecting."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` of a URL in lower case, "" for one with credentials in it or without a host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{host}" if port in (None, default) else f"{parts.scheme}://{host}:{port}"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: a redirect is an answer like any other. requests would read its whole body, however long, to look ahead."""
        return None


def new_session() -> requests.Session:
    """A session that keeps connections, no cookies, no proxy or .netrc settings of the machine, and retries reads only."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = PublicAddressesAdapter(
        pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE, max_retries=ReadRetry.default()
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


_session: requests.Session | None = None


def shared_session() -> requests.Session:
    """The process-wide session. urllib3's pools are thread-safe and no state is kept in the session itself."""
    global _session  # created on first use, so that a forked worker has its own
    if _session is None:
        _session = new_session()
    return _session
