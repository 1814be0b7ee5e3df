"""The HTTP door against a real server that misbehaves: what cannot be faked above the socket."""

from __future__ import annotations

import gzip
import socket
import time
from contextlib import ExitStack

import pytest

from telephony.core import http
from telephony.core.errors import OutcomeUnknown, ProviderError, Unreachable, UnusableReply
from telephony.core.http import HttpDoor, new_session, origin_of
from telephony.core.tests.raw_server import RESET, RawServer, answer, saying

HELLO = answer(b'{"hello": "you"}')


def door(server: RawServer, deadline: float = 5.0) -> HttpDoor:
    """A door to a server, with a session of its own."""
    return HttpDoor("Acme", frozenset({origin_of(server.url)}), deadline=deadline, session=new_session())


def failed_get(server: RawServer, deadline: float = 5.0) -> ProviderError:
    """The error that a read ends in."""
    with pytest.raises(ProviderError) as failed:
        door(server, deadline).get(f"{server.url}/thing", "reading a thing")
    return failed.value


def failed_post(server: RawServer, deadline: float = 5.0) -> ProviderError:
    """The error that a write ends in."""
    with pytest.raises(ProviderError) as failed:
        door(server, deadline).write("POST", f"{server.url}/thing", "making a thing", form=[("a", "b")])
    return failed.value


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.4)


def test_a_whole_answer_is_read() -> None:
    with saying([HELLO]) as server:
        reply = door(server).get(f"{server.url}/thing", "reading a thing", query=[("a", "1"), ("a", "ü&")])
    assert (reply.status, reply.json()) == (200, {"hello": "you"})
    assert server.requests[0].startswith(b"GET /thing?a=1&a=%C3%BC%26 HTTP/1.1\r\n")


def test_a_connection_is_used_again() -> None:
    with saying([HELLO]) as server:
        same = door(server)
        for _ in range(3):
            same.get(f"{server.url}/thing", "reading a thing")
    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("first", [[RESET], [b"HTTP/1.1 200 O", RESET]], ids=["before", "within the head"])
def test_a_read_survives_one_lost_connection(first: list[bytes]) -> None:
    with saying(first, [HELLO]) as server:
        assert door(server).get(f"{server.url}/thing", "reading a thing").status == 200
    assert len(server.requests) == 2


def test_a_read_gives_up_after_a_few_lost_connections() -> None:
    with saying([RESET]) as server:
        assert type(failed_get(server)) is Unreachable
    assert len(server.requests) == 2


def test_a_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.1)
    with saying([5.0]) as server:
        started = time.monotonic()
        assert type(failed_get(server)) is Unreachable
    assert time.monotonic() - started < 3


def test_a_write_is_sent_once_and_its_lost_answer_is_an_outcome_of_its_own() -> None:
    with saying([RESET]) as server:
        assert type(failed_post(server)) is OutcomeUnknown
    assert len(server.requests) == 1


def test_a_write_that_is_not_answered_in_time_may_have_happened() -> None:
    with saying([5.0]) as server:
        assert type(failed_post(server)) is OutcomeUnknown
    assert len(server.requests) == 1


def test_a_write_with_half_an_answer_may_have_happened() -> None:
    with saying([answer(b'{"access_token": "ey', length=900), RESET]) as server:
        error = failed_post(server)
    assert type(error) is OutcomeUnknown
    assert error.status == 200


def test_a_write_whose_answer_trickles_may_have_happened() -> None:
    trickle = [step for _ in range(40) for step in (b"x", 0.05)]
    with saying([answer(b"", length=900), *trickle]) as server:
        assert type(failed_post(server, deadline=0.25)) is OutcomeUnknown


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("path", ["/", "/" + "x" * 2000], ids=["short", "long"])
def test_a_write_that_never_left_is_known_not_to_have_happened(path: str) -> None:
    url = _closed_port()
    with pytest.raises(Unreachable):
        HttpDoor("Acme", frozenset({url}), session=new_session()).write("POST", url + path, "making a thing")


