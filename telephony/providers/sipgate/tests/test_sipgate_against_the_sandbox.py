"""The client against the sandbox's sipgate, over real HTTP: consent, rotation, lists, history, classic and neo, and what goes wrong."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from telephony.core.client import ClientContext
from telephony.core.client_config import ClientConfig
from telephony.core.errors import (
    AccessDenied,
    ClientRejected,
    CredentialRejected,
    GrantEnded,
    ProviderError,
    RateLimited,
    ScopeMissing,
    ServerFault,
    Unreachable,
    UnusableReply,
)
from telephony.core.http import HttpDoor, new_session
from telephony.core.oauth import TokenSet, basic_header
from telephony.core.testing.validity import assert_call, assert_extension, assert_facts, assert_identity
from telephony.core.types import CallQuery, CallRecord, Direction, ExtensionKind, ExtensionRecord, Kind, Outcome
from telephony.providers.sipgate.client import SipgateClient
from telephony.providers.sipgate.spec import SPEC

REDIRECT = "http://127.0.0.1:8000/accounts/sipgate/login/callback/"
EVERY_SCOPE = basic_header("token-SBXALL", "5e11c0de-0000-4000-8000-a11000000001")
ACCOUNT_ONLY = basic_header("token-SBXRED", "5e11c0de-0000-4000-8000-a11000000002")
NEO_TOKEN = basic_header("token-SBXNEO-0", "5e11c0de-0000-4000-8000-a11000000004")
HISTORY = "/sipgate/api/v2/history"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One sandbox for all these tests; each leaves it as it was."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_faults(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


def config(sandbox: RunningSandbox, secret: str = "") -> ClientConfig:
    """The seeded OAuth client."""
    assert SPEC.sandbox is not None
    client_id, known = SPEC.sandbox_credentials
    return ClientConfig(1, SPEC, SPEC.sandbox.at(sandbox.url), client_id, secret or known)


def link(sandbox: RunningSandbox, person: str, scopes: tuple[str, ...] = SPEC.default_scopes) -> TokenSet:
    """Consent as a person and exchange the code, with PKCE S256."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    client = config(sandbox)
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": REDIRECT,
        "state": "state",
        "scope": " ".join(scopes),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    back = sandbox.login_and_consent(f"{client.endpoints.authorize}?{urlencode(parameters)}", person)
    answer = parse_qs(urlsplit(back).query)
    assert answer["iss"] == [client.endpoints.issuer], "the issuer must be the one that the callback compares with"
    return client.token_endpoint().exchange(answer["code"][0], REDIRECT, verifier)


@pytest.fixture(scope="module")
def bearer(sandbox: RunningSandbox) -> Callable[[str], str]:
    """The Authorization header of a person, whose consent is asked for once."""
    known: dict[str, str] = {}

    def of(person: str) -> str:
        if person not in known:
            known[person] = f"Bearer {link(sandbox, person).access_token}"
        return known[person]

    return of


Reader = Callable[..., SipgateClient]


@pytest.fixture
def reader(sandbox: RunningSandbox, bearer: Callable[[str], str]) -> Reader:
    """A new client for a person or with an Authorization header, without any keys: linking has only just begun."""

    def build(person: str = "admin", authorization: str = "") -> SipgateClient:
        environment = config(sandbox).environment
        door = HttpDoor(SPEC.name, environment.origins, session=new_session())
        header = authorization or bearer(person)
        return SipgateClient(ClientContext(environment, door, lambda: header, {"region": "DE"}))

    return build


def window(sandbox: RunningSandbox, days: int, page_size: int = 250) -> CallQuery:
    """The last days, by the sandbox's clock."""
    now = sandbox.clock.now()
    return CallQuery(now - timedelta(days=days), now, page_size=page_size)


def walk(reader: Reader, query: CallQuery, person: str = "admin") -> list[CallRecord]:
    """All entries of a query, each page by a client of its own."""
    calls: list[CallRecord] = []
    cursor: str | None = None
    while True:
        page = reader(person).calls(query, cursor)
        calls += page.items
        cursor = page.next_cursor
        if cursor is None:
            return calls


def lists(client: SipgateClient) -> list[ExtensionRecord]:
    """All lists of a client."""
    return [record for part in client.extension_lists() for record in part.read()]


def test_whoever_consents_is_recognised(reader: Reader) -> None:
    admin, user, neo = reader("admin").identity(), reader("user").identity(), reader("neo-admin").identity()
    assert_identity(admin)
    assert admin.remote_id == "3000001w0"
    assert user.remote_id.startswith("3000001w")
    assert neo.remote_id == "3000002w0"
    assert len({admin.remote_id, user.remote_id, neo.remote_id}) == 3


