"""What is asked of RingCentral, and how its pages are walked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from telephony.core.errors import NotOnContract, RequestRefused, RoleMissing, UnusableReply
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import CallQuery, Direction, ExtensionKind, Feature, Kind, LogScope
from telephony.providers.ringcentral.paging import LAST_PAGE, CallCursor
from telephony.providers.ringcentral.tests.samples import (
    ANSWERS,
    COMPANY_LOG,
    OWN,
    OWN_LOG,
    call_row,
    list_page,
    new_client,
)

QUERY = CallQuery(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
EVERYTHING = ".*"
DENIED = {
    "errorCode": "CMN-408",
    "message": "user needs to have [ReadCompanyInfo] permission",
    "permissionName": "ReadCompanyInfo",
}


def asked(query: CallQuery, cursor: str | None = None) -> dict[str, list[str]]:
    """The query parameters that reading one page sends."""
    page = CallCursor.decode(cursor, "").page if cursor else 1
    with playing(api := FakeApi([Answer(EVERYTHING, list_page([], page=page))])):
        new_client().calls(query, cursor)
    return api.queries[0]


def test_a_page_asks_for_the_window_the_legs_and_deleted_records() -> None:
    assert asked(QUERY) == {
        "view": ["Detailed"],
        "showDeleted": ["true"],
        "dateFrom": ["2026-11-01T00:00:00Z"],
        "dateTo": ["2026-11-20T00:00:00Z"],
        "page": ["1"],
        "perPage": ["100"],
    }


def test_bounds_are_sent_in_utc_and_widened_to_whole_seconds() -> None:
    berlin = timezone(timedelta(hours=1))
    query = CallQuery(
        datetime(2026, 11, 1, 1, 0, 0, 900_000, tzinfo=berlin), datetime(2026, 11, 2, 1, 0, 0, 100_000, tzinfo=berlin)
    )
    assert asked(query)["dateFrom"] == ["2026-11-01T00:00:00Z"]
    assert asked(query)["dateTo"] == ["2026-11-02T00:00:01Z"]


@pytest.mark.parametrize(("size", "sent"), [(1, "1"), (250, "250"), (1000, "250"), (0, "1")])
def test_a_page_is_never_larger_than_the_strictest_documented_limit(size: int, sent: str) -> None:
    assert asked(replace(QUERY, page_size=size))["perPage"] == [sent]


@pytest.mark.parametrize(
    ("directions", "sent"),
    [
        ({Direction.INBOUND}, ["Inbound"]),
        ({Direction.OUTBOUND}, ["Outbound"]),
        ({Direction.INBOUND, Direction.OUTBOUND}, ["Inbound", "Outbound"]),
        ({Direction.INTERNAL}, None),
        ({Direction.INBOUND, Direction.INTERNAL}, None),
        ({Direction.UNKNOWN}, None),
        (set(), None),
    ],
)
def test_a_direction_is_passed_on_where_ringcentral_has_it(directions: set[Direction], sent: list[str] | None) -> None:
    assert asked(replace(QUERY, directions=frozenset(directions))).get("direction") == sent


@pytest.mark.parametrize(
    ("kinds", "sent"),
    [({Kind.CALL}, ["Voice"]), ({Kind.FAX}, ["Fax"]), ({Kind.CALL, Kind.FAX, Kind.SMS}, ["Voice", "Fax"])],
)
def test_kinds_are_passed_on_as_repeated_types(kinds: set[Kind], sent: list[str]) -> None:
    assert asked(replace(QUERY, kinds=frozenset(kinds)))["type"] == sent


def test_kinds_that_the_log_does_not_have_cost_no_request() -> None:
    with playing(api := FakeApi([])):
        page = new_client().calls(replace(QUERY, kinds=frozenset({Kind.SMS, Kind.VOICEMAIL})))
    assert (page.items, page.next_cursor, api.urls) == ((), None, [])


@pytest.mark.parametrize(
    ("number", "sent"), [("+1 (415) 555-0129", ["14155550129"]), ("5550129", None), ("101", None), ("+1415", None)]
)
def test_only_whole_numbers_are_passed_on_as_digits_without_the_plus(number: str, sent: list[str] | None) -> None:
    assert asked(replace(QUERY, number=number)).get("phoneNumber") == sent


@pytest.mark.parametrize(("scope", "path"), [(LogScope.OWN, OWN_LOG), (LogScope.COMPANY, COMPANY_LOG)])
def test_each_log_has_its_path(scope: LogScope, path: str) -> None:
    with playing(api := FakeApi([Answer(path, list_page([]))])):
        new_client().calls(replace(QUERY, scope=scope))
    assert len(api.urls) == 1


def test_an_empty_page_may_be_followed_by_more() -> None:
    answers = [
        Answer(OWN_LOG, list_page([call_row("Ax02")], more=True), query={"page": "1"}),
        Answer(OWN_LOG, list_page([], page=2, more=True), query={"page": "2"}),
        Answer(OWN_LOG, list_page([call_row("Ax05")], page=3), query={"page": "3"}),
    ]
    keys: list[str] = []
    cursor: str | None = None
    with playing(FakeApi(answers)):
        for _ in range(3):
            page = new_client().calls(QUERY, cursor)
            keys += [call.key for call in page.items]
            cursor = page.next_cursor
    assert keys == ["Ax02AnsweredAAA", "Ax05InternalAAA"]
    assert cursor is None


def test_a_page_that_comes_again_is_noticed_even_behind_an_empty_one() -> None:
    again = list_page([call_row("Ax02")], more=True) | {"paging": {}}
    empty = list_page([], more=True) | {"paging": None}
    with playing(FakeApi([Answer(OWN_LOG, empty, query={"page": "2"}), Answer(OWN_LOG, again)])):
        first = new_client().calls(QUERY)
        second = new_client().calls(QUERY, first.next_cursor)
        with pytest.raises(UnusableReply, match="same page"):
            new_client().calls(QUERY, second.next_cursor)


def test_the_vendors_link_is_never_followed() -> None:
    with playing(
        api := FakeApi(
            [
                Answer(OWN_LOG, list_page([call_row("Ax02")], more=True), query={"page": "1"}),
                Answer(OWN_LOG, list_page([], page=2)),
            ]
        )
    ):
        first = new_client().calls(QUERY)
        new_client().calls(QUERY, first.next_cursor)
    assert api.urls[1].startswith(f"https://platform.ringcentral.com{OWN_LOG}?")
    assert api.queries[1]["page"] == ["2"]


@pytest.mark.parametrize(("count", "more"), [(2, True), (1, False), (0, False)])
def test_without_navigation_a_full_page_is_followed_by_another(count: int, more: bool) -> None:
    body = {"records": [call_row("Ax02"), call_row("Ax05")][:count], "paging": {"page": 1, "perPage": 2}}
    with playing(FakeApi([Answer(OWN_LOG, body)])):
        assert bool(new_client().calls(QUERY).next_cursor) is more


def test_a_row_that_cannot_be_used_is_left_out_and_the_rest_is_kept() -> None:
    rows: list[Any] = [None, 7, {}, {"id": "x"}, call_row("Ax02")]
    with playing(FakeApi([Answer(OWN_LOG, list_page(rows))])):
        assert [call.key for call in new_client().calls(QUERY).items] == ["Ax02AnsweredAAA"]


def test_rows_are_put_in_order_within_a_page() -> None:
    with playing(FakeApi([Answer(OWN_LOG, list_page([call_row("Ax05"), call_row("Ax02")]))])):
        assert [call.key[:4] for call in new_client().calls(QUERY).items] == ["Ax02", "Ax05"]


def test_behind_the_last_page_number_the_window_is_cut_to_what_is_left() -> None:
    place = CallCursor(LAST_PAGE, 100, "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z")
    with playing(FakeApi([Answer(OWN_LOG, list_page([call_row("Ax05")], page=LAST_PAGE, more=True))])):
        following = new_client().calls(QUERY, place.encode()).next_cursor
    assert following
    assert CallCursor.decode(following, "") == CallCursor(1, 100, "2026-11-01T00:00:00Z", "2026-11-18T09:15:01Z")


def test_a_log_that_has_no_end_is_given_up() -> None:
    place = CallCursor(LAST_PAGE, 100, "2026-11-01T00:00:00Z", "2026-11-18T09:15:01Z")
    with (
        playing(FakeApi([Answer(OWN_LOG, list_page([call_row("Ax05")], page=LAST_PAGE, more=True))])),
        pytest.raises(UnusableReply, match="does not end"),
    ):
        new_client().calls(QUERY, place.encode())


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "ä",
        "W10",
        CallCursor(0, 100, "2026-11-01", "2026-11-02").encode(),
        CallCursor(1, 10**6, "2026-11-01", "2026-11-02").encode(),
        CallCursor(1, 100, "yesterday", "2026-11-02").encode(),
    ],
)
def test_a_cursor_that_we_did_not_make_is_refused(cursor: str) -> None:
    with playing(FakeApi([])), pytest.raises(RequestRefused):
        new_client().calls(QUERY, cursor)


def test_extensions_are_read_over_all_pages_with_kind_and_status() -> None:
    with playing(FakeApi(ANSWERS)):
        extensions, numbers = ([*one.read()] for one in new_client().extension_lists())
    assert [(one.kind, one.number, one.status) for one in extensions] == [
        (ExtensionKind.USER, "100", "Enabled"),
        (ExtensionKind.USER, "101", "Enabled"),
        (ExtensionKind.USER, "0102", "Disabled"),
        (ExtensionKind.QUEUE, "200", "Enabled"),
        (ExtensionKind.MENU, "300", "Enabled"),
        (ExtensionKind.VOICEMAIL_BOX, "351", "Enabled"),
        (ExtensionKind.USER, "", "Unassigned"),
    ]
    assert [(one.number, one.vendor_type, one.owner, one.name) for one in numbers] == [
        ("+12125550101", "DirectNumber", "Mia O'Brien", ""),
        ("+12125550100", "MainCompanyNumber", "", "Main number"),
    ]


def test_a_type_of_extension_that_nobody_knows_is_kept_as_other() -> None:
    page = list_page([{"id": 1, "type": "HologramUser", "name": "Projection room"}])
    with playing(FakeApi([Answer(EVERYTHING, page)])):
        (extension,) = new_client().extension_lists()[0].read()
    assert (extension.kind, extension.vendor_type) == (ExtensionKind.OTHER, "HologramUser")


def test_the_lists_name_their_kinds_and_features() -> None:
    extensions, numbers = new_client().extension_lists()
    assert (extensions.feature, numbers.feature) == (Feature.EXTENSIONS, Feature.NUMBERS)
    assert numbers.kinds == {ExtensionKind.NUMBER}
    assert ExtensionKind.OTHER in extensions.kinds


def test_a_list_whose_pages_repeat_is_given_up() -> None:
    page = list_page([{"id": 1}], more=True) | {"paging": {}}
    with playing(api := FakeApi([Answer(EVERYTHING, page)])), pytest.raises(UnusableReply, match="same page"):
        list(new_client().extension_lists()[0].read())
    assert len(api.urls) == 2


def test_facts_are_shown_without_what_the_role_may_not_read() -> None:
    denied = Answer(r"/restapi/(v1\.0/account|v2/accounts)/~", DENIED, 403)
    with playing(api := FakeApi([denied, *ANSWERS])):
        facts = new_client().facts()
    assert (facts.person, facts.instead_of_balance) == ("Mia O'Brien", ())
    assert any("ReadCompanyInfo" in fact.value for fact in facts.facts)
    assert len(api.urls) == 3


def test_facts_of_someone_who_may_not_even_read_themselves_are_refused() -> None:
    with playing(FakeApi([Answer(OWN, DENIED, 403), *ANSWERS])), pytest.raises(RoleMissing):
        new_client().facts()


def test_identity_and_facts_of_one_client_share_their_answers() -> None:
    with playing(api := FakeApi(ANSWERS)):
        client = new_client()
        client.identity()
        client.facts()
        client.facts()
    assert len(api.urls) == 3


def test_there_is_no_balance_and_no_request_for_one() -> None:
    with playing(api := FakeApi([])), pytest.raises(NotOnContract):
        new_client().balance()
    assert api.urls == []
