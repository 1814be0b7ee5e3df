"""What is remembered of a request names nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.errors import HostNotAllowed, ServerFault, Unreachable, UnusableReply
from telephony.core.refusals import raise_for_status
from telephony.core.sent import described, masked_path, without_numbers
from telephony.core.tests.doors import HOME, acme, replying


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/v2/history", "/v2/history"),
        ("/restapi/v1.0/account/~/extension/~/call-log", "/restapi/v1.0/account/~/extension/~/call-log"),
        ("/restapi/v1.0/account/62264425008/extension/1012", "/restapi/v1.0/account/…/extension/1012"),
        ("/v2/numbers/+4921158000123", "/v2/numbers/…"),
        ("/v2/numbers/%2B49%20211%2058000", "/v2/numbers/…"),
        ("/contacts/(0211)%2058000-12", "/contacts/…"),
        ("/users/ada@example.org/x", "/users/…/x"),
        ("/v2/history?phonenumber=%2B49211&limit=5", "/v2/history?phonenumber=…&limit=…"),
        ("/sounds/3f0d0f6c-4f4e-4a51-8a52-0a3f6f0b7c11", "/sounds/…"),
        ("/call-reports/v1/reports/AbCdEf0123456789AbCdEf01", "/call-reports/v1/reports/…"),
        ("/x?access_token=abcdef", "/x?access_token=…"),
    ],
)
def test_paths_are_told_without_numbers_and_keys(path: str, kept: str) -> None:
    assert masked_path(f"https://api.example.org{path}") == kept


@given(st.text(max_size=80))
def test_nothing_breaks_it(text: str) -> None:
    sent = described("GET", f"https://api.example.org/{text}")
    assert len(sent.path) <= 300
    assert len(described("GET", text).host) <= 200


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_no_number_survives(number: str) -> None:
    assert number.lstrip("+") not in masked_path(f"https://a.example/v1/{number}/x?number={number}")
    assert number.lstrip("+") not in without_numbers(f"It was {number}, or so.")


def test_sentences_lose_numbers_addresses_and_tokens() -> None:
    told = without_numbers("Call +49 211 58000 or ada@example.org with Bearer abcdefghij; error 503.")
    assert told == "Call … or … with Bearer [redacted]; error 503."


def test_every_error_of_the_door_tells_its_request() -> None:
    url = f"{HOME}/v1/users/4921158000"
    with replying(status=500), pytest.raises(ServerFault) as fault:
        raise_for_status(acme().get(url, "reading", query=[("number", "+4930123456")]))
    assert fault.value.request is not None
    assert (fault.value.request.method, fault.value.request.host) == ("GET", "api.acme.example")
    assert fault.value.request.path == "/v1/users/…?number=…"

    with replying(TimeoutError("late")), pytest.raises(Unreachable) as late:
        acme().get(url, "reading")
    with replying("<html>"), pytest.raises(UnusableReply) as page:
        acme().get(url, "reading").json()
    with pytest.raises(HostNotAllowed) as refused:
        acme().get("https://elsewhere.example/", "reading")
    assert late.value.request
    assert page.value.request
    assert refused.value.request
    assert refused.value.request.host == "elsewhere.example"