def test_a_token_answer_is_read_whole(sandbox: RunningSandbox) -> None:
    answer = link(sandbox, "admin")
    assert answer.scopes == frozenset(SPEC.default_scopes)
    assert (answer.expires_in, answer.refresh_expires_in) == (300, 2_592_000)


def test_a_refresh_replaces_the_pair_and_the_old_token_is_dead(sandbox: RunningSandbox) -> None:
    endpoint = config(sandbox).token_endpoint()
    first = link(sandbox, "user")
    second = endpoint.refresh(first.refresh_token)
    assert second.refresh_token not in ("", first.refresh_token)
    with pytest.raises(GrantEnded):
        endpoint.refresh(first.refresh_token)


def test_a_revoked_grant_cannot_be_refreshed(sandbox: RunningSandbox) -> None:
    endpoint = config(sandbox).token_endpoint()
    tokens = link(sandbox, "user")
    endpoint.revoke(tokens.refresh_token, "refresh_token")
    with pytest.raises(GrantEnded):
        endpoint.refresh(tokens.refresh_token)


def test_the_client_test_tells_a_good_client_from_a_bad_one(sandbox: RunningSandbox) -> None:
    with pytest.raises(GrantEnded):
        config(sandbox).token_endpoint().probe(REDIRECT)
    with pytest.raises(ClientRejected):
        config(sandbox, "wrong-secret").token_endpoint().probe(REDIRECT)


def test_the_account_is_described(reader: Reader) -> None:
    facts = reader("admin").facts()
    assert_facts(facts)
    assert facts.company
    assert facts.person
    assert (facts.plan, facts.is_admin, facts.keys) == ("sipgate team", True, {"neo": False})
    assert reader("neo-admin").facts().keys == {"neo": True}


def test_the_system_is_found_out_with_a_personal_token_too(reader: Reader) -> None:
    assert reader(authorization=EVERY_SCOPE).facts().keys == {"neo": False}
    assert reader(authorization=NEO_TOKEN).facts().keys == {"neo": True}


def test_the_balance_is_in_euros(reader: Reader) -> None:
    money = reader("admin").balance()
    assert (money.amount, money.currency) == (Decimal("123.4567"), "EUR")


def test_a_refusal_for_the_role_is_not_taken_for_a_missing_scope(reader: Reader) -> None:
    with pytest.raises(AccessDenied) as refused:
        reader("user").balance()
    assert not isinstance(refused.value, ScopeMissing)


def test_a_personal_token_with_few_scopes_names_the_missing_one(reader: Reader) -> None:
    client = reader(authorization=ACCOUNT_ONLY)
    assert client.identity().remote_id == "3000001w0"
    assert client.facts().company
    with pytest.raises(ScopeMissing) as refused:
        client.balance()
    assert refused.value.scopes == ("balance:read",)


def test_a_wrong_personal_token_is_rejected(reader: Reader) -> None:
    with pytest.raises(CredentialRejected):
        reader(authorization=basic_header("token-ABC123", "nonsense")).identity()


def test_an_expired_access_token_is_rejected(reader: Reader) -> None:
    with pytest.raises(CredentialRejected):
        reader(authorization="Bearer expired").identity()


def test_extensions_of_a_classic_account(reader: Reader) -> None:
    records = lists(reader("admin"))
    kinds = {record.kind for record in records}
    assert kinds == {ExtensionKind.USER, ExtensionKind.DEVICE, ExtensionKind.PHONE_LINE, ExtensionKind.NUMBER}
    assert len({(record.kind, record.key) for record in records}) == len(records)
    for record in records:
        assert_extension(record)
    assert any(record.status == "unrouted" for record in records if record.kind is ExtensionKind.NUMBER)


def test_extensions_of_a_neo_account(reader: Reader, sandbox: RunningSandbox) -> None:
    scopes = (*SPEC.default_scopes, "channels:read")
    header = f"Bearer {link(sandbox, 'neo-admin', scopes).access_token}"
    kinds = {record.kind for record in lists(reader(authorization=header))}
    assert ExtensionKind.CHANNEL in kinds
    assert ExtensionKind.PHONE_LINE not in kinds


def test_a_plain_user_sees_oneself(reader: Reader) -> None:
    client = reader("user")
    records = lists(client)
    assert [record.key for record in records if record.kind is ExtensionKind.USER] == [client.identity().keys["user"]]


def test_a_month_of_history_is_valid_ordered_and_complete(reader: Reader, sandbox: RunningSandbox) -> None:
    query = window(sandbox, 30)
    calls = walk(reader, query)
    assert len(calls) > 100
    assert len({call.key for call in calls}) == len(calls)
    for call in calls:
        assert_call(call)
        assert query.since - timedelta(seconds=1) <= call.started_at <= query.until + timedelta(seconds=1)
    moments = [call.started_at for call in calls]
    assert moments == sorted(moments, reverse=True)
    assert {call.key for call in walk(reader, replace(query, page_size=37))} == {call.key for call in calls}


