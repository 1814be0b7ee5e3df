"""Who the linked person is, and what is told about the account."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.client import ClientContext
from telephony.core.errors import CredentialRejected, NotOnContract, ProviderError, ServerFault, UnusableReply
from telephony.core.testing.fakes import Answer, FakeApi, fake_door, playing
from telephony.core.types import Json
from telephony.providers.goto.client import GoToClient
from telephony.providers.goto.spec import SPEC
from telephony.providers.goto.tests import company
from telephony.providers.goto.tests.company import (
    ACCOUNT,
    ANSWERS,
    KEYS,
    OTHER_ACCOUNT,
    OWN,
    client,
    listed,
    refused,
    token,
)


def test_linking_costs_one_request() -> None:
    with playing(api := FakeApi(ANSWERS)):
        identity = client({}).identity()
    assert api.urls == ["https://api.goto.com/identity/v1/Users/me"]
    assert identity.label == "Ada Example, Example & Sons"
    assert identity.keys["account_key"] == ACCOUNT
    assert [account["key"] for account in identity.keys["accounts"]] == [ACCOUNT, OTHER_ACCOUNT]


def test_a_chosen_account_stays_chosen_and_everything_is_read_of_it() -> None:
    chosen = {**KEYS, "chosen_account_key": OTHER_ACCOUNT}
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
        assert client({**KEYS, "chosen_account_key": "999"}).identity().keys["account_key"] == ACCOUNT


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
    ("keys", "claims"), [(KEYS, {"sc": "cr.v1.read"}), ({**KEYS, "chosen_account_key": OTHER_ACCOUNT}, {"sc": "identity:"})]
)  # fmt: skip
def test_licences_that_would_be_refused_are_not_asked_for(keys: Json, claims: Json) -> None:
    with playing(api := FakeApi(ANSWERS)):
        client(keys, token(claims)).facts()
    assert not [url for url in api.urls if "licenses" in url]


def test_the_balance_that_does_not_exist_is_not_asked_for() -> None:
    with playing(api := FakeApi(ANSWERS)), pytest.raises(NotOnContract):
        client().balance()
    assert not api.requests


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
