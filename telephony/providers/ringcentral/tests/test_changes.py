"""RingCentral's sync tokens: what is asked, what the answers mean, and the sandbox's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telephony.core.client import TellsChanges
from telephony.core.errors import RequestRefused, RoleMissing, SyncTokenExpired, UnusableReply
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import LogScope
from telephony.providers.ringcentral.tests.samples import OWN, call_row, new_client

OWN_SYNC, EXTRACT = f"{OWN}/call-log-sync", "/restapi/v1.0/account/~/call-log-extract-sync"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def answer(rows: list[Any], token: Any = "token-2") -> dict[str, Any]:
    return {"uri": "https://x", "records": rows, "syncInfo": {"syncType": "FSync", "syncToken": token}}


def rows(count: int) -> list[dict[str, Any]]:
    """So many records."""
    return [call_row("") | {"id": f"R{number}"} for number in range(count)]


def refusal(code: str, message: str = "", **extra: str) -> Answer:
    body = {"errorCode": code, "message": message, "errors": [{"errorCode": code, "message": message, **extra}]}
    return Answer(".*", body, status=400)


def asked(
    scope: LogScope, token: str, since: datetime = YESTERDAY, body: Any = None
) -> tuple[Any, dict[str, list[str]]]:
    """What one answer means, and what was asked for it."""
    with playing(api := FakeApi([Answer(OWN_SYNC, body or answer([])), Answer(EXTRACT, body or answer([]))])):
        return new_client().changes(scope, token, since), api.queries[0]


def test_the_client_offers_it() -> None:
    assert isinstance(new_client(), TellsChanges)


def test_one_s_own_log_begins_with_the_newest_records_and_goes_on_by_token() -> None:
    found, query = asked(LogScope.OWN, "", datetime.now(UTC) - timedelta(days=3))
    assert query["syncType"] == ["FSync"]
    assert query["recordCount"] == ["250"]
    assert query["view"] == ["Detailed"]
    _found, query = asked(LogScope.OWN, found.token)
    assert query == {"syncType": ["ISync"], "syncToken": ["token-2"], "showDeleted": ["true"]}


def test_the_company_s_log_is_asked_for_what_was_modified() -> None:
    found, query = asked(LogScope.COMPANY, "", YESTERDAY)
    assert (query["recordCount"], query["dateFrom"]) == (["1000"], [f"{YESTERDAY:%Y-%m-%dT%H:%M:%SZ}"])
    _found, query = asked(LogScope.COMPANY, found.token)
    assert query == {"syncType": ["ISync"], "syncToken": ["token-2"], "recordCount": ["1000"]}


def test_no_date_beyond_the_reach_of_thirty_days_is_sent_and_what_is_older_is_said_to_be_left_out() -> None:
    found, query = asked(LogScope.OWN, "", datetime.now(UTC) - timedelta(days=300))
    assert datetime.fromisoformat(query["dateFrom"][0]) > datetime.now(UTC) - timedelta(days=30)
    assert not found.complete


@pytest.mark.parametrize(
    ("scope", "count", "token", "more", "complete"),
    [
        (LogScope.OWN, 249, "", False, True),
        (LogScope.OWN, 250, "", False, False),  # there may be more, older ones
        (LogScope.OWN, 250, "d:t", False, True),
        (LogScope.COMPANY, 999, "", False, True),
        (LogScope.COMPANY, 1000, "", True, True),
        (LogScope.COMPANY, 1003, "d:t", True, True),  # several changed in one millisecond
    ],
)
def test_a_full_answer_means_that_there_may_be_more(
    scope: LogScope, count: int, token: str, more: bool, complete: bool
) -> None:
    found, _query = asked(scope, token, body=answer(rows(count)))
    assert (len(found.items), found.more, found.complete) == (count, more, complete)


def test_a_deleted_record_is_marked_as_such() -> None:
    found, _query = asked(LogScope.OWN, "d:t", body=answer([call_row("") | {"deleted": True}]))
    assert [record.deleted for record in found.items] == [True]


@pytest.mark.parametrize("code", ["CLG-101", "CLG-102", "CLG-103", "CLG-104", "CLG-105"])
def test_a_token_that_expired_is_told_apart(code: str) -> None:
    with playing(FakeApi([refusal(code, "Sync token expired")])), pytest.raises(SyncTokenExpired):
        new_client().changes(LogScope.OWN, "d:t", YESTERDAY)


def test_more_changes_than_fit_into_one_answer_end_a_token_too() -> None:
    message = "Parameter [syncToken] is invalid [max sync record number limit is exceeded]"
    refused = refusal("CMN-101", message, parameterName="syncToken")
    with playing(FakeApi([refused])), pytest.raises(SyncTokenExpired):
        new_client().changes(LogScope.OWN, "d:t", YESTERDAY)


def test_any_other_refusal_is_not_an_expired_token() -> None:
    with playing(FakeApi([refusal("CMN-101", "odd", parameterName="view")])), pytest.raises(RequestRefused) as refused:
        new_client().changes(LogScope.OWN, "", YESTERDAY)
    assert not isinstance(refused.value, SyncTokenExpired)


@pytest.mark.parametrize("token", [None, "", {}])
def test_an_answer_without_a_token_cannot_be_used(token: object) -> None:
    with pytest.raises(UnusableReply):
        asked(LogScope.OWN, "", body={"records": [], "syncInfo": {"syncToken": token} if token else None})


def test_an_answer_that_comes_twice_does_not_go_round_for_ever() -> None:
    same = answer(rows(1000))
    found, _query = asked(LogScope.COMPANY, "", body=same)
    with pytest.raises(UnusableReply, match="twice"):
        asked(LogScope.COMPANY, found.token, body=same)


def test_a_company_log_that_the_role_does_not_allow_is_said_so() -> None:
    denied = {"errorCode": "CMN-408", "message": "no", "permissionName": "FullCompanyCallLog"}
    with playing(FakeApi([Answer(".*", denied, status=403)])), pytest.raises(RoleMissing):
        new_client().changes(LogScope.COMPANY, "", YESTERDAY)
