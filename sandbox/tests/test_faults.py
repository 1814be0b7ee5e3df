"""Faults, as a client meets them on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.testing import RunningSandbox, running_sandbox

TOKEN = ("token-SBXALL", "5e11c0de-0000-4000-8000-a11000000001")
ACCOUNT = "/sipgate/api/v2/account"


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningSandbox]:
    with running_sandbox(history_days=20) as running:
        yield running


@pytest.fixture
def box(shared: RunningSandbox) -> Iterator[RunningSandbox]:
    shared.faults.clear()
    shared.requests.clear()
    yield shared
    shared.faults.clear()


def get(box: RunningSandbox, path: str = ACCOUNT, **options: Any) -> requests.Response:
    return requests.get(f"{box.url}{path}", auth=TOKEN, timeout=5, allow_redirects=False, **options)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("unauthorized", 401), ("forbidden", 403), ("rate_limited", 429), ("server_error", 500), ("unavailable", 503)],
)
def test_a_refusal_hits_the_next_request_only(box: RunningSandbox, kind: str, status: int) -> None:
    box.faults.add(kind, provider="sipgate", remaining=1)
    assert get(box).status_code == status
    assert get(box).status_code == 200


def test_retry_after_is_sent_when_given(box: RunningSandbox) -> None:
    box.faults.add("rate_limited", remaining=1, retry_after=7)
    assert get(box).headers["Retry-After"] == "7"
    box.faults.add("rate_limited", remaining=1)
    assert "Retry-After" not in get(box).headers


def test_a_fault_keeps_to_its_provider_path_and_method(box: RunningSandbox) -> None:
    box.faults.add("server_error", provider="sipgate", path_prefix="/api/v2/balance", method="GET")
    box.faults.add("server_error", provider="goto")
    box.faults.add("server_error", method="POST")
    assert get(box).status_code == 200
    assert get(box, "/sipgate/api/v2/balance").status_code == 500


def test_a_fault_ends_with_its_time(box: RunningSandbox) -> None:
    box.faults.add("unavailable", seconds=60)
    assert get(box).status_code == 503
    box.clock.advance(61)
    assert get(box).status_code == 200


def test_html_instead_of_json_is_a_200(box: RunningSandbox) -> None:
    box.faults.add("html", remaining=1)
    answer = get(box)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_truncated_body_breaks_off(box: RunningSandbox) -> None:
    box.faults.add("truncated", remaining=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        get(box)


def test_a_reset_has_no_effect_and_a_lost_reply_has(box: RunningSandbox) -> None:
    url, before = f"{box.url}/sipgate/api/v2/sessions/sms", get(box, "/sipgate/api/v2/balance").json()["amount"]
    body = {"smsId": "s0", "recipient": "+4917604069099", "message": "x"}
    for kind, spent in (("reset", 0), ("lost_reply", 588)):
        box.faults.add(kind, path_prefix="/api/v2/sessions/sms", remaining=1)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.post(url, json=body, auth=TOKEN, timeout=5)
        assert get(box, "/sipgate/api/v2/balance").json()["amount"] == before - spent


def test_a_slow_answer_runs_into_the_time_out(box: RunningSandbox) -> None:
    box.faults.add("slow", remaining=1, delay_seconds=0.4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{box.url}{ACCOUNT}", auth=TOKEN, timeout=0.1)


def test_wrong_types_empty_huge_and_redirect(box: RunningSandbox) -> None:
    box.faults.add("wrong_types", remaining=1)
    assert get(box).json()["verified"] == "True"
    box.faults.add("empty", remaining=1)
    assert (get(box).status_code, get(box).status_code) == (200, 200)
    box.faults.add("huge", remaining=1, size_bytes=3_000_000)
    assert len(get(box).content) == 3_000_000
    box.faults.add("redirect", remaining=1)
    answer = get(box)
    assert answer.status_code == 307
    assert "elsewhere.example.invalid" in answer.headers["Location"]


def test_the_json_endpoints_add_list_and_clear(box: RunningSandbox) -> None:
    faults = f"{box.url}/_sandbox/faults"
    wanted = {"kind": "reset", "provider": "sipgate", "remaining": 2}
    added = requests.post(faults, json=wanted, timeout=5)
    assert (added.status_code, added.json()["kind"]) == (201, "reset")
    assert len(requests.get(faults, timeout=5).json()["faults"]) == 1
    assert requests.delete(f"{faults}?id={added.json()['id']}", timeout=5).status_code == 204
    assert requests.get(faults, timeout=5).json()["faults"] == []


@pytest.mark.parametrize(
    "body", [{"kind": "x"}, {"kind": "reset", "remaining": "many"}, {}, {"kind": "reset", "provider": "y"}]
)
def test_nonsense_is_refused_with_a_sentence(box: RunningSandbox, body: dict[str, Any]) -> None:
    answer = requests.post(f"{box.url}/_sandbox/faults", json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_panel_works_without_script(box: RunningSandbox) -> None:
    form = {"action": "add", "kind": "unavailable", "provider": "sipgate", "path_prefix": "", "seconds": "60"}
    page = requests.post(f"{box.url}/_sandbox/", form, timeout=5)
    assert "60 seconds" in page.text
    assert get(box).status_code == 503
    assert requests.post(f"{box.url}/_sandbox/", {"action": "clear"}, timeout=5).status_code == 200
    assert get(box).status_code == 200
    wrong = requests.post(f"{box.url}/_sandbox/", form | {"seconds": "soon"}, timeout=5)
    assert (wrong.status_code, "seconds must be a number" in wrong.text) == (400, True)


def test_requests_are_logged_without_their_secrets(box: RunningSandbox) -> None:
    get(box)
    entry = box.requests.entries("sipgate")[-1]
    assert (entry.method, entry.path, entry.status) == ("GET", ACCOUNT, 200)
    assert len(entry.authorization) == 12
    assert TOKEN[1] not in requests.get(f"{box.url}/_sandbox/requests", timeout=5).text
