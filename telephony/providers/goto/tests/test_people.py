"""Profile, accounts and lines: read from answers of which only parts are documented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.testing.mapping_contract import BRIEF
from telephony.core.testing.mutations import anything, mutated
from telephony.providers.goto import people
from telephony.providers.goto.tests.company import ACCOUNT, OTHER_ACCOUNT, USER_KEY, payload, token


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1234567890123456789", "1234567890123456789"),
        (1234567890123456789, "1234567890123456789"),
        (12345.0, "12345"),
        (1.2345678901234568e18, ""),  # digits were lost on the way: not a key any more
        (float("inf"), ""),
        (True, ""),
        (None, ""),
        ("two words", ""),
    ],
)
def test_keys_are_text_of_digits_that_no_number_type_may_spoil(value: object, expected: str) -> None:
    assert people.key_text(value) == expected


def test_the_profile() -> None:
    profile = people.profile(payload("profile"))
    assert (profile.user_key, profile.person, profile.email) == (USER_KEY, "Ada Example", "ada.example@example.org")
    assert [account.key for account in profile.accounts] == [ACCOUNT, OTHER_ACCOUNT]
    assert [account.admin for account in profile.accounts] == [True, False]
    assert profile.accounts[0].products == ("GoTo Connect",)


def test_a_profile_with_its_accounts_at_the_top() -> None:
    body = payload("profile")
    body["accounts"] = body.pop(people.GETGO)["accounts"]
    assert [account.key for account in people.profile(body).accounts] == [ACCOUNT, OTHER_ACCOUNT]


def test_a_profile_that_says_little() -> None:
    profile = people.profile({"id": 42, "userName": "ada", "name": {"givenName": "Ada", "familyName": "Example"}})
    assert (profile.user_key, profile.person, profile.email, profile.accounts) == ("42", "Ada Example", "", ())


def test_without_entitlements_nobody_knows_who_administers() -> None:
    body = payload("profile")
    del body[people.GETGO]["accounts"][0]["entitlements"]
    assert people.profile(body).accounts[0].admin is None


def test_accounts_of_several_answers_fill_each_others_gaps() -> None:
    merged = people.merged(
        [
            people.Account("1", admin=False),
            people.Account("2", name="Two"),
            people.Account("1", name="One", organization_id="o", admin=True, connect=True),
            people.Account("", name="Nobody"),
        ]
    )
    assert merged == (
        people.Account("1", name="One", organization_id="o", admin=False, connect=True),
        people.Account("2", name="Two"),
    )


def test_the_account_that_is_read() -> None:
    meetings, connect = people.Account("1"), people.Account("2", connect=True)
    assert people.chosen([meetings, connect], "1") is meetings
    assert people.chosen([meetings, connect], "") is connect
    assert people.chosen([meetings, connect], "gone") is connect
    assert people.chosen([meetings], "") is meetings
    assert people.chosen([], "1") is None


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (token({"sc": "identity: cr.v1.read"}), {"identity:", "cr.v1.read"}),
        (token({"sc": ["identity:"]}), {"identity:"}),
        (token({}), set()),
        (token([]), set()),
        ("Bearer opaque", set()),
        ("Bearer a.%%%.c", set()),
        ("", set()),
    ],
)
def test_the_scopes_that_a_token_names(authorization: str, expected: set[str]) -> None:
    assert people.scopes_of(authorization) == expected


@given(data=st.data())
@BRIEF
def test_no_answer_breaks_the_reading(data: st.DataObject) -> None:
    body: Any = data.draw(mutated(payload("profile")))
    profile = people.profile(body if isinstance(body, dict) else {})
    json.dumps([account.as_keys() for account in profile.accounts])
    row: Any = data.draw(mutated(payload("memberships")["items"][0]))
    if isinstance(row, dict):
        people.membership(row)
        people.outgoing_numbers(row)
        people.line(row)
        people.account_of_line(row)
    people.accounts_from_keys({"accounts": data.draw(anything)})
