"""Secrets do not survive redaction, wherever they stand; everything else does."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.redaction import DEEPEST, REDACTED, SECRET_KEYS, redact, redact_text

secrets = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=12, max_size=60)
query_names = st.sampled_from(
    ["access_token", "refresh_token", "id_token", "client_secret", "code", "code_verifier", "state", "password"]
)
json_names = st.sampled_from(
    ["access_token", "refresh_token", "id_token", "token", "client_secret", "code", "password"]
)
secret_keys = st.sampled_from(sorted(SECRET_KEYS))
harmless = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc XYZ äöü 123 .,!", max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("klmn", max_size=4), inner, max_size=3),
    max_leaves=8,
)


def jwt(payload: str) -> str:
    """Something in the form of a JSON web token."""
    parts = (json.dumps({"alg": "RS256", "typ": "JWT"}), json.dumps({"sub": payload}), payload)
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


@given(query_names, secrets, st.sampled_from(["?", "&", "GET /callback?", "body: ", "\n"]))
def test_a_secret_parameter_is_removed(name: str, secret: str, before: str) -> None:
    text = redact_text(f"{before}{urlencode({name: secret})}&limit=10")
    assert secret not in text
    assert name in text
    assert "limit=10" in text


@given(json_names, secrets, st.sampled_from(["", " ", "\t"]), st.sampled_from(['"', "'"]))
def test_a_secret_in_json_text_is_removed(name: str, secret: str, space: str, quote: str) -> None:
    text = redact_text(f"{{{quote}{name}{quote}:{space}{quote}{secret}{quote},{space}{quote}scope{quote}:1}}")
    assert secret not in text
    assert "scope" in text


def test_a_secret_with_quotes_in_it_is_removed_whole() -> None:
    text = redact_text(json.dumps({"client_secret": 'a"b\\"c,d', "ok": "kept"}))
    assert "c,d" not in text
    assert "kept" in text


@given(st.sampled_from(["Bearer", "bearer", "Basic", "BASIC"]), secrets)
def test_credentials_of_a_header_are_removed(scheme: str, secret: str) -> None:
    assert secret not in redact_text(f"Authorization: {scheme} {secret}")


@given(secrets)
def test_a_json_web_token_is_removed_wherever_it_stands(payload: str) -> None:
    token = jwt(payload)
    text = redact_text(f"got {token}, thanks")
    assert not any(part in text for part in token.split("."))
    assert text.endswith(", thanks")


def test_a_personal_access_token_is_removed() -> None:
    text = redact_text("curl -u token-ABC123-0:11111111-2222-4333-8444-555555555555 https://api.example")
    assert "11111111" not in text
    assert "https://api.example" in text


@given(secret_keys, secrets, harmless)
def test_a_value_under_a_secret_key_is_removed_at_any_depth(key: str, secret: str, beside: Any) -> None:
    document = {"a": [{"b": {key: secret, key.upper(): [secret], "beside": beside}}]}
    found = redact(document)
    assert secret not in json.dumps(found)
    assert found["a"][0]["b"]["beside"] == beside


@given(harmless)
def test_everything_else_stays(document: Any) -> None:
    assert redact(document) == document


@given(harmless | st.dictionaries(secret_keys, secrets))
def test_redacting_twice_changes_nothing_more(document: Any) -> None:
    once = redact(document)
    assert redact(once) == once


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert redact_text(redact_text(text)) == redact_text(text)


def test_the_original_is_not_touched() -> None:
    document = {"token": "abcdef", "list": [{"password": "x"}]}
    redact(document)
    assert document == {"token": "abcdef", "list": [{"password": "x"}]}


def test_bottomless_nesting_ends() -> None:
    document: Any = "end"
    for _ in range(DEEPEST * 10):
        document = [document]
    assert REDACTED in json.dumps(redact(document))


@pytest.mark.parametrize(
    "text",
    [
        "The basic plan has 5 lines",
        "promo code is on the bearer of this",
        "token of appreciation",
        "+49 30 23125001",
        "Müller & Söhne GmbH",
        "https://api.example/v2/history?limit=10&offset=20",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert redact_text(text) == text