def test_a_write_to_a_server_that_accepts_nobody_has_not_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_TIMEOUT", 0.1)
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for _ in range(8):  # the queue of those who wait to be accepted is full after the first few
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        with pytest.raises(Unreachable):
            HttpDoor("Acme", frozenset({url}), session=new_session()).write("POST", url, "making a thing")


def test_an_unknown_host_is_known_not_to_have_got_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_arguments: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    lost = HttpDoor("Acme", frozenset({"https://acme.invalid"}), session=new_session())
    with pytest.raises(Unreachable):
        lost.write("POST", "https://acme.invalid/thing", "making a thing")


@pytest.mark.parametrize(
    "script",
    [
        [answer(b'{"a": 1', length=500), RESET],
        [b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n', RESET],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"],
        [answer(b"\x00\x01not gzip", "200 OK", "Content-Encoding: gzip")],
    ],
    ids=["cut", "a chunk missing", "no chunks", "not compressed"],
)
def test_a_broken_body_is_no_answer(script: list[bytes]) -> None:
    with saying(script) as server:
        error = failed_get(server)
    assert type(error) is UnusableReply
    assert error.status == 200


def test_compressed_and_chunked_bodies_are_read() -> None:
    packed = gzip.compress(b'{"a": 1}')
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n'
    with saying([answer(packed, "200 OK", "Content-Encoding: gzip")], [chunked], [HELLO]) as server:
        same = door(server)
        assert same.get(f"{server.url}/", "reading").json() == {"a": 1}
        assert same.get(f"{server.url}/", "reading").json() == {"a": 1}
        assert same.get(f"{server.url}/", "reading").json() == {"hello": "you"}
    assert server.connections == 1


def test_a_body_that_trickles_meets_the_deadline() -> None:
    trickle = [step for _ in range(60) for step in (b"x", 0.05)]
    with saying([answer(b"", length=900), *trickle]) as server:
        started = time.monotonic()
        assert type(failed_get(server, deadline=0.3)) is Unreachable
    assert time.monotonic() - started < 2


def test_a_body_is_only_read_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    with saying([answer(b"x" * 100_000)], [answer(b"x" * 3_000_000)]) as server:
        assert len(door(server).get(f"{server.url}/", "reading").body) == 100_000
        error = failed_get(server)
    assert (type(error), error.detail) == (UnusableReply, "the body is too large")


def test_a_compressed_body_is_measured_after_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    bomb = gzip.compress(b"0" * 50_000_000)
    with saying([answer(bomb, "200 OK", "Content-Encoding: gzip")]) as server:
        assert type(failed_get(server)) is UnusableReply


def test_the_body_of_a_redirect_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    with saying([answer(b"x" * 3_000_000, "302 Found", "Location: /elsewhere")]) as server:
        assert failed_get(server).detail == "the body is too large"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("target", ["/elsewhere", "http://127.0.0.1:1/", "file:///etc/passwd", "http://[broken", ""])
def test_a_redirect_is_never_followed(status: str, target: str) -> None:
    with saying([answer(b"", status, f"Location: {target}")]) as server:
        assert type(failed_get(server)) is UnusableReply
        assert type(failed_post(server)) is UnusableReply
    assert len(server.requests) == 2


def test_cookies_are_not_kept() -> None:
    with saying([answer(b"{}", "200 OK", "Set-Cookie: session=1; Path=/")]) as server:
        same = door(server)
        same.get(f"{server.url}/", "reading")
        same.get(f"{server.url}/", "reading")
    assert not any(b"cookie:" in request.lower() for request in server.requests)


def test_the_machines_proxies_and_netrc_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, _closed_port())
    with saying([HELLO]) as server:
        assert door(server).get(f"{server.url}/", "reading").status == 200
    assert b"authorization:" not in server.requests[0].lower()
