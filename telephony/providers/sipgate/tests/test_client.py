"""What the client asks for, how it pages, and how it meets neo accounts, personal tokens and refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from telephony.core.errors import AccessDenied, NotOnContract, RateLimited, RequestRefused, ScopeMissing, UnusableReply
from telephony.core.oauth import basic_header
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import CallQuery, CallRecord, Direction, ExtensionKind, ExtensionRecord, Json, Kind, Page
from telephony.providers.sipgate.history import Position
from telephony.providers.sipgate.tests.samples import (
    ANSWERS,
    ARCHIVE,
    CLASSIC_ONLY,
    HISTORY,
    KEYS,
    QUERY,
    bearer,
    client,
    history_answers,
    load,
)

PERSONAL_TOKEN = basic_header("token-ABC123", "11111111-2222-4333-8444-555555555555")
CLASSIC = bearer(scope="all", featureScope="CLASSIC_PBX")
NEO = bearer(scope="all", featureScope="NEO_PBX")
REFUSED_ON_NEO = Answer(r"/v2/w\d/phonelines", CLASSIC_ONLY, 403, {"Content-Type": "text/plain;charset=UTF-8"})
NO_REASON = Answer(r".*", "", 403)


@contextmanager
def company(*first: Answer) -> Iterator[FakeApi]:
    """The usual answers inside the block, after `first`."""
    api = FakeApi((*first, *ANSWERS))
    with playing(api):
        yield api


def listed(kind: ExtensionKind, authorization: str = CLASSIC, keys: Json | None = None) -> list[ExtensionRecord]:
    """What the list that yields a kind holds."""
    lists = client(authorization, keys).extension_lists()
    return [record for part in lists if kind in part.kinds for record in part.read()]


def walk(query: CallQuery = QUERY) -> list[Page[CallRecord]]:
    """All pages of the history."""
    pages, cursor = [client().calls(query)], ""
    while cursor := pages[-1].next_cursor or "":
        pages.append(client().calls(query, cursor))
        assert len(pages) < 40
    return pages


def keys_of(pages: Sequence[Page[CallRecord]]) -> list[str]:
    """The ids on the pages, in order."""
    return [call.key for page in pages for call in page.items]


# --- the history ---


def test_the_window_is_passed_on_with_a_second_to_spare() -> None:
    with company() as api:
        client().calls(QUERY)
    assert api.queries == [
        {
            "archived": ["false"],
            "from": ["2026-09-30T23:59:59Z"],
            "to": ["2026-11-20T00:00:01Z"],
            "offset": ["0"],
            "limit": ["3"],
        }
    ]


def test_kinds_directions_and_a_whole_number_are_passed_on() -> None:
    query = replace(
        QUERY,
        kinds=frozenset({Kind.CALL, Kind.FAX}),
        directions=frozenset({Direction.INBOUND}),
        number="+49 30 23125001",
    )
    with company() as api:
        client().calls(query)
    assert sorted(api.queries[0]["types"]) == ["CALL", "FAX"]
    assert api.queries[0]["directions"] == ["INCOMING", "MISSED_INCOMING"]
    assert api.queries[0]["phonenumber"] == ["+493023125001"]


@pytest.mark.parametrize(
    "query",
    [
        replace(QUERY, directions=frozenset({Direction.INTERNAL})),
        replace(QUERY, directions=frozenset({Direction.INBOUND, Direction.INTERNAL})),
        replace(QUERY, number="23125"),
    ],
    ids=["internal", "internal and inbound", "a fragment of a number"],
)
def test_what_sipgate_cannot_filter_is_left_to_the_caller(query: CallQuery) -> None:
    with company() as api:
        client().calls(query)
    assert not {"directions", "phonenumber"} & api.queries[0].keys()


@pytest.mark.parametrize(("asked", "limit"), [(0, "1"), (50, "50"), (1000, "1000"), (5000, "1000")])
def test_a_page_is_never_larger_than_sipgate_allows(asked: int, limit: str) -> None:
    with company() as api:
        client().calls(replace(QUERY, page_size=asked))
    assert api.queries[0]["limit"] == [limit]


def test_the_archive_is_read_after_the_rest() -> None:
    with company() as api:
        pages = walk()
    assert keys_of(pages) == [str(row["id"]) for row in (*HISTORY, *ARCHIVE)]
    assert [query["archived"] for query in api.queries] == [["false"]] * 3 + [["true"]]


def test_a_window_stays_fixed_while_paging() -> None:
    with company() as api:
        walk()
    assert len({(*query["from"], *query["to"]) for query in api.queries}) == 1


def page(rows: Sequence[Json], offset: int, total: int | None, archived: str = "false") -> Answer:
    """One page of the history."""
    body: dict[str, Any] = {"items": list(rows)}
    if total is not None:
        body["totalCount"] = total
    return Answer(r"/v2/history", body, query={"archived": archived, "offset": str(offset)})


NO_ARCHIVE = page([], 0, 0, "true")


def test_without_a_total_an_empty_page_is_the_end() -> None:
    pages = [page(HISTORY[:3], 0, None), page(HISTORY[3:4], 3, None), page(HISTORY[4:], 4, None), page([], 7, None)]
    with playing(FakeApi([*pages, NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY]


def test_a_short_page_before_the_total_is_not_the_end() -> None:
    with playing(FakeApi([page(HISTORY[:1], 0, 4), page(HISTORY[1:4], 1, 4), page([], 4, 4), NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY[:4]]


def test_an_empty_page_before_the_total_is_passed_over() -> None:
    with playing(FakeApi([page([], 0, 5), page(HISTORY[3:5], 3, 5), NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY[3:5]]


def test_a_total_that_counts_the_page_only_loses_nothing() -> None:
    with playing(FakeApi([page(HISTORY[:3], 0, 3), page(HISTORY[3:6], 3, 3), page([], 6, 0), NO_ARCHIVE])):
        assert keys_of(walk()) == [str(row["id"]) for row in HISTORY[:6]]


@pytest.mark.parametrize("total", [-1, "many", None, 10**30, 1.5])
def test_an_odd_total_does_not_stop_or_break_paging(total: Any) -> None:
    answers = [
        replace(answer, body={**answer.body, "totalCount": total})
        for answer in history_answers(HISTORY, 3, archived=False)
    ]
    with playing(FakeApi([*answers, NO_ARCHIVE])):
        first = client().calls(QUERY)
        assert first.next_cursor
        assert keys_of([first, client().calls(QUERY, first.next_cursor)]) == [str(row["id"]) for row in HISTORY[:6]]


def test_a_page_that_comes_again_is_reported() -> None:
    with playing(FakeApi([page(HISTORY[:3], 0, 9), page(HISTORY[:3], 3, 9)])), pytest.raises(UnusableReply) as stuck:
        walk()
    assert "does not move on" in stuck.value.detail


def test_a_page_that_comes_again_after_an_empty_one_is_reported() -> None:
    answers = [page(HISTORY[:3], 0, 12), page([], 3, 12), page(HISTORY[:3], 6, 12)]
    with playing(FakeApi(answers)), pytest.raises(UnusableReply):
        walk()


def test_a_server_that_ignores_the_archive_filter_doubles_nothing() -> None:
    everything = sorted((*HISTORY, *ARCHIVE), key=lambda row: str(row["created"]), reverse=True)
    answers = [
        replace(answer, query={"offset": answer.query["offset"]})
        for answer in history_answers(everything, 3, archived=False)
    ]
    with playing(FakeApi(answers)):
        keys = keys_of(walk())
    assert sorted(keys) == sorted(str(row["id"]) for row in everything)


def test_rows_that_cannot_be_used_are_left_out() -> None:
    rows: list[Any] = [{**HISTORY[0], "id": None}, "not a row", HISTORY[1]]
    with playing(FakeApi([page(rows, 0, 3)])):
        assert keys_of([client().calls(QUERY)]) == [HISTORY[1]["id"]]


def test_rows_that_come_in_another_order_are_sorted() -> None:
    with playing(FakeApi([page(HISTORY[2::-1], 0, 3)])):
        assert keys_of([client().calls(QUERY)]) == [str(row["id"]) for row in HISTORY[:3]]


def test_a_neo_account_without_calls_is_an_empty_page_and_no_error() -> None:
    with playing(FakeApi([page([], 0, 0), NO_ARCHIVE])):
        assert keys_of(walk(replace(QUERY, kinds=frozenset({Kind.CALL})))) == []


def test_a_cursor_holds_the_place_and_nothing_else() -> None:
    with company():
        cursor = client().calls(QUERY).next_cursor
    assert cursor
    position = Position.read(cursor)
    assert (position.offset, position.archived) == (3, False)
    assert Position.read(position.cursor) == position


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", "e30", "W10", "eyJvZmZzZXQiOjB9", "é", "MQ"])
def test_something_else_than_a_cursor_is_refused(cursor: str) -> None:
    with company() as api, pytest.raises(RequestRefused):
        client().calls(QUERY, cursor)
    assert not api.requests


# --- neo and classic ---


def test_a_classic_account_has_phone_lines() -> None:
    with company() as api:
        lines = listed(ExtensionKind.PHONE_LINE)
    assert [(line.kind, line.key, line.owner) for line in lines] == [(ExtensionKind.PHONE_LINE, "p0", "Grete Beispiel")]
    assert not any("channels" in url for url in api.urls)


def test_a_neo_account_has_channels_and_is_not_asked_for_phone_lines() -> None:
    with company() as api:
        lines = listed(ExtensionKind.CHANNEL, NEO)
    assert [(line.kind, line.owner) for line in lines] == [(ExtensionKind.CHANNEL, "Grete Beispiel, w9")]
    assert not any("phonelines" in url for url in api.urls)


def test_what_linking_learned_about_neo_is_used() -> None:
    with company() as api:
        listed(ExtensionKind.CHANNEL, PERSONAL_TOKEN, {**KEYS, "neo": True})
    assert not any("phonelines" in url for url in api.urls)


def test_an_account_that_has_moved_to_neo_is_noticed() -> None:
    with company(REFUSED_ON_NEO):
        lines = listed(ExtensionKind.CHANNEL, PERSONAL_TOKEN, {**KEYS, "neo": False})
    assert [line.kind for line in lines] == [ExtensionKind.CHANNEL]


def test_the_whole_device_list_is_asked_for_on_neo_only() -> None:
    with company() as api:
        listed(ExtensionKind.DEVICE, NEO)
        neo = list(api.queries)
        listed(ExtensionKind.DEVICE, CLASSIC)
    assert {"type": ["all"]} in neo
    assert {"type": ["all"]} not in api.queries[len(neo) :]


@pytest.mark.parametrize(
    ("authorization", "first", "neo"),
    [
        (NEO, (), True),
        (CLASSIC, (), False),
        (PERSONAL_TOKEN, (), False),
        (PERSONAL_TOKEN, (REFUSED_ON_NEO,), True),
        (PERSONAL_TOKEN, (Answer(r"/v2/w0/phonelines", "", 403),), None),
    ],
    ids=["claim of neo", "claim of classic", "phone lines", "phone lines refused", "no way to tell"],
)
def test_the_system_is_told_by_the_token_or_by_a_probe(
    authorization: str, first: tuple[Answer, ...], neo: bool | None
) -> None:
    with company(*first) as api:
        facts = client(authorization).facts()
    assert facts.keys == ({} if neo is None else {"neo": neo})
    assert any("phonelines" in url for url in api.urls) is (authorization == PERSONAL_TOKEN)


def test_a_pause_that_the_probe_is_asked_for_is_obeyed() -> None:
    with company(Answer(r"/v2/w0/phonelines", "", 429, {"Retry-After": "9"})), pytest.raises(RateLimited):
        client(PERSONAL_TOKEN).facts()


# --- refusals ---


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (bearer(scope="account:read"), ScopeMissing),
        (bearer(scope="account:read balance:read"), AccessDenied),
        (bearer(scope="all"), AccessDenied),
        (PERSONAL_TOKEN, ScopeMissing),
        ("Bearer opaque-access-token", ScopeMissing),
    ],
    ids=["not granted", "granted", "all granted", "personal token", "opaque token"],
)
def test_a_refusal_names_the_scope_unless_it_was_granted(authorization: str, expected: type[AccessDenied]) -> None:
    with playing(FakeApi([NO_REASON])), pytest.raises(AccessDenied) as refused:
        client(authorization).balance()
    assert type(refused.value) is expected
    if isinstance(refused.value, ScopeMissing):
        assert refused.value.scopes == ("balance:read",)


def test_a_classic_only_path_is_not_a_matter_of_scopes() -> None:
    with playing(FakeApi([Answer(r".*", CLASSIC_ONLY, 403)])), pytest.raises(NotOnContract):
        client(PERSONAL_TOKEN).balance()


def test_without_users_read_the_account_is_still_described() -> None:
    with company(Answer(r"/v2/users/w0", "", 403)):
        facts = client().facts()
    assert (facts.company, facts.person, facts.is_admin) == ("Müller & Söhne GmbH", "", None)


def test_someone_who_may_not_list_the_users_sees_at_least_oneself() -> None:
    with company(Answer(r"/v2/users", "", 403)):
        assert [user.key for user in listed(ExtensionKind.USER)] == ["w0"]
        assert [device.key for device in listed(ExtensionKind.DEVICE)] == ["e0", "y1", "x2"]


def test_a_missing_scope_is_not_papered_over() -> None:
    with company(Answer(r"/v2/users", "", 403)), pytest.raises(ScopeMissing):
        listed(ExtensionKind.USER, bearer(scope="account:read"))


def test_somebody_elses_devices_that_are_refused_are_left_out() -> None:
    with company(Answer(r"/v2/w1/devices", "", 403)):
        assert len(listed(ExtensionKind.DEVICE)) == 3


def test_ones_own_devices_that_are_refused_are_a_refusal() -> None:
    with company(Answer(r"/v2/w0/devices", "", 403)), pytest.raises(AccessDenied):
        listed(ExtensionKind.DEVICE)


# --- extensions ---


def test_devices_name_their_owner_kind_and_state() -> None:
    with company():
        desk, mobile, external = listed(ExtensionKind.DEVICE)
    assert (desk.name, desk.vendor_type, desk.online, desk.owner) == ("Desk phone", "REGISTER", True, "Grete Beispiel")
    assert (mobile.online, mobile.status) == (False, "DND")
    assert external.number == "+4915228817001"


def test_a_device_that_several_users_share_is_listed_once() -> None:
    with company(Answer(r"/v2/w1/devices", load("devices"))):
        assert len(listed(ExtensionKind.DEVICE)) == 3


def test_an_odd_user_id_cannot_lead_to_another_path() -> None:
    users = {"items": [{"id": "w0/../../v3"}, {"id": ""}, {"id": None}]}
    with company(Answer(r"/v2/users", users), Answer(r"/v2/w0%2F..%2F..%2Fv3/devices", {"items": []})):
        assert listed(ExtensionKind.DEVICE) == []


def test_someone_who_may_not_list_the_numbers_sees_the_own_ones() -> None:
    with company(Answer(r"/v2/numbers", "", 403), Answer(r"/v2/w0/numbers", load("numbers"))):
        assert len(listed(ExtensionKind.NUMBER)) == 3


def test_a_missing_scope_for_numbers_is_not_papered_over() -> None:
    with company(Answer(r"/v2/numbers", "", 403)), pytest.raises(ScopeMissing):
        listed(ExtensionKind.NUMBER, bearer(scope="account:read"))


def number_page(first: int, count: int) -> Answer:
    """A page of invented phone numbers."""
    items = [{"id": str(first + index), "number": f"+49302312{first + index:04}"} for index in range(count)]
    return Answer(r"/v2/numbers", {"items": items}, query={"offset": str(first), "limit": "100"})


def test_phone_numbers_come_page_by_page() -> None:
    with company(number_page(0, 100), number_page(100, 100), number_page(200, 7)) as api:
        assert len(listed(ExtensionKind.NUMBER)) == 207
    assert len(api.requests) == 3


def test_phone_numbers_that_fit_one_page_cost_one_request() -> None:
    with company() as api:
        assert len(listed(ExtensionKind.NUMBER)) == 3
    assert len(api.requests) == 1


def test_a_server_that_ignores_the_paging_of_numbers_is_believed() -> None:
    every = Answer(r"/v2/numbers", number_page(0, 150).body)
    with company(every):
        assert len(listed(ExtensionKind.NUMBER)) == 150


def test_a_page_of_numbers_that_comes_again_is_reported() -> None:
    with company(Answer(r"/v2/numbers", number_page(0, 100).body)), pytest.raises(UnusableReply):
        listed(ExtensionKind.NUMBER)
