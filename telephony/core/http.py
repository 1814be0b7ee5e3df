"""The one HTTP door: every request to a provider goes through `HttpDoor`, and nothing else imports requests.

Reads are bounded in time and size and retried a few times with jitter; writes are sent once. Redirects are never followed,
hosts must be on the allow-list, and every way a server can misbehave becomes a member of the error family.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import DecodeError, NewConnectionError, ProtocolError
from urllib3.exceptions import HTTPError as Urllib3Error

from telephony.core.deadlines import LEAST, page_seconds_left, request_deadline
from telephony.core.errors import (
    BudgetSpent,
    HostNotAllowed,
    OutcomeUnknown,
    ProviderError,
    Unreachable,
    UnusableReply,
)
from telephony.core.public_addresses import PublicAddressesAdapter
from telephony.core.redaction import redact_text
from telephony.core.replies import Reply, StreamedReply
from telephony.core.retries import ReadRetry
from telephony.core.sent import described

__all__ = ["Guard", "HttpDoor", "Pacer", "Reply", "StreamedReply", "new_session", "origin_of", "shared_session"]

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


class Guard(Protocol):
    """Knows which hosts do not answer. It is used in threads, so it must not touch the database here."""

    def admit(self, url: str, operation: str) -> None:
        """Raises NotAnswering where the host is to be left alone for a while."""

    def learned(self, url: str, *, fault: bool) -> None:
        """A request has ended: in a fault of the network or the host, or in an answer of whatever kind."""


@dataclass(slots=True)
class HttpDoor:
    """Sends requests for one provider. `allowed_origins` are ``scheme://host[:port]`` texts; nothing else is contacted.

    `observer` is told about each finished request: (operation, status or None, seconds). `pacer` is asked before each one,
    and before that `guard`, which knows which hosts do not answer. Reads keep to the budget of the page that waits for them.
    """

    provider: str
    allowed_origins: frozenset[str]
    observer: Callable[[str, int | None, float], None] | None = None
    pacer: Pacer | None = None
    guard: Guard | None = None
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
        """A read whose body may be long. Successful answers are streamed; others come whole, as from `get`.

        So is a range that does not exist (416), without its body. Bytes are asked for as they are, or their positions would be others.
        """
        self._may_send("GET", url, operation)
        started = time.monotonic()
        try:
            response = self.session.get(
                url,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})},
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            )
            if response.status_code == 416 and headers and "Range" in headers:
                response.close()
                self._learned(url, fault=False)
                self._observe(operation, 416, time.monotonic() - started)
                return StreamedReply(416, _lower(response.headers), iter(()), response.close)
            if response.status_code in (200, 206):
                self._learned(url, fault=False)
                self._observe(operation, response.status_code, time.monotonic() - started)
                chunks = self._sound(response, operation)
                return StreamedReply(response.status_code, _lower(response.headers), chunks, response.close)
            with response:
                body = self._read_body(response, "GET", operation, started, self.deadline)
        except (requests.RequestException, Urllib3Error, OSError) as error:
            raise self._failure("GET", url, operation, error, None, started) from error
        self._observe(operation, response.status_code, time.monotonic() - started)
        return self._reply("GET", url, operation, response, body, started)

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
        left = self._may_send(method, url, operation)
        deadline = self.deadline if left is None else min(self.deadline, left)
        started = time.monotonic()
        status: int | None = None
        try:
            with (
                request_deadline(deadline),
                self.session.request(
                    method,
                    url,
                    params=list(query),
                    data=data,  # type: ignore[arg-type]  # bytes, a list of pairs or None
                    headers={"Accept": "application/json", "User-Agent": USER_AGENT, **(headers or {})},
                    timeout=(min(CONNECT_TIMEOUT, deadline), min(READ_TIMEOUT, deadline)),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                status = response.status_code
                body = self._read_body(response, method, operation, started, deadline)
                reply = self._reply(method, _with_names(url, query), operation, response, body, started)
        except (requests.RequestException, Urllib3Error, OSError) as error:
            raise self._failure(method, _with_names(url, query), operation, error, status, started) from error
        finally:
            self._observe(operation, status, time.monotonic() - started)
        if status == 429 and self.pacer:
            self.pacer.penalty(method, url, reply.retry_after)
        if 300 <= status < 400 and not redirect_is_answer:
            raise reply.unusable(f"a redirect, which is never followed (status {status})")
        return reply

    def _may_send(self, method: str, url: str, operation: str) -> float | None:
        """Everything that is asked before a request leaves; gives what is left of the page's budget, None where there is none.

        A write is never cut short by the budget: its outcome would be unknown.
        """
        if origin_of(url) not in self.allowed_origins:
            detail = f"{origin_of(url) or 'this address'} is not allowed"
            raise HostNotAllowed(self.provider, operation, detail=detail, request=described(method, url))
        left = page_seconds_left() if method == "GET" else None
        if left is not None and left < LEAST:
            raise BudgetSpent(self.provider, operation, detail="the page has waited long enough")
        if self.guard:
            self.guard.admit(url, operation)
        if self.pacer:
            self.pacer.wait(method, url, operation)
        return left

    def _reply(
        self, method: str, url: str, operation: str, response: requests.Response, body: bytes, started: float
    ) -> Reply:
        seconds = time.monotonic() - started
        self._learned(url, fault=response.status_code >= 500)
        return Reply(
            self.provider,
            operation,
            response.status_code,
            _lower(response.headers),
            body,
            seconds,
            described(method, url, seconds),
        )

    def _read_body(
        self, response: requests.Response, method: str, operation: str, started: float, deadline: float
    ) -> bytes:
        """The decoded body. It is read as it arrives, so that one that only trickles in meets the deadline."""
        chunks, size = [], 0
        while chunk := response.raw.read1(64 * 1024, decode_content=True):
            size += len(chunk)
            if size > MAX_BODY:
                raise self._cut_off(UnusableReply, response, method, operation, "the body is too large")
            if time.monotonic() - started > deadline:
                raise self._cut_off(Unreachable, response, method, operation, "the body took too long")
            chunks.append(chunk)
        return b"".join(chunks)

    def _cut_off(
        self, kind: type[ProviderError], response: requests.Response, method: str, operation: str, detail: str
    ) -> ProviderError:
        """The error for a body that we stopped reading; a write has happened by then, with an outcome that we did not learn."""
        self._learned(response.url or "", fault=kind is Unreachable)
        request = described(method, response.url or "", response.elapsed.total_seconds())
        kind = kind if method == "GET" else OutcomeUnknown
        return kind(self.provider, operation, status=response.status_code, detail=detail, request=request)

    def _failure(
        self, method: str, url: str, operation: str, error: Exception, status: int | None, started: float
    ) -> ProviderError:
        self._learned(url, fault=True)
        detail = redact_text(f"{type(error).__name__}: {error}")[:300]
        kind: type[ProviderError] = UnusableReply if isinstance(error, BROKEN_BODIES) else Unreachable
        if method != "GET" and not _never_sent(error):
            kind = OutcomeUnknown
        request = described(method, url, time.monotonic() - started)
        return kind(self.provider, operation, status=status, detail=detail, request=request)

    def _learned(self, url: str, *, fault: bool) -> None:
        if self.guard:
            self.guard.learned(url, fault=fault)

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


def _with_names(url: str, query: Query) -> str:
    """The URL with the names of its query, whose values nobody needs to know."""
    names = "&".join(f"{name}=" for name, _value in query)
    return f"{url}{'&' if '?' in url else '?'}{names}" if names else url


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
