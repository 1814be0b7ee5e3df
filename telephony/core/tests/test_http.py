"""The HTTP door: hosts, retries, what is sent and what is told about it."""

from __future__ import annotations

import logging

import pytest

from telephony.core.errors import HostNotAllowed, OutcomeUnknown, Unreachable, UnusableReply
from telephony.core.http import HttpDoor, Reply, new_session, origin_of, shared_session
from telephony.core.tests.doors import HOME, acme, replying


def reply(body: bytes = b"{}", status: int = 200, **headers: str) -> Reply:
    """An answer."""
    return Reply(
        "Acme", "reading", status, {name.replace("_", "-"): value for name, value in headers.items()}, body, 0.1
    )


# --- hosts ---


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/",
        "http://api.acme.example/",
        "https://api.acme.example:8443/",
        "https://api.acme.example.evil.example/",
        "https://api.acme.example@evil.example/",
        "https://user:secret@api.acme.example/",
        "https://evil.example/?https://api.acme.example",
        "https://evil.example#https://api.acme.example",
        "https://api.acme.example\\@evil.example/",
        "//api.acme.example/",
        "/v1/thing",
        "file:///etc/passwd",
        "https://[::1/",
        "https://api.acme.example:port/",
        "",
    ],
)
def test_only_allowed_hosts_are_contacted(url: str) -> None:
    with replying() as sent:
        for send in (acme().get, lambda url, operation: acme().write("POST", url, operation)):
            with pytest.raises(HostNotAllowed):
                send(url, "reading")
        assert not sent.calls


@pytest.mark.parametrize("url", [HOME, f"{HOME}/", f"{HOME}:443/v1", "https://API.Acme.example/v1?a=b#c"])
def test_the_same_host_may_be_written_in_several_ways(url: str) -> None:
    with replying("{}"):
        assert acme().get(url, "reading").status == 200


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.org:443/x", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:8080/x", "http://example.org:8080"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("https://user@example.org/", ""),
        ("https://example.org:99999/", ""),
        ("nonsense", ""),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


# --- retries ---


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_repeated_when_a_gateway_fails(status: int) -> None:
    with replying(status=status, then=200) as sent:
        assert acme().get(HOME, "reading").status == 200
        assert len(sent.calls) == 2


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_repeated_twice_at_most_and_then_its_status_is_the_answer(status: int) -> None:
    with replying(status=status) as sent:
        assert acme().get(HOME, "reading").status == status
        assert len(sent.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500, 501])
def test_other_statuses_are_answers(status: int) -> None:
    with replying(status=status) as sent:
        assert acme().get(HOME, "reading").status == status
        assert len(sent.calls) == 1


