"""How the client meets neo accounts, personal tokens, refusals and long lists."""

from __future__ import annotations

from threading import Barrier

import pytest

from telephony.core.errors import AccessDenied, NotOnContract, RateLimited, ScopeMissing, UnusableReply
from telephony.core.http import Query, Reply
from telephony.core.oauth import basic_header
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.types import ExtensionKind, ExtensionRecord, Json
from telephony.providers.sipgate.client import SipgateClient
from telephony.providers.sipgate.tests.samples import (
    CLASSIC_ONLY,
    KEYS,
    bearer,
    client,
    company,
    load,
)

PERSONAL_TOKEN = basic_header("token-ABC123", "11111111-2222-4333-8444-555555555555")
CLASSIC = bearer(scope="all", featureScope="CLASSIC_PBX")
NEO = bearer(scope="all", featureScope="NEO_PBX")
REFUSED_ON_NEO = Answer(r"/v2/w\d/phonelines", CLASSIC_ONLY, 403, {"Content-Type": "text/plain;charset=UTF-8"})
NO_REASON = Answer(r".*", "", 403)


def listed(kind: ExtensionKind, authorization: str = CLASSIC, keys: Json | None = None) -> list[ExtensionRecord]:
    """What the list that yields a kind holds."""
    lists = client(authorization, keys).extension_lists()
    return [record for part in lists if kind in part.kinds for record in part.read()]


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


def test_a_token_of_neo_outweighs_what_linking_learned() -> None:
    with company() as api:
        listed(ExtensionKind.CHANNEL, NEO, {**KEYS, "neo": False})
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


def test_a_scope_that_is_missing_for_somebody_elses_devices_is_a_refusal() -> None:
    others = Answer(r"/v2/users", {"items": load("users")["items"][1:]})
    with company(others, Answer(r"/v2/w1/devices", "", 403)), pytest.raises(ScopeMissing):
        listed(ExtensionKind.DEVICE, bearer(scope="users:read"))


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


def test_users_are_asked_for_four_at_a_time_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(4, timeout=10)  # breaks, and fails the test, where they are asked one after another
    ask = SipgateClient._ask

    def ask_together(self: SipgateClient, path: str, operation: str, query: Query) -> Reply:
        if path.endswith("/devices") and path != "/w0/devices":
            together.wait()
        return ask(self, path, operation, query)

    monkeypatch.setattr(SipgateClient, "_ask", ask_together)
    users = {"items": [{"id": f"w{number}"} for number in range(9)]}
    devices = {"items": [{"id": "e0", "alias": "Desk phone"}]}
    with company(Answer(r"/v2/users", users), Answer(r"/v2/w\d/devices", devices)) as api:
        assert len(listed(ExtensionKind.DEVICE)) == 1
    assert len(api.requests) == 10, "one for the users, and one for each"


def test_a_scope_that_is_missing_for_the_first_user_is_not_asked_for_the_others() -> None:
    users = {"items": [{"id": f"w{number}"} for number in range(9)]}
    with company(Answer(r"/v2/users", users), Answer(r"/v2/w\d/devices", "", 403)) as api, pytest.raises(ScopeMissing):
        listed(ExtensionKind.DEVICE, bearer(scope="users:read"))
    assert len(api.requests) == 2


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
    with company(Answer(r"/v2/numbers", number_page(0, 100).body)) as api:
        with pytest.raises(UnusableReply):
            listed(ExtensionKind.NUMBER)
        assert len(api.requests) == 2
