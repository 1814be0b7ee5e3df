"""What the client asks GoTo for, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telephony.core.client import ClientContext
from telephony.core.errors import (
    CredentialRejected,
    NotOnContract,
    ProviderError,
    RequestRefused,
    ScopeMissing,
    ServerFault,
    UnusableReply,
)
from telephony.core.testing.fakes import Answer, FakeApi, fake_door, playing
from telephony.core.types import CallQuery, ExtensionKind, Feature, Json, Kind, LogScope
from telephony.providers.goto.client import GoToClient
from telephony.providers.goto.spec import SPEC
from telephony.providers.goto.tests import company
from telephony.providers.goto.tests.company import ACCOUNT, ANSWERS, KEYS, OTHER_ACCOUNT, envelope, payload, rows
from telephony.providers.goto.tests.test_people import token

OWN = CallQuery(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
WHOLE_COMPANY = replace(OWN, scope=LogScope.COMPANY)
PLAIN_KEYS = KEYS | {"accounts": [{"key": ACCOUNT, "name": "Example & Sons", "admin": False, "connect": True}]}


def client(keys: Json = KEYS, authorization: str = "Bearer opaque") -> GoToClient:
    """A client of the production environment."""
    return GoToClient(ClientContext(SPEC.environments[0], fake_door(SPEC), lambda: authorization, keys))


def refused(path: str, status: int = 403, code: str = "AUTHZ_INSUFFICIENT_SCOPE") -> Answer:
    """A refusal of one path."""
    return Answer(path, envelope(code), status)


def listed(of: GoToClient, number: int) -> list[Any]:
    """All records of one extension list."""
    return list(of.extension_lists()[number].read())


def walked(query: CallQuery, answers: Sequence[Answer]) -> tuple[list[str], FakeApi]:
    """The keys of all calls of a log, and what was asked."""
    keys: list[str] = []
    with playing(api := FakeApi(answers)):
        page = client().calls(query)
        keys += [call.key for call in page.items]
        while page.next_cursor:
            page = client().calls(query, page.next_cursor)
            keys += [call.key for call in page.items]
    return keys, api


# --- who ---


def test_linking_costs_one_request() -> None:
    with playing(api := FakeApi(ANSWERS)):
        identity = client({}).identity()
    assert api.urls == ["https://api.goto.com/identity/v1/Users/me"]
    assert identity.label == "Ada Example, Example & Sons"
    assert identity.keys["account_key"] == ACCOUNT
    assert [account["key"] for account in identity.keys["accounts"]] == [ACCOUNT, OTHER_ACCOUNT]


def test_a_chosen_account_stays_chosen_and_everything_is_read_of_it() -> None:
    chosen = KEYS | {"chosen_account_key": OTHER_ACCOUNT}
    empty = Answer(company.HISTORY, {"items": []}, query={"accountKey": OTHER_ACCOUNT})
    with playing(FakeApi([empty, *ANSWERS])):
        reader = client(chosen)
        assert reader.identity().company == "Example Branch Ltd"
        facts = reader.facts()
        assert (facts.company, facts.is_admin, facts.keys["region"]) == ("Example Branch Ltd", False, "GB")
        assert facts.keys["account_key"] == OTHER_ACCOUNT
        assert "chosen_account_key" not in facts.keys, "what somebody chose is theirs to change"
        assert reader.calls(OWN).items == ()
        assert [record.number for record in listed(reader, 0)] == ["2001"]
        assert [record.number for record in listed(reader, 1)] == ["+442079460001"]


def test_a_choice_that_is_gone_falls_back() -> None:
    with playing(FakeApi(ANSWERS)):
        assert client(KEYS | {"chosen_account_key": "999"}).identity().keys["account_key"] == ACCOUNT


def test_a_profile_without_an_id_is_no_identity() -> None:
    with playing(FakeApi([Answer(company.PROFILE, {"displayName": "Ada"})])), pytest.raises(UnusableReply):
        client({}).identity()


def test_a_user_of_no_account_can_be_linked_but_has_no_calls() -> None:
    alone = [Answer(company.PROFILE, {"id": "1"}), Answer(company.MEMBERSHIPS, {"items": []})]
    with playing(FakeApi(alone)):
        identity = client({}).identity()
        assert (identity.remote_id, identity.label, identity.keys["account_key"]) == ("1", "1", "")
        with pytest.raises(NotOnContract):
            client(identity.keys).calls(OWN)


def test_the_accounts_of_the_second_answer_serve_where_the_profile_has_none() -> None:
    with playing(FakeApi([Answer(company.PROFILE, {"id": "1"}), *ANSWERS])):
        assert client({}).calls(OWN).items


# --- facts ---


def test_facts_say_what_was_read_and_keep_what_later_requests_need() -> None:
    with playing(FakeApi(ANSWERS)):
        facts = client().facts()
    assert (facts.company, facts.person, facts.email) == ("Example & Sons", "Ada Example", "ada.example@example.org")
    assert facts.is_admin is True
    assert facts.verified is None
    told = {str(fact.label): fact.value for fact in facts.facts}
    assert told["My lines"] == "1001 Ada Example, 0900 Workshop"
    assert told["Numbers I can call from"] == "+12125550101, +12125550100"
    assert told["My other accounts"] == "Example Branch Ltd"
    assert facts.keys["region"] == "US"
    assert [line["region"] for line in facts.keys["lines"]] == ["US", "US", "GB"]
    assert all(account["organization_id"] for account in facts.keys["accounts"])


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_allowed_is_left_out_and_the_rest_is_told(status: int) -> None:
    code = "NOT_FOUND" if status == 404 else "AUTHZ_INSUFFICIENT_SCOPE"
    refusals = [refused(path, status, code) for path in (company.MEMBERSHIPS, company.LINES)]
    with playing(FakeApi([*refusals, *ANSWERS])):
        facts = client().facts()
    assert facts.company == "Example & Sons"
    assert facts.instead_of_balance == ()
    assert "lines" not in facts.keys, "lines that were read earlier must not be forgotten for a refusal"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(company.LINES, "", 500), ServerFault),
        (refused(company.LINES, 401, "AUTHN_EXPIRED_TOKEN"), CredentialRejected),
    ],
)
def test_a_fault_is_not_taken_for_a_refusal(answer: Answer, expected: type[ProviderError]) -> None:
    with playing(FakeApi([answer, *ANSWERS])), pytest.raises(expected):
        client().facts()


def test_licences_are_read_where_the_token_names_the_scope_and_the_person_administers() -> None:
    with playing(api := FakeApi(ANSWERS)):
        facts = client(authorization=token({"sc": "identity: cr.v1.read"})).facts()
    assert f"https://api.getgo.com/admin/rest/v1/accounts/{ACCOUNT}/licenses" in api.urls
    assert facts.plan == "GoTo Connect Standard"
    assert [fact.value for fact in facts.instead_of_balance] == ["GoTo Connect Standard: 18 / 24", "2"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"code": "not.authenticated", "uri": "/x"}),
        (403, {"code": "not.authorized", "uri": "/x"}),
        (404, ""),
    ],
)
def test_refused_licences_are_simply_not_there(status: int, body: Any) -> None:
    with playing(FakeApi([Answer(company.LICENCES, body, status), *ANSWERS])):
        facts = client(authorization=token({"sc": "identity:"})).facts()
    assert facts.plan == ""
    assert [str(fact.label) for fact in facts.instead_of_balance] == ["My lines"]


@pytest.mark.parametrize(
    ("keys", "claims"), [(KEYS, {"sc": "cr.v1.read"}), (KEYS | {"chosen_account_key": OTHER_ACCOUNT}, {"sc": "identity:"})]
)  # fmt: skip
def test_licences_that_would_be_refused_are_not_asked_for(keys: Json, claims: Json) -> None:
    with playing(api := FakeApi(ANSWERS)):
        client(keys, token(claims)).facts()
    assert not [url for url in api.urls if "licenses" in url]


# --- lists ---


def test_administrators_see_all_extensions_and_numbers() -> None:
    with playing(FakeApi(ANSWERS)):
        reader = client()
        lists = reader.extension_lists()
        assert [entry.feature for entry in lists] == [Feature.EXTENSIONS, Feature.EXTENSIONS, Feature.NUMBERS]
        lines, extensions, numbers = (list(entry.read()) for entry in lists)
    assert [(line.number, line.owner) for line in lines] == [("1001", "Example & Sons"), ("0900", "Example & Sons")]
    assert {record.vendor_type: record.kind for record in extensions} == {
        "DIRECT_EXTENSION": ExtensionKind.USER,
        "DIAL_PLAN": ExtensionKind.MENU,
        "CALL_QUEUE": ExtensionKind.QUEUE,
        "CONFERENCE_BRIDGE": ExtensionKind.OTHER,
        "RING_GROUP": ExtensionKind.GROUP,
        "SHARED_VOICEMAIL": ExtensionKind.VOICEMAIL_BOX,
        "VIRTUAL_FAX": ExtensionKind.FAX_LINE,
    }
    assert "0007" in [record.number for record in extensions], "leading zeros belong to the number"
    assert [number.owner for number in numbers] == ["Main menu", "Ada Example", "", ""]


def test_an_extension_of_a_new_kind_is_kept_under_its_own_name() -> None:
    page = Answer(company.EXTENSIONS, {"items": [rows("extensions_1")[0] | {"type": "HOLOGRAM_ROOM"}]})
    with playing(FakeApi([page, *ANSWERS])):
        (record,) = listed(client(), 1)
    assert (record.kind, record.vendor_type) == (ExtensionKind.OTHER, "HOLOGRAM_ROOM")


def test_others_see_their_lines_and_the_numbers_they_call_from() -> None:
    with playing(api := FakeApi(ANSWERS)):
        reader = client(PLAIN_KEYS)
        lists = reader.extension_lists()
        assert [entry.feature for entry in lists] == [Feature.EXTENSIONS, Feature.NUMBERS]
        numbers = list(lists[1].read())
    assert [record.number for record in numbers] == ["+12125550101", "+12125550100"]
    assert not [url for url in api.urls if "voice-admin" in url]


def test_where_nobody_knows_whether_one_administers_goto_decides() -> None:
    keys = KEYS | {"accounts": [{"key": ACCOUNT, "admin": None, "connect": True}]}
    with playing(FakeApi([refused(company.NUMBERS), *ANSWERS])):
        reader = client(keys)
        assert len(reader.extension_lists()) == 3
        with pytest.raises(ScopeMissing) as caught:
            listed(reader, 2)
    assert caught.value.scopes == ("voice-admin.v1.read",)


def test_a_list_that_goes_in_circles_is_left() -> None:
    turning = Answer(company.EXTENSIONS, payload("extensions_1"))
    with playing(api := FakeApi([turning, *ANSWERS])), pytest.raises(UnusableReply):
        listed(client(), 1)
    assert len(api.requests) < 5


def test_a_marker_that_is_no_text_is_no_marker() -> None:
    odd = Answer(company.NUMBERS, {"items": [], "nextPageMarker": 2})
    with playing(FakeApi([odd, *ANSWERS])), pytest.raises(UnusableReply):
        listed(client(), 2)


# --- calls ---


def test_ones_own_calls_are_asked_for_by_account_and_time() -> None:
    keys, api = walked(OWN, ANSWERS)
    assert len(keys) == 6
    assert [sorted(query) for query in api.queries] == [
        ["accountKey", "endTime", "pageSize", "startTime"],
        ["accountKey", "endTime", "pageMarker", "pageSize", "startTime"],
    ]
    assert {query["startTime"][0] for query in api.queries} == {"2026-10-01T00:00:00.000Z"}
    assert {query["endTime"][0] for query in api.queries} == {"2026-11-20T00:00:00.000Z"}


def test_the_companys_calls_are_asked_for_in_windows_that_goto_takes() -> None:
    keys, api = walked(WHOLE_COMPANY, ANSWERS)
    assert len(keys) == 6
    windows = [(query["startTime"][0], query["endTime"][0]) for query in api.queries]
    assert windows == [
        ("2026-10-21T00:00:00.000Z", "2026-11-20T00:00:00.000Z"),
        ("2026-10-21T00:00:00.000Z", "2026-11-20T00:00:00.000Z"),
        ("2026-10-01T00:00:00.000Z", "2026-10-21T00:00:00.000Z"),
    ]


def test_empty_pages_and_empty_windows_are_walked_over() -> None:
    newest = {"endTime": "2026-11-20T00:00:00.000Z"}
    answers = [
        Answer(company.REPORTS, {"items": [], "nextPageMarker": "on"}, query=newest, without=company.FIRST_PAGE),
        Answer(company.REPORTS, {"items": [], "nextPageMarker": "further"}, query={"pageMarker": "on"}),
        Answer(company.REPORTS, {"items": []}, query={"pageMarker": "further"}),
        Answer(company.REPORTS, payload("reports_older")),
    ]
    keys, api = walked(WHOLE_COMPANY, answers)
    assert keys == ["space:99999999-0000-4000-8000-000000000006"]
    assert len(api.requests) == 4


def test_a_page_out_of_order_is_put_in_order() -> None:
    backwards = {"items": list(reversed(rows("history_1", "history_2")))}
    with playing(FakeApi([Answer(company.HISTORY, backwards)])):
        starts = [call.started_at for call in client().calls(OWN).items]
    assert starts == sorted(starts, reverse=True)


def test_rows_that_are_no_calls_are_left_out() -> None:
    page = {"items": [rows("history_1")[0], {"legId": "x"}, {}, 7, None]}
    with playing(FakeApi([Answer(company.HISTORY, page)])):
        assert len(client().calls(OWN).items) == 1


@pytest.mark.parametrize("query", [replace(OWN, kinds=frozenset({Kind.FAX, Kind.SMS})), replace(OWN, until=OWN.since)])
def test_a_question_with_no_possible_answer_costs_nothing(query: CallQuery) -> None:
    with playing(api := FakeApi(ANSWERS)):
        assert client().calls(query).items == ()
    assert not api.requests


@pytest.mark.parametrize("cursor", ["", "not-a-cursor", "e30"])
def test_a_cursor_that_is_not_ours_is_refused_without_asking(cursor: str) -> None:
    with playing(api := FakeApi(ANSWERS)), pytest.raises(RequestRefused):
        client().calls(OWN, cursor)
    assert not api.requests


def test_a_cursor_of_one_log_is_no_use_in_the_other() -> None:
    with playing(FakeApi(ANSWERS)):
        cursor = client().calls(OWN).next_cursor
        with pytest.raises(RequestRefused):
            client().calls(WHOLE_COMPANY, cursor)


def test_the_window_of_a_walk_stays_fixed_although_the_clock_moves_on() -> None:
    with playing(api := FakeApi(ANSWERS)):
        cursor = client().calls(OWN).next_cursor
        client().calls(replace(OWN, until=OWN.until + timedelta(minutes=5)), cursor)
    assert len({query["endTime"][0] for query in api.queries}) == 1


def test_too_wide_a_window_is_explained_in_gotos_words() -> None:
    body = envelope("BAD_REQUEST", "The request is invalid") | {
        "constraintViolations": [{"constraint": "InvalidRange", "field": "maximum supported range is 31 days"}]
    }
    with playing(FakeApi([Answer(company.REPORTS, body, 400)])), pytest.raises(RequestRefused) as caught:
        client().calls(WHOLE_COMPANY)
    assert caught.value.detail == "BAD_REQUEST: The request is invalid: InvalidRange maximum supported range is 31 days"
    assert caught.value.request_id == "ref-0001"


def test_the_balance_that_does_not_exist_is_not_asked_for() -> None:
    with playing(api := FakeApi(ANSWERS)), pytest.raises(NotOnContract):
        client().balance()
    assert not api.requests


# --- where ---


@pytest.mark.parametrize("base", ["http://127.0.0.1:9999", "http://127.0.0.1:9999/", "http://127.0.0.1:9999/oauth/"])
def test_the_base_of_the_oauth_server_may_be_given_in_several_ways(base: str) -> None:
    found = SPEC.endpoints(SPEC.custom_environment(base, base))
    assert found.token == "http://127.0.0.1:9999/oauth/token"
    assert found.authorize == "http://127.0.0.1:9999/oauth/authorize"


def test_a_custom_host_without_an_admin_host_is_asked_for_everything() -> None:
    environment = SPEC.custom_environment("", "https://goto.example/")
    answers = [Answer(company.LICENCES, "", 404), *ANSWERS]
    door = fake_door(SPEC, environment.origins)
    context = ClientContext(environment, door, lambda: token({"sc": "identity:"}), KEYS)
    with playing(api := FakeApi(answers)):
        assert GoToClient(context).facts().company == "Example & Sons"
    assert all(url.startswith("https://goto.example/") and "//" not in url[8:] for url in api.urls)