@pytest.mark.parametrize("wait", ["1", "0", "Fri, 31 Dec 2100 23:59:59 GMT", "soon"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_provider_that_says_when_is_not_asked_before(status: int, wait: str) -> None:
    with replying(status=status, headers={"Retry-After": wait}) as sent:
        assert acme().get(HOME, "reading").status == status
        assert len(sent.calls) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_write_is_never_repeated(method: str, status: int) -> None:
    with replying(status=status) as sent:
        assert acme().write(method, HOME, "writing").status == status
        assert len(sent.calls) == 1


def test_a_lost_write_is_never_repeated() -> None:
    with replying(ConnectionResetError("reset")) as sent:
        with pytest.raises(OutcomeUnknown):
            acme().write("POST", HOME, "writing")
        assert len(sent.calls) == 1


# --- redirects ---


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_returned_only_where_it_is_the_answer(status: int) -> None:
    with replying(status=status, headers={"Location": "https://media.acme.example/1"}) as sent:
        found = acme().get(HOME, "reading", redirect_is_answer=True)
        assert found.headers["location"] == "https://media.acme.example/1"
        with pytest.raises(UnusableReply):
            acme().get(HOME, "reading")
        with pytest.raises(UnusableReply):
            acme().write("POST", HOME, "writing")
        assert len(sent.calls) == 3


# --- what is sent ---


def test_a_read_asks_for_json_in_our_name() -> None:
    with replying("{}") as sent:
        acme().get(HOME, "reading", headers={"Authorization": "Bearer x"})
        head = sent.calls[0].request.headers
    assert head["Accept"] == "application/json"
    assert head["User-Agent"].startswith("Switchboard/")
    assert head["Authorization"] == "Bearer x"


def test_forms_and_json_are_labelled() -> None:
    with replying("{}") as sent:
        acme().write("POST", HOME, "writing", form=[("a", "1 &"), ("a", "2")])
        acme().write("POST", HOME, "writing", json_body={"ü": [1]})
        form, json_sent = (call.request for call in sent.calls)
    assert (form.headers["Content-Type"], form.body) == ("application/x-www-form-urlencoded", "a=1+%26&a=2")
    assert (json_sent.headers["Content-Type"], json_sent.body) == ("application/json", b'{"\\u00fc": [1]}')


def test_a_session_uses_nothing_of_the_machine_and_keeps_no_state() -> None:
    session = new_session()
    assert session.trust_env is False
    assert session.verify is True
    assert not session.auth
    assert shared_session() is shared_session()


# --- what is told ---


def test_the_observer_hears_of_every_request_however_it_ends() -> None:
    told: list[tuple[str, int | None]] = []
    door = acme(observer=lambda operation, status, seconds: told.append((operation, status)))
    with replying(status=404):
        door.get(HOME, "one")
    with replying(status=302), pytest.raises(UnusableReply):
        door.get(HOME, "two")
    with replying(TimeoutError("timed out")), pytest.raises(Unreachable):
        door.get(HOME, "three")
    with pytest.raises(HostNotAllowed):
        door.get("https://elsewhere.example", "never sent")
    assert told == [("one", 404), ("two", 302), ("three", None)]


def test_the_log_names_the_operation_and_no_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "telephony.core.http")
    with replying("{}"):
        acme().get(f"{HOME}/secret-path", "reading a thing", query=[("phonenumber", "+4930")])
    assert "Acme reading a thing: status 200" in caplog.text
    assert "secret-path" not in caplog.text
    assert "4930" not in caplog.text


def test_an_error_of_the_network_holds_no_secret() -> None:
    url = f"{HOME}/?access_token=abcdef123456"
    with replying(ConnectionResetError(f"no way to {url}")), pytest.raises(Unreachable) as lost:
        acme().get(url, "reading")
    assert "abcdef123456" not in f"{lost.value} {lost.value.detail}"


# --- answers ---


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff", b"nul", b"[" * 100_000, b"\x1f\x8b"])
def test_a_body_that_is_not_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(UnusableReply):
        reply(body).json()
    assert reply(body).error_json() == {}


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"x"'])
def test_json_that_is_no_object_is_none(body: bytes) -> None:
    with pytest.raises(UnusableReply):
        reply(body).json_object()
    assert reply(body).error_json() == {}


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b"<!doctype html>", True),
        (b" \r\n<html>", True),
        (b"\xef\xbb\xbf<html>", True),
        (b"", False),
        (b"Forbidden", False),
        (b'{"a": "<html>"}', False),
    ],
)
def test_a_page_is_told_from_data(body: bytes, page: bool) -> None:
    assert reply(body, content_type="text/html").is_page is page


def test_what_an_error_needs_is_taken_from_the_answer() -> None:
    details = reply(b'{"code": "abcdef"}', 429, retry_after="7").error_details()
    assert (details["status"], details["retry_after"]) == (429, 7)
    assert "abcdef" not in details["detail"]


def test_the_detail_of_an_error_is_short() -> None:
    assert len(reply(b"x" * 10_000, 500).error_details()["detail"]) <= 300


def test_doors_without_a_session_share_one() -> None:
    assert HttpDoor("Acme", frozenset()).session is shared_session()
