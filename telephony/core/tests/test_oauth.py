"""The token endpoint: what is sent, what is read, and what each refusal means."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.core.errors import (
    ClientRejected,
    GrantEnded,
    NotOnContract,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFault,
    Unreachable,
    UnusableReply,
)
from telephony.core.http import Reply
from telephony.core.oauth import (
    DEFAULT_LIFETIME,
    LONGEST_LIFETIME,
    ClientAuthentication,
    OAuthEndpoints,
    TokenEndpoint,
    TokenRefusal,
    TokenSet,
    basic_header,
)
from telephony.core.testing.effort import tries
from telephony.core.tests.doors import HOME, acme, replying

GRANTED = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": 300, "token_type": "Bearer"}
ENDPOINTS = OAuthEndpoints(f"{HOME}/auth", f"{HOME}/token", f"{HOME}/revoke")
PAGE = "<html>Maintenance</html>"


def endpoint(
    authentication: ClientAuthentication = ClientAuthentication.POST, refusal: TokenRefusal | None = None
) -> TokenEndpoint:
    """The token endpoint, seen by a client with awkward credentials."""
    return TokenEndpoint(acme(), ENDPOINTS, "client:1", "s&cret/=", authentication, refusal)


def refreshed(body: Mapping[str, Any]) -> TokenSet:
    """What a refresh makes of an answer."""
    with replying(dict(body)):
        return endpoint().refresh("refresh-0")


def refused(body: Any, status: int, headers: Mapping[str, str] | None = None) -> ProviderError:
    """The error that a refresh ends in."""
    with replying(body, status, headers), pytest.raises(ProviderError) as error:
        endpoint().refresh("refresh-0")
    return error.value


# --- what is sent ---


def test_a_code_is_exchanged_with_its_verifier() -> None:
    with replying(GRANTED) as sent:
        endpoint().exchange("the code", "https://calls.example.org/cb/", "the-verifier")
        request = sent.calls[0].request
    assert (request.method, request.url) == ("POST", f"{HOME}/token")
    assert parse_qs(str(request.body)) == {
        "grant_type": ["authorization_code"],
        "code": ["the code"],
        "redirect_uri": ["https://calls.example.org/cb/"],
        "code_verifier": ["the-verifier"],
        "client_id": ["client:1"],
        "client_secret": ["s&cret/="],
    }
    assert "Authorization" not in request.headers


def test_the_secret_may_go_into_the_header_form_encoded() -> None:
    with replying(GRANTED) as sent:
        endpoint(ClientAuthentication.BASIC).refresh("refresh-0")
        request = sent.calls[0].request
    scheme, packed = request.headers["Authorization"].split()
    assert (scheme, base64.b64decode(packed)) == ("Basic", b"client%3A1:s%26cret%2F%3D")
    assert parse_qs(str(request.body)) == {"grant_type": ["refresh_token"], "refresh_token": ["refresh-0"]}


def test_a_secret_is_never_in_an_address() -> None:
    with replying(GRANTED) as sent:
        endpoint().exchange("code", "https://calls.example.org/cb/", "verifier")
        endpoint(ClientAuthentication.BASIC).refresh("refresh-0")
        assert {call.request.url for call in sent.calls} == {f"{HOME}/token"}


def test_a_grant_is_revoked_by_its_token() -> None:
    with replying() as sent:
        endpoint().revoke("refresh-0", "refresh_token")
        request = sent.calls[0].request
    assert request.url == f"{HOME}/revoke"
    assert parse_qs(str(request.body))["token_type_hint"] == ["refresh_token"]


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_revocation_that_fails_is_told(status: int) -> None:
    with replying(status=status), pytest.raises(ProviderError):
        endpoint().revoke("refresh-0", "refresh_token")


# --- what is read ---


def test_a_whole_answer_is_read() -> None:
    tokens = refreshed({**GRANTED, "refresh_expires_in": 2_592_000, "scope": "account:read  history:read"})
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in) == ("access-1", "refresh-1", 300)
    assert tokens.refresh_expires_in == 2_592_000
    assert tokens.scopes == frozenset({"account:read", "history:read"})


@pytest.mark.parametrize("name", ["refresh_token_expires_in", "refresh_expires_in"])
def test_the_refresh_tokens_life_has_two_names(name: str) -> None:
    assert refreshed({**GRANTED, name: 604_800}).refresh_expires_in == 604_800


@pytest.mark.parametrize("value", [None, "", 0, [], {}])
def test_an_answer_without_a_refresh_token_has_none(value: object) -> None:
    assert refreshed({**GRANTED, "refresh_token": value}).refresh_token == ""


@pytest.mark.parametrize(("value", "scopes"), [("", None), (" ", None), (None, None), (["a"], None), ("a", {"a"})])
def test_scopes_that_are_not_told_are_unknown_rather_than_none(value: object, scopes: object) -> None:
    assert refreshed({**GRANTED, "scope": value}).scopes == scopes


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (300, 300),
        ("3600", 3600),
        (59.9, 59),
        (0, DEFAULT_LIFETIME),
        (-1, DEFAULT_LIFETIME),
        (None, DEFAULT_LIFETIME),
        (10**15, LONGEST_LIFETIME),
        ("9" * 400, DEFAULT_LIFETIME),
        ("soon", DEFAULT_LIFETIME),
        ([], DEFAULT_LIFETIME),
        ({}, DEFAULT_LIFETIME),
        ("nan", DEFAULT_LIFETIME),
        ("inf", DEFAULT_LIFETIME),
    ],
)
def test_lifetimes_in_odd_forms(value: object, seconds: int) -> None:
    assert refreshed({**GRANTED, "expires_in": value}).expires_in == seconds


def test_a_refresh_token_for_ever_has_no_end() -> None:
    tokens = refreshed({**GRANTED, "refresh_expires_in": 0})
    assert (tokens.refresh_expires_in, tokens.refresh_expires_at) == (None, None)


@time_machine.travel(datetime(2026, 11, 2, 12, 0, tzinfo=UTC), tick=False)
def test_the_end_is_counted_from_the_arrival() -> None:
    tokens = refreshed({**GRANTED, "refresh_expires_in": 600})
    now = datetime.now(UTC)
    assert tokens.received_at == now
    assert tokens.expires_at == now + timedelta(seconds=300)
    assert tokens.refresh_expires_at == now + timedelta(seconds=600)


def test_only_harmless_extras_are_kept() -> None:
    extra = {
        "owner_id": "1",
        "endpoint_id": "2",
        "id_token": "ey.x.y",
        "session_state": "s",
        "principal": "a@b.example",
    }
    assert set(refreshed({**GRANTED, **extra}).extra) == {"owner_id", "endpoint_id", "principal"}


def test_tokens_and_secrets_do_not_show_in_representations() -> None:
    shown = f"{refreshed(GRANTED)!r} {endpoint()!r}"
    for secret in ("access-1", "refresh-1", "s&cret"):
        assert secret not in shown


@pytest.mark.parametrize("lacking", [{}, {"access_token": ""}, {"access_token": None}, {"access_token": ["x"]}])
def test_an_answer_without_an_access_token_is_none(lacking: dict[str, Any]) -> None:
    with pytest.raises(UnusableReply):
        refreshed({"token_type": "Bearer", **lacking})


@pytest.mark.parametrize("body", ["", PAGE, "[]", "null", '{"access_token": "ey', '"x"'])
def test_anything_but_an_object_is_no_answer(body: str) -> None:
    assert type(refused(body, 200)) is UnusableReply


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
fields = (
    "access_token",
    "refresh_token",
    "expires_in",
    "refresh_expires_in",
    "refresh_token_expires_in",
    "scope",
    "error",
)


@given(st.dictionaries(st.sampled_from(fields), json_values), st.sampled_from([200, 201, 400, 401, 403, 429, 500]))
@settings(max_examples=tries(150), deadline=None)
def test_no_answer_breaks_the_endpoint(body: dict[str, Any], status: int) -> None:
    with replying(json.dumps(body), status):
        try:
            tokens = endpoint().refresh("refresh-0")
        except ProviderError:
            return
    assert tokens.access_token
    assert tokens.expires_in > 0
    assert tokens.expires_at > tokens.received_at


# --- refusals ---


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("invalid_grant", GrantEnded),
        ("expired_token", GrantEnded),
        ("access_denied", GrantEnded),
        ("invalid_client", ClientRejected),
        ("unauthorized_client", ClientRejected),
        ("unsupported_grant_type", ClientRejected),
        ("invalid_request", RequestRefused),
        ("invalid_scope", RequestRefused),
        ("something_new", RequestRefused),
    ],
)
def test_a_structured_refusal_is_believed(status: int, error: str, expected: type[ProviderError]) -> None:
    told = refused({"error": error, "error_description": "Told you so"}, status)
    assert type(told) is expected
    assert told.status == status
    assert "Told you so" in told.detail


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418])
@pytest.mark.parametrize(
    "body",
    ["", PAGE, "Forbidden", "[]", {"message": "no"}, {"error": ""}, {"error": None}, {"error": ["invalid_grant"]}],
)
def test_a_refusal_that_is_no_oauth_answer_never_ends_a_grant(status: int, body: Any) -> None:
    told = refused(body, status)
    assert not told.permanent
    assert type(told) is UnusableReply


@pytest.mark.parametrize("body", ["", PAGE, {"error": "invalid_grant"}, {"error": "server_error"}])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_server_is_one_whatever_it_says(status: int, body: Any) -> None:
    assert type(refused(body, status)) is ServerFault


@pytest.mark.parametrize("body", ["", PAGE, {"error": "invalid_grant"}])
def test_too_many_requests_is_a_pause_whatever_it_says(body: Any) -> None:
    told = refused(body, 429, {"Retry-After": "12"})
    assert isinstance(told, RateLimited)
    assert told.retry_after == 12


@pytest.mark.parametrize("error", [TimeoutError("timed out"), ConnectionResetError("reset")])
def test_an_answer_that_got_lost_is_an_unknown_outcome(error: Exception) -> None:
    with replying(error) as sent:
        with pytest.raises(OutcomeUnknown):
            endpoint().refresh("refresh-0")
        assert len(sent.calls) == 1, "a refresh token may be good for one request only"


def test_a_token_request_is_never_redirected() -> None:
    with replying(status=307, headers={"Location": "https://evil.example/"}) as sent:
        with pytest.raises(UnusableReply):
            endpoint().refresh("refresh-0")
        assert len(sent.calls) == 1


def test_the_provider_may_read_its_own_codes_first() -> None:
    def own(reply: Reply) -> ProviderError | None:
        return NotOnContract(reply.provider) if "OAU-1" in reply.text else None

    with replying({"error": "invalid_client", "code": "OAU-1"}, 400), pytest.raises(NotOnContract):
        endpoint(refusal=own).refresh("refresh-0")
    with replying({"error": "invalid_client", "code": "OAU-2"}, 400), pytest.raises(ClientRejected):
        endpoint(refusal=own).refresh("refresh-0")


def test_a_fault_is_not_left_to_the_provider_to_explain() -> None:
    with replying({"error": "OAU-1"}, 503), pytest.raises(ServerFault):
        endpoint(refusal=lambda reply: NotOnContract(reply.provider)).refresh("refresh-0")


def test_an_error_holds_no_token() -> None:
    told = refused({"error": "invalid_grant", "refresh_token": "refresh-0", "code": "abcdef"}, 400)
    assert "refresh-0" not in f"{told} {told.detail}"
    assert "abcdef" not in f"{told} {told.detail}"


@pytest.mark.parametrize(("error", "outcome"), [("invalid_grant", GrantEnded), ("invalid_client", ClientRejected)])
def test_a_client_is_tested_with_a_code_that_nobody_issued(error: str, outcome: type[ProviderError]) -> None:
    with replying({"error": error}, 400) as sent:
        with pytest.raises(outcome):
            endpoint().probe("https://calls.example.org/cb/")
        assert parse_qs(str(sent.calls[0].request.body))["code"] == ["switchboard-client-test"]


def test_a_server_that_cannot_be_reached_was_not_asked() -> None:
    nowhere = OAuthEndpoints("http://127.0.0.1:1/a", "http://127.0.0.1:1/t")
    door = acme()
    door.allowed_origins = frozenset({"http://127.0.0.1:1"})
    with pytest.raises(Unreachable):
        TokenEndpoint(door, nowhere, "id", "secret").refresh("refresh-0")


def test_basic_credentials_are_packed_as_utf_8() -> None:
    assert base64.b64decode(basic_header("ü", "p:w").removeprefix("Basic ")).decode() == "ü:p:w"
