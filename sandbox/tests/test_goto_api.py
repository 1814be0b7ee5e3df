"""GoTo's APIs: errors, scopes and rights, markers, history, reports and texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox.testing import RunningSandbox, running_sandbox
from sandbox.tests.linked import Linked, coming_call

SCIM = "urn:scim:schemas:extension:getgo:1.0"
SUMMARIES = "/call-events-report/v1/report-summaries"
HISTORY = "/call-history/v1/calls"


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def admin(box: RunningSandbox) -> Linked:
    return Linked(box, "goto").sign_in("admin")


@pytest.fixture(scope="module")
def user(box: RunningSandbox) -> Linked:
    return Linked(box, "goto").sign_in("user")


def ago(box: RunningSandbox, **span: float) -> str:
    return (box.clock.now() - timedelta(**span)).isoformat().replace("+00:00", "Z")


def keys(app: Linked) -> list[str]:
    return [account["value"] for account in app.get("/identity/v1/Users/me").json()[SCIM]["accounts"]]


def every(app: Linked, path: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        answer = app.get(path, **query, **marker).json()
        items += answer["items"]
        if "nextPageMarker" not in answer:
            return items
        marker = {"pageMarker": answer["nextPageMarker"]}


def window(app: Linked, days: float = 30, until: float = 0) -> dict[str, str]:
    return {"startTime": ago(app.box, days=days), "endTime": ago(app.box, days=until)}


def test_errors_come_in_the_common_envelope(admin: Linked) -> None:
    answer = admin.get(HISTORY)
    assert answer.status_code == 400
    assert answer.json().keys() == {"reference", "constraintViolations", "errorCode", "message"}
    assert answer.json()["constraintViolations"] == [{"constraint": "NotNull", "field": "accountKey"}]


def test_unrouted_paths_have_the_short_form(admin: Linked) -> None:
    answer = admin.get("/no/such/api")
    assert (answer.status_code, answer.json().keys()) == (404, {"errorCode", "message"})
    assert admin.get("/admin/rest/v1/me").status_code == 404


@pytest.mark.parametrize(("token", "code"), [("x", "AUTHN_MALFORMED_TOKEN"), ("a.b.c", "AUTHN_INVALID_TOKEN")])
def test_bad_tokens(admin: Linked, token: str, code: str) -> None:
    answer = admin.get("/users/v1/me", token)
    assert (answer.status_code, answer.json()["errorCode"]) == (401, code)


def test_an_expired_token_says_so() -> None:
    with running_sandbox() as box:
        app = Linked(box, "goto").sign_in()
        box.clock.advance(3601)
        assert app.get("/users/v1/me").json()["errorCode"] == "AUTHN_EXPIRED_TOKEN"


def test_a_missing_scope_is_named_but_identity_needs_none(box: RunningSandbox) -> None:
    app = Linked(box, "goto").sign_in(scope="users.v1.read")
    refused = app.get("/users/v1/lines")
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "AUTHZ_INSUFFICIENT_SCOPE")
    assert app.get("/identity/v1/Users/me").status_code == 200


def test_account_keys_are_strings_too_long_for_a_double(admin: Linked, user: Linked) -> None:
    assert len(keys(admin)) == 2
    assert len(keys(user)) == 1
    assert int(keys(admin)[0]) > 2**53
    accounts = admin.get("/identity/v1/Users/me").json()[SCIM]["accounts"]
    assert "acctadmin" in accounts[0]["entitlements"]


def test_users_me_lists_accounts_with_optional_parts_missing(admin: Linked) -> None:
    first, second = admin.get("/users/v1/me").json()["items"]
    assert first["organizationId"]
    assert "organizationId" not in second
    assert second["outboundPhoneNumbers"][0]["number"].startswith("+44")


def test_lines_and_users(admin: Linked, user: Linked) -> None:
    assert [line["number"] for line in admin.get("/users/v1/lines").json()["items"]] == ["100", "0900", "100"]
    assert len(every(admin, "/users/v1/users", accountKey=keys(admin)[0])) == 16
    assert user.get("/users/v1/users", accountKey=keys(user)[0]).status_code == 403
    own = user.get("/identity/v1/Users/me").json()["id"]
    assert user.get(f"/users/v1/users/{own}/lines").json()["items"][0]["primary"] is True


def test_the_admin_host_wants_its_own_scope(box: RunningSandbox, admin: Linked) -> None:
    refused = admin.ask("GET", "/admin/rest/v1/me", base="/goto/admin")
    assert (refused.status_code, refused.json()["code"]) == (401, "not.authenticated")
    app = Linked(box, "goto").sign_in(scope="identity:")
    me = app.ask("GET", "/admin/rest/v1/me", base="/goto/admin").json()
    path = f"/admin/rest/v1/accounts/{me['accountKey']}/users"
    users = app.ask("GET", path, base="/goto/admin", params={"pageSize": 5, "offset": 10}).json()
    assert (users["fromIndex"], users["toIndex"], users["total"]) == (10, 14, 16)
    licenses = app.ask("GET", path.replace("users", "licenses"), base="/goto/admin").json()
    assert licenses["results"][0]["seats"] > licenses["results"][0]["userCount"]


def test_extensions_and_numbers_are_for_administrators(admin: Linked, user: Linked) -> None:
    for path in ("/voice-admin/v1/extensions", "/voice-admin/v1/phone-numbers"):
        assert user.get(path, accountKey=keys(user)[0]).status_code == 403
        found = every(admin, path, accountKey=keys(admin)[0], pageSize=4)
        assert len({item["id"] for item in found}) == len(found) > 16
        alone = admin.get(f"{path}/{found[3]['id']}")
        assert alone.json() == found[3]
    kinds = {e["type"] for e in every(admin, "/voice-admin/v1/extensions", accountKey=keys(admin)[0])}
    assert {"DIAL_PLAN", "DIRECT_EXTENSION", "CALL_QUEUE", "HOLOGRAM_ROOM"} <= kinds


def test_the_account_of_others_is_refused(user: Linked) -> None:
    assert user.get(HISTORY, accountKey="4503599627370497002").status_code == 403


def test_history_is_of_one_person_and_markers_reach_every_row_once(admin: Linked, user: Linked) -> None:
    key = keys(admin)[0]
    rows = every(admin, HISTORY, accountKey=key, pageSize=50)
    assert len({row["legId"] for row in rows}) == len(rows) > 200
    starts = [row["startTime"] for row in rows]
    assert starts == sorted(starts, reverse=True)
    other = user.get("/identity/v1/Users/me").json()["id"]
    assert len(every(admin, HISTORY, accountKey=key, userKey=other)) == len(every(user, HISTORY, accountKey=key))
    mine = admin.get("/identity/v1/Users/me").json()["id"]
    assert user.get(HISTORY, accountKey=key, userKey=mine).status_code == 403


def test_history_rows_are_as_awkward_as_the_real_ones(admin: Linked) -> None:
    rows = every(admin, HISTORY, accountKey=keys(admin)[0])
    assert all(row["duration"] == 0 for row in rows if "answerTime" not in row)
    assert any(row["duration"] > 1000 for row in rows)
    numbers = {row["caller"].get("number", "") for row in rows if "caller" in row}
    assert any(len(number) == 10 and number.isdigit() for number in numbers)
    assert any("number" not in row["caller"] for row in rows if "caller" in row)
    turned = [r for r in rows if r["direction"] == "OUTBOUND" and r["callee"].get("number") == "100" and "caller" in r]
    assert any(len(row["caller"].get("number", "")) > 5 for row in turned)
    assert not any({"userKey", "accountKey", "conversationSpaceId"} & row.keys() for row in rows)


def test_paging_names_of_others_are_ignored_and_bad_markers_refused(admin: Linked) -> None:
    key = keys(admin)[0]
    assert len(admin.get(HISTORY, accountKey=key, limit=5).json()["items"]) == 100
    assert admin.get(HISTORY, accountKey=key, pageSize=201).status_code == 400
    assert admin.get(HISTORY, accountKey=key, pageMarker="!!").status_code == 400


def test_summaries_span_at_most_31_days(admin: Linked) -> None:
    key = keys(admin)[0]
    refused = admin.get(SUMMARIES, accountKey=key, **window(admin, 32))
    assert refused.status_code == 400
    wanted = {"constraint": "InvalidRange", "field": "maximum supported range is 31 days"}
    assert refused.json()["constraintViolations"] == [wanted]
    assert admin.get(SUMMARIES, accountKey=key, **window(admin, 31, 0.1)).status_code == 200


def test_summaries_need_one_selector_and_both_times(admin: Linked, user: Linked) -> None:
    key = keys(admin)[0]
    assert admin.get(SUMMARIES, **window(admin)).status_code == 400
    assert admin.get(SUMMARIES, accountKey=key, lineId="x", **window(admin)).status_code == 400
    assert admin.get(SUMMARIES, accountKey=key, startTime=ago(admin.box, days=1)).status_code == 400
    assert user.get(SUMMARIES, accountKey=keys(user)[0], **window(user)).status_code == 403


def test_summaries_cover_the_account_and_several_accounts(admin: Linked) -> None:
    one, two = keys(admin)
    first = every(admin, SUMMARIES, accountKey=one, pageSize=100, **window(admin))
    both = every(admin, SUMMARIES, accountKey=[one, two], pageSize=1000, **window(admin))
    assert len(both) > len(first) > 100
    assert {call["accountKey"] for call in both} == {one, two}
    assert any("callAnswered" not in call for call in first)
    assert any("recordingId" in party for call in first for party in call.get("participants", []))


def test_a_year_of_summaries_has_the_odd_cases(admin: Linked) -> None:
    calls: list[dict[str, Any]] = []
    for month in range(12):
        span = window(admin, 30 * (month + 1), 30 * month)
        calls += every(admin, SUMMARIES, accountKey=keys(admin), pageSize=1000, **span)
    assert len({call["conversationSpaceId"] for call in calls}) == len(calls) > 4000
    assert {"NORMAL", "LEFT_DIAL_PLAN", "ABDUCTED"} <= {call.get("callerOutcome") for call in calls}
    assert "LATERAL" in {call["direction"] for call in calls}
    assert any("participants" not in call for call in calls)
    assert any("number" not in call["caller"] for call in calls)


def test_a_single_report_shows_states_and_recordings(admin: Linked) -> None:
    calls = every(admin, SUMMARIES, accountKey=keys(admin)[0], pageSize=1000, **window(admin))
    recorded = next(call for call in calls if any("recordingId" in p for p in call.get("participants", [])))
    report = admin.get(f"/call-events-report/v1/reports/{recorded['conversationSpaceId']}").json()
    assert [state["type"] for state in report["callStates"]] == ["STARTING", "ACTIVE", "ENDING"]
    assert any(party["recordings"] for party in report["participants"])
    assert admin.get("/call-events-report/v1/reports/nothing").status_code == 404


def test_a_call_is_reported_only_minutes_after_its_end() -> None:
    with running_sandbox() as box:
        now = box.clock.now()
        call = coming_call(box, lambda c: 0 < c.person.index < 16)
        box.clock.advance((call.ended_at - now).total_seconds() + 60)
        app = Linked(box, "goto").sign_in()
        key = keys(app)[0]

        def reported() -> bool:
            start = call.started_at.isoformat().replace("+00:00", "Z")
            end = (call.started_at + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
            return bool(app.get(SUMMARIES, accountKey=key, startTime=start, endTime=end).json()["items"])

        assert not reported()
        box.clock.advance(61)
        assert reported()


def test_call_reports_sum_in_milliseconds(admin: Linked) -> None:
    path = "/call-reports/v1/reports/user-activity"
    assert admin.get(path, **window(admin)).status_code == 400  # two accounts: which one?
    items = admin.get(path, accountKey=keys(admin)[0], **window(admin)).json()["items"]
    values = items[0]["dataValues"]
    assert values["volume"] == values["inboundVolume"] + values["outboundVolume"]
    details = admin.get(f"{path}/{items[0]['userId']}", accountKey=keys(admin)[0], **window(admin)).json()["items"]
    assert len(details) == values["volume"]
    assert sum(call["duration"] for call in details) == values["totalDuration"]


def test_recordings_take_two_steps_and_both_want_the_token(admin: Linked) -> None:
    calls = every(admin, SUMMARIES, accountKey=keys(admin)[0], pageSize=1000, **window(admin))
    wanted = next(p["recordingId"] for call in calls for p in call.get("participants", []) if "recordingId" in p)
    content = admin.get(f"/recording/v1/recordings/{wanted}/content").json()
    path = f"/recording/v1/recordings/{wanted}/content/{content['token']['token']}"
    assert admin.get(path).content.startswith(b"RIFF")
    assert requests.get(f"{admin.box.url}/goto/api{path}", timeout=10).status_code == 401


def test_voicemails_are_under_their_box(user: Linked) -> None:
    assert user.get("/voicemail/v1/voicemails").status_code == 405
    box = user.get("/voicemail/v1/voicemailboxes", accountKey=keys(user)[0]).json()["items"][0]
    found = every(user, f"/voicemail/v1/voicemailboxes/{box['voicemailboxId']}/voicemails")
    assert found[0]["durationMs"] >= 1000
    assert user.get(f"/voicemail/v1/voicemails/{found[0]['voicemailId']}").json() == found[0]


def send(app: Linked, owner: str, *contacts: str, words: str = "Hello 👋") -> requests.Response:
    body = {"ownerPhoneNumber": owner, "contactPhoneNumbers": list(contacts), "body": words}
    return app.ask("POST", "/messaging/v1/messages", json=body)


def test_a_text_is_created_and_found_again(user: Linked) -> None:
    answer = send(user, "+12125550102", "+14155550123")
    message = answer.json()
    assert (answer.status_code, message["direction"]) == (201, "OUT")
    assert len(message["timestamp"].rpartition(".")[2]) == 7
    query = {"ownerPhoneNumber": "+12125550102", "contactPhoneNumber": "+14155550123"}
    assert message["id"] in {item["id"] for item in every(user, "/messaging/v1/messages", **query)}
    user.box.clock.advance(10)
    assert user.get(f"/messaging/v1/messages/{message['id']}").json()["deliveryStatuses"][0]["status"] == "DELIVERED"
    conversations = every(user, "/messaging/v1/conversations", ownerPhoneNumber="+12125550102")
    assert conversations[0]["contactPhoneNumbers"] == ["+14155550123"]


def test_texts_are_refused_when_the_inbox_is_not_shared_or_the_body_is_wrong(user: Linked) -> None:
    assert send(user, "+12125550103", "+14155550123").status_code == 403
    assert send(user, "12125550102", "+14155550123").status_code == 400
    assert send(user, "+12125550102", "0221 123").status_code == 400
    assert send(user, "+12125550102", "+14155550123", words=" ").status_code == 400
    assert user.get("/messaging/v1/conversations", ownerPhoneNumber="+12125550103").status_code == 403


def test_click_to_call_is_accepted_from_ones_own_line(user: Linked) -> None:
    line = user.get("/users/v1/lines").json()["items"][0]["id"]
    answer = user.ask("POST", "/calls/v2/calls", json={"dialString": "+14155550123", "from": {"lineId": line}})
    assert (answer.status_code, list(answer.json())) == (202, ["initiatorId"])
    other = user.ask("POST", "/calls/v2/calls", json={"dialString": "+14155550123", "from": {"lineId": "x"}})
    assert other.status_code == 403


def test_ten_requests_a_second_for_each_api_and_no_word_about_when_to_return(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_sandbox(real_rates=True) as box:
        app = Linked(box, "goto").sign_in()
        now = box.clock.timestamp()
        monkeypatch.setattr(box.clock, "timestamp", lambda: now)
        answers = [app.get("/users/v1/me") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert "Retry-After" not in answers[-1].headers
        assert app.get("/identity/v1/Users/me").status_code == 200
        monkeypatch.setattr(box.clock, "timestamp", lambda: now + 1.5)
        assert app.get("/users/v1/me").status_code == 200


def test_faults_speak_gotos_language(admin: Linked) -> None:
    admin.box.faults.add("forbidden", provider="goto", path_prefix="/api/users", remaining=1)
    refused = admin.get("/users/v1/me")
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "AUTHZ_INSUFFICIENT_SCOPE")
    assert admin.get("/users/v1/me").status_code == 200