def test_the_odd_cases_of_half_a_year_are_mapped(reader: Reader, sandbox: RunningSandbox) -> None:
    calls = walk(reader, window(sandbox, 180, page_size=1000))
    assert {call.direction for call in calls} >= {Direction.INBOUND, Direction.OUTBOUND}
    assert {call.outcome for call in calls} >= {Outcome.ANSWERED, Outcome.MISSED, Outcome.VOICEMAIL}
    assert any(call.caller.withheld for call in calls)
    assert {call.kind for call in calls} >= {Kind.CALL, Kind.VOICEMAIL}
    unknown = [value for call in calls for value in call.unknown_values]
    assert len(unknown) < len(calls) / 20, unknown[:10]
    known = [call for call in calls if call.kind is Kind.CALL and not call.unknown_values]
    assert all(call.outcome is not Outcome.UNKNOWN for call in known)


def test_filters_are_applied_by_the_provider(reader: Reader, sandbox: RunningSandbox) -> None:
    query = replace(window(sandbox, 60), kinds=frozenset({Kind.CALL}), directions=frozenset({Direction.OUTBOUND}))
    calls = walk(reader, query)
    assert calls
    assert {call.kind for call in calls} == {Kind.CALL}
    assert {call.direction for call in calls} <= {Direction.OUTBOUND, Direction.INTERNAL}
    number = next(call.callee.e164 for call in calls if call.callee.e164)
    found = walk(reader, replace(query, number=number))
    assert found
    assert all(number in (call.caller.e164, call.callee.e164) for call in found)


def test_an_entry_that_is_archived_stays_in_the_log(reader: Reader, sandbox: RunningSandbox) -> None:
    query = window(sandbox, 7)
    before = walk(reader, query)
    entry = before[len(before) // 2]
    header = f"Bearer {link(sandbox, 'admin', (*SPEC.default_scopes, 'history:write')).access_token}"
    environment = config(sandbox).environment
    door = HttpDoor(SPEC.name, environment.origins, session=new_session())
    for archived in (True, False):
        reply = door.write(
            "PUT",
            f"{environment.api_url}/history/{entry.key}",
            "archiving an entry",
            json_body={"archived": archived},
            headers={"Authorization": header},
        )
        assert reply.status in (200, 204)
        assert {call.key for call in walk(reader, query)} == {call.key for call in before}


def test_calls_of_a_neo_account_may_be_missing_without_an_error(reader: Reader, sandbox: RunningSandbox) -> None:
    calls = walk(reader, replace(window(sandbox, 30), kinds=frozenset({Kind.CALL})), "neo-admin")
    assert calls == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unauthorized", CredentialRejected),
        ("forbidden", AccessDenied),
        ("rate_limited", RateLimited),
        ("server_error", ServerFault),
        ("unavailable", ServerFault),
        ("html", UnusableReply),
        ("truncated", UnusableReply),
        ("empty", UnusableReply),
        ("huge", UnusableReply),
        ("redirect", UnusableReply),
        ("reset", Unreachable),
        ("lost_reply", Unreachable),
    ],
)
def test_faults_on_the_wire(reader: Reader, sandbox: RunningSandbox, kind: str, expected: type[ProviderError]) -> None:
    sandbox.faults.add(kind, provider="sipgate", path_prefix=HISTORY)
    with pytest.raises(expected):
        reader("admin").calls(window(sandbox, 3))


def test_changed_types_give_no_rows_or_an_error_but_never_a_crash(reader: Reader, sandbox: RunningSandbox) -> None:
    client = reader("admin")  # before the fault, which would hit the consent too
    sandbox.faults.add("wrong_types", provider="sipgate")
    with suppress(UnusableReply):
        for call in client.calls(window(sandbox, 30)).items:
            assert_call(call)
    for read in (client.identity, client.facts, client.balance):
        with suppress(UnusableReply):
            read()


def test_a_pause_is_told_and_not_cut_short(reader: Reader, sandbox: RunningSandbox) -> None:
    sandbox.faults.add("rate_limited", provider="sipgate", path_prefix=HISTORY, retry_after=17)
    sandbox.requests.clear()
    with pytest.raises(RateLimited) as limited:
        reader("admin").calls(window(sandbox, 3))
    assert limited.value.retry_after == 17
    assert len(sandbox.requests.entries(path_contains=HISTORY)) == 1


def test_one_reset_connection_is_not_even_noticed(reader: Reader, sandbox: RunningSandbox) -> None:
    client = reader("admin")
    sandbox.faults.add("reset", provider="sipgate", path_prefix=HISTORY, remaining=1)
    assert client.calls(window(sandbox, 3)).items
