"""RingCentral's REST API: errors, permissions, paging, the call log and texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox.testing import RunningSandbox, running_sandbox
from sandbox.tests.linked import Linked, coming_call

V1 = "/restapi/v1.0"
ACCOUNT = f"{V1}/account/~"
OWN = f"{ACCOUNT}/extension/~"


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def admin(box: RunningSandbox) -> Linked:
    return Linked(box, "ringcentral").sign_in("admin")


@pytest.fixture(scope="module")
def user(box: RunningSandbox) -> Linked:
    return Linked(box, "ringcentral").sign_in("user")


def ago(box: RunningSandbox, **span: float) -> str:
    return (box.clock.now() - timedelta(**span)).isoformat().replace("+00:00", "Z")


def codes(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["errorCode"], body["errors"][0]["errorCode"]


def every(app: Linked, path: str, **query: Any) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    answer = app.get(path, **query).json()
    while True:
        records += answer["records"]
        if "nextPage" not in answer["navigation"]:
            return records
        answer = app.get(answer["navigation"]["nextPage"]["uri"]).json()


def test_the_root_is_open_to_everybody(box: RunningSandbox) -> None:
    assert requests.get(f"{box.url}/ringcentral/restapi/v1.0", timeout=10).json()["versionString"] == "1.0.60"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ({}, (401, "AGW-401", "AGW-401")),
        ({"Authorization": "Basic eDp5"}, (401, "AGW-402", "AGW-402")),
        ({"Authorization": "Bearer nonsense"}, (401, "TokenInvalid", "OAU-149")),
    ],
)
def test_bad_authorization(box: RunningSandbox, header: dict[str, str], wanted: tuple[int, str, str]) -> None:
    assert codes(requests.get(f"{box.url}/ringcentral{OWN}", headers=header, timeout=10)) == wanted


def test_the_token_may_stand_in_the_query_and_its_scheme_in_any_case(admin: Linked) -> None:
    token = admin.tokens["access_token"]
    url = f"{admin.box.url}/ringcentral{OWN}"
    assert requests.get(url, params={"access_token": token}, timeout=10).status_code == 200
    assert requests.get(url, headers={"Authorization": f"bEaReR {token}"}, timeout=10).status_code == 200


def test_unknown_things_are_not_found(admin: Linked) -> None:
    assert codes(admin.get(f"{V1}/account/~/no-such-thing")) == (404, "CMN-120", "CMN-120")
    answer = admin.get(f"{ACCOUNT}/extension/12345")
    assert codes(answer) == (404, "CMN-102", "CMN-102")
    assert answer.json()["parameterName"] == answer.json()["errors"][0]["parameterName"] == "extensionId"


def test_account_ids_are_big_numbers_and_links_have_real_ids(admin: Linked) -> None:
    account = admin.get(ACCOUNT).json()
    assert isinstance(account["id"], int)
    assert "companyName" not in account
    assert "~" not in account["uri"]
    assert admin.get("/restapi/v2/accounts/~").json()["id"] == str(account["id"])


def test_nothing_is_called_balance(admin: Linked) -> None:
    for path in (ACCOUNT, f"{ACCOUNT}/service-info", "/restapi/v2/accounts/~"):
        assert "balance" not in admin.get(path).text.lower()


def test_extension_pages_have_totals(admin: Linked) -> None:
    page = admin.get(f"{ACCOUNT}/extension", perPage=10).json()
    assert page["paging"]["totalElements"] == len(every(admin, f"{ACCOUNT}/extension", perPage=10))
    assert {"firstPage", "nextPage", "lastPage"} <= page["navigation"].keys()


def test_extensions_include_odd_ones(admin: Linked) -> None:
    found = every(admin, f"{ACCOUNT}/extension")
    assert any("extensionNumber" not in extension for extension in found)
    assert {"HologramUser", "Department"} <= {extension["type"] for extension in found}
    assert any(extension.get("extensionNumber") == "007" for extension in found)
    kinds = {extension["type"] for extension in every(admin, f"{ACCOUNT}/extension", type=["User", "IvrMenu"])}
    assert kinds == {"User", "IvrMenu"}


def test_whether_someone_is_an_administrator_shows_in_the_own_extension(admin: Linked, user: Linked) -> None:
    assert admin.get(OWN).json()["permissions"]["admin"]["enabled"] is True
    assert user.get(OWN).json()["permissions"]["admin"]["enabled"] is False
    assert user.get(OWN).json()["id"] == int(user.tokens["owner_id"])


def test_plain_users_see_others_direct_numbers_without_features(admin: Linked, user: Linked) -> None:
    assert "MainCompanyNumber" in {n["usageType"] for n in every(admin, f"{ACCOUNT}/phone-number")}
    seen = every(user, f"{ACCOUNT}/phone-number")
    assert {number["usageType"] for number in seen} == {"DirectNumber"}
    assert not any("features" in number for number in seen)
    assert "SmsSender" in every(user, f"{OWN}/phone-number")[0]["features"]


def test_the_company_log_needs_the_right_of_an_administrator(user: Linked) -> None:
    for path in ("call-log", "call-log-sync", "call-log-extract-sync", "active-calls"):
        answer = user.get(f"{ACCOUNT}/{path}")
        assert codes(answer) == (403, "CMN-408", "CMN-408")
        assert answer.json()["permissionName"] == "FullCompanyCallLog"


def test_a_missing_permission_of_the_application_is_named(box: RunningSandbox) -> None:
    url = f"{box.url}/ringcentral/_sandbox/app"
    before = requests.get(url, timeout=10).json()
    requests.post(url, json={"permissions": ["ReadAccounts"]}, timeout=10)
    try:
        answer = Linked(box, "ringcentral").sign_in("admin2").get(f"{ACCOUNT}/call-log")
    finally:
        requests.post(url, json=before, timeout=10)
    assert codes(answer) == (403, "InsufficientPermissions", "CMN-401")
    assert answer.json()["permissionName"] == "ReadCallLog"


def test_the_call_log_shows_one_day_unless_dates_are_given(admin: Linked) -> None:
    day = every(admin, f"{ACCOUNT}/call-log")
    assert all(record["startTime"] > ago(admin.box, hours=24, seconds=5) for record in day)
    assert len(every(admin, f"{ACCOUNT}/call-log", dateFrom=ago(admin.box, days=20))) > len(day)


def test_call_log_pages_have_no_totals_and_lead_to_every_record_once(admin: Linked) -> None:
    since, until = ago(admin.box, days=60), ago(admin.box, hours=1)
    page = admin.get(f"{ACCOUNT}/call-log", dateFrom=since, dateTo=until, perPage=250).json()
    assert page["paging"].keys() == {"page", "perPage", "pageStart", "pageEnd"}
    assert "lastPage" not in page["navigation"]
    assert "~" not in page["uri"]
    assert "dateTo=" in page["uri"]
    records = every(admin, f"{ACCOUNT}/call-log", dateFrom=since, dateTo=until, perPage=250)
    starts = [record["startTime"] for record in records]
    assert starts == sorted(starts, reverse=True)
    assert len({record["id"] for record in records}) == len(records) > 500
    assert len({record["sessionId"] for record in records}) < len(records)


def test_a_page_behind_the_end_is_empty_and_has_no_indices(admin: Linked) -> None:
    page = admin.get(f"{ACCOUNT}/call-log", page=900).json()
    assert page["records"] == []
    assert page["paging"].keys() == {"page", "perPage"}


def test_page_sizes_are_capped_silently_detailed_ones_lower(admin: Linked) -> None:
    assert admin.get(f"{ACCOUNT}/call-log", perPage=5000).json()["paging"]["perPage"] == 1000
    assert admin.get(f"{ACCOUNT}/call-log", perPage="max").json()["paging"]["perPage"] == 1000
    assert admin.get(f"{ACCOUNT}/call-log", perPage=1000, view="Detailed").json()["paging"]["perPage"] == 250


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"perPage": "0"}, "perPage"),
        ({"page": "x"}, "page"),
        ({"view": "Full"}, "view"),
        ({"type": "Voice,Fax"}, "type"),
        ({"dateFrom": "yesterday"}, "dateFrom"),
        ({"dateFrom": "2026-01-01T00:00:00 00:00"}, "dateFrom"),
        ({"dateFrom": "2026-02-01", "dateTo": "2026-01-01"}, "dateFrom"),
        ({"phoneNumber": "+12125550101"}, "phoneNumber"),
        ({"phoneNumber": "1", "extensionNumber": "1"}, "extensionNumber"),
    ],
)
def test_bad_parameters_are_named(admin: Linked, query: dict[str, str], name: str) -> None:
    answer = admin.get(f"{ACCOUNT}/call-log", **query)
    assert codes(answer) == (400, "InvalidParameter", "CMN-101")
    assert answer.json()["parameterName"] == name


def test_a_session_filter_stands_alone(admin: Linked) -> None:
    record = every(admin, f"{ACCOUNT}/call-log", dateFrom=ago(admin.box, days=5))[0]
    found = every(admin, f"{ACCOUNT}/call-log", sessionId=record["sessionId"])
    assert record["id"] in {other["id"] for other in found}
    both = admin.get(f"{ACCOUNT}/call-log", sessionId=record["sessionId"], type="Voice")
    assert codes(both)[2] == "CLG-110"


def test_a_record_can_be_read_alone_in_both_views(admin: Linked) -> None:
    record = every(admin, f"{ACCOUNT}/call-log", dateFrom=ago(admin.box, days=5))[3]
    alone = admin.get(record["uri"])
    assert alone.json() == record
    detailed = admin.get(f"{ACCOUNT}/call-log/{record['id']}", view="Detailed").json()
    assert detailed["legs"]
    assert detailed["lastModifiedTime"].endswith("Z")
    assert codes(admin.get(f"{ACCOUNT}/call-log/AAAA"))[2] == "CMN-102"


def test_a_user_reads_only_the_own_log(admin: Linked, user: Linked) -> None:
    mine = every(user, f"{OWN}/call-log", dateFrom=ago(user.box, days=90))
    own = user.tokens["owner_id"]
    for record in mine:
        sides = {record.get("from", {}).get("extensionId"), record["to"].get("extensionId")}
        assert own in sides or record.get("extension", {}).get("id") == int(own) or "from" not in record
    assert codes(user.get(f"{ACCOUNT}/extension/{admin.tokens['owner_id']}/call-log"))[0] == 403
    assert len(every(admin, f"{ACCOUNT}/extension/{own}/call-log", dateFrom=ago(user.box, days=90))) == len(mine)


def test_a_year_of_calls_has_the_odd_cases(admin: Linked) -> None:
    records = every(admin, f"{ACCOUNT}/call-log", dateFrom=ago(admin.box, days=364), perPage=1000)
    assert len({record["sessionId"] for record in records}) > 4000
    assert {"Handed To Robot", "Missed", "Voicemail", "Blocked"} <= {r.get("result", "") for r in records}
    assert any(record.get("from") == {} for record in records)
    assert any("result" not in record for record in records)
    assert any("XXXX" in record["to"].get("phoneNumber", "") for record in records)
    assert any("recording" in record for record in records)
    assert any(record.get("shortRecording") for record in records)
    blocked = every(admin, f"{OWN}/call-log", dateFrom=ago(admin.box, days=364), showBlocked="false")
    assert "Blocked" not in {record.get("result") for record in blocked}


def test_deleted_records_show_only_when_asked_for(admin: Linked) -> None:
    since = ago(admin.box, days=120)
    usual = every(admin, f"{ACCOUNT}/call-log", dateFrom=since, perPage=1000)
    everything = every(admin, f"{ACCOUNT}/call-log", dateFrom=since, perPage=1000, showDeleted="true")
    assert not any("deleted" in record for record in usual)
    assert any(record.get("deleted") for record in everything)


def test_a_call_runs_then_settles_then_gets_its_recording() -> None:
    with running_sandbox() as box:
        app = Linked(box, "ringcentral")
        now = box.clock.now()
        call = coming_call(box, lambda c: c.result == "answered" and c.talk_seconds > 60 and c.colleague is None)
        box.clock.advance((call.started_at - now).total_seconds() + call.ring_seconds + 20)
        app.sign_in()

        def seen() -> dict[str, Any]:
            found: dict[str, Any] = app.get(f"{ACCOUNT}/call-log", dateFrom=ago(box, hours=3)).json()
            return next(r for r in found["records"] if r["startTime"][:19] == call.started_at.isoformat()[:19])

        assert seen()["result"] == "In Progress"
        assert any(r["id"] == seen()["id"] for r in app.get(f"{ACCOUNT}/active-calls").json()["records"])
        box.clock.advance(call.talk_seconds)
        assert seen()["result"] in ("Accepted", "Call connected")
        assert seen()["duration"] == call.talk_seconds


def test_incremental_sync_brings_only_what_changed(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in()
    first = app.get(f"{ACCOUNT}/call-log-sync", recordCount=250, statusGroup="All").json()
    assert len(first["records"]) == 250
    token = first["syncInfo"]["syncToken"]
    nothing = app.get(f"{ACCOUNT}/call-log-sync", syncType="ISync", syncToken=token).json()
    assert nothing["records"] == []
    box.clock.advance(2 * 86400)
    app.sign_in()
    too_old = app.get(f"{ACCOUNT}/call-log-sync", syncType="ISync", syncToken=token)
    assert codes(too_old) == (400, "CLG-103", "CLG-103")


def test_sync_needs_its_parameters(admin: Linked) -> None:
    app = Linked(admin.box, "ringcentral").sign_in()
    assert app.get(f"{ACCOUNT}/call-log-sync").json()["parameterName"] == "recordCount"
    assert app.get(f"{ACCOUNT}/call-log-sync", syncType="ISync").json()["parameterName"] == "syncToken"
    foreign = app.get(f"{ACCOUNT}/call-log-sync", syncType="ISync", syncToken="x")
    assert codes(foreign)[2] == "CLG-101"


def test_the_extract_gives_every_change_once_in_small_steps(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in()
    path = f"{ACCOUNT}/call-log-extract-sync"
    whole = app.get(path, dateFrom=ago(box, days=10), recordCount=1000, view="Detailed").json()["records"]
    answer = app.get(path, dateFrom=ago(box, days=10), recordCount=20, view="Detailed").json()
    pieces = list(answer["records"])
    while answer["records"]:
        answer = app.get(path, syncType="ISync", syncToken=answer["syncInfo"]["syncToken"], recordCount=20).json()
        pieces += answer["records"]
    assert [record["id"] for record in pieces] == [record["id"] for record in whole]
    changes = [record["lastModifiedTime"] for record in pieces]
    assert changes == sorted(changes)


def test_recordings_have_a_description_and_sound_on_the_media_host(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in()
    records = every(app, f"{ACCOUNT}/call-log", dateFrom=ago(box, days=60), recordingType="All")
    recording = records[0]["recording"]
    assert app.get(recording["uri"]).json()["contentUri"] == recording["contentUri"]
    assert "/ringcentral/media/" in recording["contentUri"]
    sound = app.get(recording["contentUri"])
    assert sound.headers["Content-Type"] == "audio/wav"
    assert sound.content.startswith(b"RIFF")
    old = every(app, f"{ACCOUNT}/call-log", dateFrom=ago(box, days=300), dateTo=ago(box, days=200), recordingType="All")
    assert app.get(old[0]["recording"]["contentUri"]).status_code == 404


def text(app: Linked, sender: str, to: str, words: str = "Hello") -> requests.Response:
    body = {"from": {"phoneNumber": sender}, "to": [{"phoneNumber": to}], "text": words}
    return app.ask("POST", f"{OWN}/sms", json=body)


def test_a_text_is_queued_then_sent_then_delivered_or_not(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in("user")
    number = every(app, f"{OWN}/phone-number")[0]["phoneNumber"]
    good, bad = text(app, number, "+14155550123").json(), text(app, number, "+14155550199").json()
    assert good["messageStatus"] == "Queued"
    assert good["conversationId"] > 2**53
    box.clock.advance(3)
    assert app.get(good["uri"]).json()["messageStatus"] == "Sent"
    box.clock.advance(10)
    assert app.get(good["uri"]).json()["messageStatus"] == "Delivered"
    failed = app.get(bad["uri"]).json()
    assert (failed["messageStatus"], failed["deliveryErrorCode"]) == ("DeliveryFailed", "SMS-CAR-411")
    assert {good["id"], bad["id"]} <= {m["id"] for m in every(app, f"{OWN}/message-store", messageType="SMS")}


def test_texts_are_refused_from_numbers_of_others(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in("user")
    number = every(app, f"{OWN}/phone-number")[0]["phoneNumber"]
    assert codes(text(app, "+12125550103", "+14155550123"))[2] == "MSG-245"
    assert codes(text(app, number, "+14155550123", "x" * 1001))[2] == "CMN-101"
    body = {"from": {"phoneNumber": number}, "to": [{"extensionNumber": "101"}], "text": "Hi"}
    assert codes(app.ask("POST", f"{OWN}/sms", json=body))[2] == "MSG-246"


def test_a_ringout_goes_on_by_itself_and_can_be_cancelled_only_early(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in("user")
    body = {"from": {"phoneNumber": "+12125550102"}, "to": {"phoneNumber": "+14155550123"}}
    first = app.ask("POST", f"{OWN}/ring-out", json=body).json()
    assert first["status"]["callStatus"] == "InProgress"
    assert app.ask("DELETE", first["uri"]).status_code == 204
    second = app.ask("POST", f"{OWN}/ring-out", json=body).json()
    box.clock.advance(10)
    assert app.get(second["uri"]).json()["status"]["callStatus"] == "Success"
    assert app.ask("DELETE", second["uri"]).status_code == 404


def test_a_ringout_begins_at_a_forwarding_number(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in("user")
    rows = every(app, f"{OWN}/forwarding-number")
    assert [(row["type"], bool(row["features"])) for row in rows] == [
        ("PhoneLine", True),
        ("Mobile", True),
        ("Home", False),
        ("Outage", True),
    ]
    body = {"from": {"forwardingNumberId": rows[1]["id"]}, "to": {"phoneNumber": "+14155550123"}}
    assert app.ask("POST", f"{OWN}/ring-out", json=body).json()["status"]["callStatus"] == "InProgress"
    refused = app.ask("POST", f"{OWN}/ring-out", json=body | {"from": {"forwardingNumberId": "1"}})
    assert refused.json()["parameterName"] == "from.forwardingNumberId"


def test_heavy_requests_are_ten_a_minute_for_each_user() -> None:
    with running_sandbox(real_rates=True) as box:
        app, other = Linked(box, "ringcentral").sign_in("admin"), Linked(box, "ringcentral").sign_in("user")
        answers = [app.get(f"{OWN}/call-log", perPage=1) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[0].headers["X-Rate-Limit-Group"] == "heavy"
        assert answers[0].headers["X-Rate-Limit-Remaining"] == "9"
        assert answers[-1].headers["Retry-After"] == "60"
        assert codes(answers[-1]) == (429, "CMN-301", "CMN-301")
        assert other.get(f"{OWN}/call-log", perPage=1).status_code == 200
        assert app.get(OWN).status_code == 200


def test_faults_speak_ringcentrals_language(box: RunningSandbox) -> None:
    app = Linked(box, "ringcentral").sign_in()
    box.faults.add("rate_limited", provider="ringcentral", path_prefix="/restapi/v1.0", remaining=1, retry_after=7)
    refused = app.get(OWN)
    assert codes(refused) == (429, "CMN-301", "CMN-301")
    assert refused.headers["Retry-After"] == "7"
    assert app.get(OWN).status_code == 200
