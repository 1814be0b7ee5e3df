"""sipgate's REST API, over real HTTP, with personal access tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.testing import RunningSandbox, running_sandbox

ALL = ("token-SBXALL", "5e11c0de-0000-4000-8000-a11000000001")
REDUCED = ("token-SBXRED", "5e11c0de-0000-4000-8000-a11000000002")
PLAIN = ("token-SBXUSR", "5e11c0de-0000-4000-8000-a11000000003")
NEO = ("token-SBXNEO-0", "5e11c0de-0000-4000-8000-a11000000004")


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(volume=0.5) as running:
        yield running


def ask(
    box: RunningSandbox, path: str, who: tuple[str, str] = ALL, method: str = "GET", **options: Any
) -> requests.Response:
    return requests.request(method, f"{box.url}/sipgate/api/v2{path}", auth=who, timeout=10, **options)


def history(box: RunningSandbox, who: tuple[str, str] = ALL, **query: Any) -> dict[str, Any]:
    answer = ask(box, "/history", who, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_balance_is_in_ten_thousandths(box: RunningSandbox) -> None:
    assert ask(box, "/balance").json()["currency"] == "EUR"
    assert ask(box, "/balance").json()["amount"] > 1_000_000


def test_the_user_id_comes_from_the_rest_userinfo(box: RunningSandbox) -> None:
    assert ask(box, "/authorization/userinfo").json() == {
        "sub": "w0",
        "domain": "sipgate.de",
        "masterSipId": "3000001",
        "locale": "de_DE",
    }


@pytest.mark.parametrize("who", [("token-SBXALL", "wrong"), ("nobody", "x")])
def test_a_wrong_token_is_an_empty_401(box: RunningSandbox, who: tuple[str, str]) -> None:
    answer = ask(box, "/account", who)
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_missing_scope_is_403(box: RunningSandbox) -> None:
    assert ask(box, "/account", REDUCED).status_code == 200
    assert ask(box, "/balance", REDUCED).status_code == 403


def test_a_plain_user_sees_only_what_is_his(box: RunningSandbox) -> None:
    assert ask(box, "/balance", PLAIN).status_code == 403
    assert [user["id"] for user in ask(box, "/users", PLAIN).json()["items"]] == ["w1"]
    assert ask(box, "/w0/devices", PLAIN).status_code == 403
    assert 0 < history(box, PLAIN)["totalCount"] < history(box)["totalCount"]


def test_devices_carry_their_type_and_lines(box: RunningSandbox) -> None:
    kinds = [device["type"] for device in ask(box, "/w0/devices").json()["items"]]
    assert kinds == ["REGISTER", "MOBILE"]


def test_some_numbers_are_routed_nowhere(box: RunningSandbox) -> None:
    assert "" in [number["endpointId"] for number in ask(box, "/numbers").json()["items"]]


def test_a_neo_account_has_no_calls_in_the_history_and_no_phone_lines(box: RunningSandbox) -> None:
    assert history(box, NEO, types="CALL") == {"items": [], "totalCount": 0}
    assert history(box, NEO, types="SMS")["totalCount"] > 0
    refused = ask(box, "/w0/phonelines", NEO)
    assert (refused.status_code, refused.headers["Content-Type"].split(";")[0]) == (403, "text/plain")
    assert ask(box, "/channels", NEO).json()["items"]
    assert ask(box, "/groups", NEO).status_code == 403


def test_history_pages_without_gaps_newest_first(box: RunningSandbox) -> None:
    to = box.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    seen: list[str] = []
    while page := history(box, limit=1000, offset=len(seen), to=to)["items"]:
        seen += [entry["id"] for entry in page]
    assert len(seen) == len(set(seen)) == history(box, to=to)["totalCount"]
    first = history(box, limit=1000, to=to)["items"]
    times = [entry["created"].replace(" ", "T").replace("+00:00", "Z") for entry in first]
    assert times == sorted(times, reverse=True)


def test_history_gives_ten_by_default(box: RunningSandbox) -> None:
    assert len(history(box)["items"]) == 10


@pytest.mark.parametrize("query", [{"limit": 1001}, {"limit": -1}, {"offset": -1}, {"types": "PIGEON"}, {"from": "x"}])
def test_bad_filters_are_400(box: RunningSandbox, query: dict[str, Any]) -> None:
    assert ask(box, "/history", params=query).status_code == 400


def test_a_device_id_as_connection_is_403(box: RunningSandbox) -> None:
    assert ask(box, "/history", params={"connectionIds": "e0"}).status_code == 403


def test_filters_take_repeated_keys(box: RunningSandbox) -> None:
    kinds = {entry["type"] for entry in history(box, types=["SMS", "FAX"], limit=500)["items"]}
    assert kinds == {"SMS", "FAX"}


def test_the_number_filter_takes_national_and_international_form(box: RunningSandbox) -> None:
    entries = history(box, limit=200, directions="INCOMING")["items"]
    number = next(e["source"] for e in entries if e["source"].startswith("+49"))
    count = history(box, phonenumber=number)["totalCount"]
    assert count > 0
    assert history(box, phonenumber=f"0{number[3:]}")["totalCount"] == count


def test_the_odd_cases_are_there(box: RunningSandbox) -> None:
    to = box.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = [e for offset in (0, 1000, 2000) for e in history(box, limit=1000, offset=offset, to=to)["items"]]
    assert any(e["source"] == "anonymous" for e in entries)
    assert any(e["status"] == "TELEPORTED" for e in entries)
    assert any(e["direction"] == "PARKED" for e in entries)
    assert any("callStatus" not in e and e["type"] == "CALL" for e in entries)
    assert any("<b>" in e["sourceAlias"] + e["targetAlias"] for e in entries)
    assert any((e["sourceAlias"] + e["targetAlias"]).startswith("=") for e in entries)
    assert any(e["note"] is None for e in entries)


def test_changes_stay_and_archived_entries_leave_the_list(box: RunningSandbox) -> None:
    entry_id = history(box)["items"][3]["id"]
    change = {"note": "ring back", "archived": True}
    assert ask(box, f"/history/{entry_id}", method="PUT", json=change).status_code == 204
    assert ask(box, f"/history/{entry_id}").json()["note"] == "ring back"
    assert entry_id not in [entry["id"] for entry in history(box)["items"]]
    assert [entry["id"] for entry in history(box, archived="true")["items"]] == [entry_id]


def test_a_deleted_entry_is_404(box: RunningSandbox) -> None:
    entry_id = history(box)["items"][5]["id"]
    assert ask(box, f"/history/{entry_id}", method="DELETE").status_code == 204
    assert ask(box, f"/history/{entry_id}").status_code == 404


def test_a_sent_text_costs_money_and_appears_a_little_later(box: RunningSandbox) -> None:
    before = ask(box, "/balance").json()["amount"]
    body = {"smsId": "s0", "recipient": "+4917604069099", "message": "x" * 161}
    answer = ask(box, "/sessions/sms", method="POST", json=body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert ask(box, "/balance").json()["amount"] == before - 2 * 588
    query: dict[str, Any] = {"types": "SMS", "directions": "OUTGOING", "phonenumber": "+4917604069099"}
    assert history(box, **query)["totalCount"] == 0
    box.clock.advance(5)
    assert history(box, **query)["items"][0]["smsContent"] == "x" * 161


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {"recipient": "+4917604069099", "message": "x"}}, 500),
        ({"json": {"smsId": "s0", "recipient": "0176", "message": "x"}}, 400),
        ({"json": {"smsId": "s0", "recipient": "+4917604069099", "message": " "}}, 400),
        ({"json": {"smsId": "s7", "recipient": "+4917604069099", "message": "x"}}, 403),
        ({"json": {"smsId": "s0", "recipient": "+4917604069099", "message": "x", "sendAt": 5}}, 400),
        ({"data": "smsId=s0"}, 415),
    ],
)
def test_bad_texts_are_refused_as_documented(box: RunningSandbox, options: dict[str, Any], status: int) -> None:
    assert ask(box, "/sessions/sms", method="POST", **options).status_code == status


def test_calls_are_placed_the_classic_or_the_neo_way(box: RunningSandbox) -> None:
    classic = {"caller": "e0", "callee": "+4917604069099"}
    assert ask(box, "/sessions/calls", method="POST", json=classic).json()["sessionId"]
    assert ask(box, "/sessions/calls", NEO, method="POST", json=classic).status_code == 403
    neo = {"deviceId": "e0", "targetNumber": "4917604069099"}
    assert ask(box, "/calls", NEO, method="POST", json=neo).json()["callSid"]
    assert ask(box, "/calls", NEO, method="POST", json=neo | {"targetNumber": "+49176"}).status_code == 400


def test_a_recording_link_needs_no_sign_in_but_its_key(box: RunningSandbox) -> None:
    entries = history(box, types="VOICEMAIL")["items"]
    url = next(e["recordingUrl"] for e in entries if e.get("recordingUrl"))
    assert requests.get(url, timeout=10).headers["Content-Type"] == "audio/mpeg"
    assert requests.get(url.replace("/download/", "/download/x"), timeout=10).status_code == 404


def test_contacts_can_be_added_but_give_no_id(box: RunningSandbox) -> None:
    before = ask(box, "/contacts").json()["totalCount"]
    answer = ask(box, "/contacts", method="POST", json={"name": "New", "scope": "PRIVATE", "numbers": []})
    assert (answer.status_code, answer.content) == (204, b"")
    assert ask(box, "/contacts").json()["totalCount"] == before + 1


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere/at/all", 404), ("POST", "/account", 405)])
def test_unknown_paths_and_methods_answer_with_a_bare_status(
    box: RunningSandbox, method: str, path: str, status: int
) -> None:
    answer = ask(box, path, method=method)
    assert (answer.status_code, answer.content) == (status, b"")
