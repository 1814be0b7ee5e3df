"""The client against the sandbox's RingCentral, over real HTTP: consent, refresh, lists, both logs, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from telephony.core.client import ClientContext
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    GrantEnded,
    ProviderError,
    RateLimited,
    RoleMissing,
    ScopeMissing,
    ServerFault,
    SyncTokenExpired,
    Unreachable,
    UnusableReply,
)
from telephony.core.http import HttpDoor, new_session
from telephony.core.oauth import TokenSet
from telephony.core.testing.validity import assert_call, assert_extension, assert_facts, assert_identity
from telephony.core.types import CallQuery, Direction, ExtensionKind, LogScope, Outcome
from telephony.providers.ringcentral.client import RingCentralClient
from telephony.providers.ringcentral.spec import SPEC
from telephony.providers.ringcentral.tests.sandboxed import REDIRECT, Reader, config, link, walk, window


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One sandbox for all these tests; each leaves it as it was."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_faults(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


@pytest.fixture(scope="module")
def tokens(sandbox: RunningSandbox) -> Callable[[str], TokenSet]:
    """Tokens of a person, asked for once."""
    known: dict[str, TokenSet] = {}

    def of(person: str) -> TokenSet:
        if person not in known:
            known[person] = link(sandbox, person)
        return known[person]

    return of


@pytest.fixture
def reader(sandbox: RunningSandbox, tokens: Callable[[str], TokenSet]) -> Reader:
    """A new client for a person, with the keys that linking would have kept."""

    def build(person: str = "admin", access_token: str = "") -> RingCentralClient:
        environment = config(sandbox).environment
        door = HttpDoor(SPEC.name, environment.origins, session=new_session())
        token = access_token or tokens(person).access_token
        return RingCentralClient(ClientContext(environment, door, lambda: f"Bearer {token}", {"region": "US"}))

    return build


def test_whoever_consents_is_recognised(reader: Reader) -> None:
    admin, user = reader("admin").identity(), reader("user").identity()
    assert_identity(admin)
    assert admin.remote_id.split(":")[0] == user.remote_id.split(":")[0]
    assert admin.remote_id != user.remote_id
    assert (admin.person, admin.keys["region"]) == ("Grete Beispiel", "US")


def test_tokens_say_what_was_granted(tokens: Callable[[str], TokenSet]) -> None:
    answer = tokens("admin")
    assert {"ReadAccounts", "ReadCallLog"} <= (answer.scopes or frozenset())
    assert (answer.expires_in, answer.refresh_expires_in) == (3600, 604_800)


def test_someone_whose_role_forbids_applications_is_told_so(sandbox: RunningSandbox) -> None:
    with pytest.raises(RoleMissing) as refused:
        link(sandbox, "no-apps")
    assert refused.value.role == "ThirdPartyAppAccess"


def test_a_made_up_code_shows_a_healthy_client(sandbox: RunningSandbox) -> None:
    with pytest.raises(GrantEnded):
        config(sandbox).token_endpoint().probe(REDIRECT)


def test_a_repeated_refresh_brings_the_same_answer_within_the_grace(sandbox: RunningSandbox) -> None:
    endpoint = config(sandbox).token_endpoint()
    old = link(sandbox, "user2")
    first, again = endpoint.refresh(old.refresh_token), endpoint.refresh(old.refresh_token)
    assert first.access_token == again.access_token
    assert first.refresh_token == again.refresh_token != old.refresh_token


def test_a_refresh_ends_the_old_access_token_at_once(sandbox: RunningSandbox, reader: Reader) -> None:
    old = link(sandbox, "user2")
    new = config(sandbox).token_endpoint().refresh(old.refresh_token)
    with pytest.raises(CredentialRejected):
        reader(access_token=old.access_token).identity()
    assert reader(access_token=new.access_token).identity().remote_id


def test_revoking_ends_the_whole_grant(sandbox: RunningSandbox, reader: Reader) -> None:
    granted = link(sandbox, "user2")
    config(sandbox).token_endpoint().revoke(granted.refresh_token, "refresh_token")
    with pytest.raises(CredentialRejected):
        reader(access_token=granted.access_token).identity()
    with pytest.raises(GrantEnded):
        config(sandbox).token_endpoint().refresh(granted.refresh_token)


def test_the_account_page_can_be_filled(reader: Reader) -> None:
    admin, user = reader("admin").facts(), reader("user").facts()
    assert_facts(admin)
    assert (admin.is_admin, user.is_admin) == (True, False)
    assert admin.plan
    assert {str(fact.label) for fact in admin.instead_of_balance} >= {"Plan", "Billing active", "Currency"}
    assert admin.unknown_values == ()


def test_all_lists_are_read(reader: Reader) -> None:
    found = [extension for one in reader().extension_lists() for extension in one.read()]
    for extension in found:
        assert_extension(extension)
    kinds = {extension.kind for extension in found}
    assert {ExtensionKind.USER, ExtensionKind.QUEUE, ExtensionKind.MENU, ExtensionKind.NUMBER} <= kinds
    assert len({(extension.kind, extension.key) for extension in found}) == len(found)


def test_the_company_log_is_read_whole_and_once(sandbox: RunningSandbox, reader: Reader) -> None:
    query = window(sandbox, 60, LogScope.COMPANY)
    calls = walk(reader, query)
    for call in calls:
        assert_call(call)
    assert len({call.key for call in calls}) == len(calls) > 500
    assert calls == sorted(calls, key=lambda call: call.started_at, reverse=True)
    assert {call.outcome for call in calls} >= {Outcome.ANSWERED, Outcome.MISSED, Outcome.VOICEMAIL, Outcome.BUSY}
    assert {call.direction for call in calls} >= {Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL}
    assert any(call.deleted for call in calls)
    assert any(call.recording for call in calls)
    masked = [call for call in calls if "XXXX" in call.caller.number + call.callee.number]
    assert masked
    assert all("XXXX" not in (call.caller.e164 or "") + (call.callee.e164 or "") for call in masked)


def test_own_calls_are_the_same_rows_as_in_the_company_log(sandbox: RunningSandbox, reader: Reader) -> None:
    own = {call.key for call in walk(reader, window(sandbox, 30))}
    company = {call.key for call in walk(reader, window(sandbox, 30, LogScope.COMPANY))}
    assert own
    assert own < company


def test_small_and_large_pages_tell_the_same(sandbox: RunningSandbox, reader: Reader) -> None:
    query = window(sandbox, 10, LogScope.COMPANY)
    small = walk(reader, replace(query, page_size=17))
    assert [call.key for call in small] == [call.key for call in walk(reader, query)]


def test_a_query_that_ends_in_the_present_includes_the_newest_call(sandbox: RunningSandbox, reader: Reader) -> None:
    newest = walk(reader, window(sandbox, 10, LogScope.COMPANY))[0]
    just_after = newest.started_at + timedelta(milliseconds=1)
    query = CallQuery(newest.started_at, just_after, LogScope.COMPANY)
    assert newest.key in [call.key for call in walk(reader, query)]


def test_filters_are_obeyed_by_the_server(sandbox: RunningSandbox, reader: Reader) -> None:
    query = window(sandbox, 60, LogScope.COMPANY)
    inbound = walk(reader, replace(query, directions=frozenset({Direction.INBOUND})))
    assert inbound
    assert {call.direction for call in inbound} <= {Direction.INBOUND, Direction.INTERNAL}
    number = next(call.caller.e164 for call in inbound if call.caller.e164)
    found = walk(reader, replace(query, number=number))
    assert found
    assert all(number in (call.caller.number, call.callee.number) for call in found)


def test_a_plain_user_may_not_read_the_company_log(sandbox: RunningSandbox, reader: Reader) -> None:
    with pytest.raises(RoleMissing) as refused:
        reader("user").calls(window(sandbox, 1, LogScope.COMPANY))
    assert refused.value.role == "FullCompanyCallLog"
    assert reader("user").calls(window(sandbox, 30)).items


def test_a_permission_that_the_application_lacks_is_named(sandbox: RunningSandbox, reader: Reader) -> None:
    from sandbox.ringcentral.roles import APP_PERMISSIONS, set_app_permissions

    set_app_permissions(sandbox.store, ["ReadAccounts"])
    try:
        token = link(sandbox, "user2").access_token
        with pytest.raises(ScopeMissing) as refused:
            reader(access_token=token).calls(window(sandbox, 1))
        assert refused.value.scopes == ("ReadCallLog",)
    finally:
        set_app_permissions(sandbox.store, [*APP_PERMISSIONS])


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
        ("redirect", UnusableReply),
        ("huge", UnusableReply),
        ("reset", Unreachable),
    ],
)
def test_each_fault_is_told_apart(
    sandbox: RunningSandbox, reader: Reader, kind: str, expected: type[ProviderError]
) -> None:
    client = reader()  # before the fault, which would hit the consent too
    sandbox.faults.add(kind, provider="ringcentral", retry_after=7.0)
    with pytest.raises(expected) as raised:
        client.calls(window(sandbox, 1))
    if kind in ("rate_limited", "unavailable"):
        assert raised.value.retry_after == 7


def test_changed_types_give_no_rows_or_an_error_but_never_a_crash(sandbox: RunningSandbox, reader: Reader) -> None:
    client = reader()
    sandbox.faults.add("wrong_types", provider="ringcentral")
    with suppress(UnusableReply):
        for call in client.calls(window(sandbox, 30, LogScope.COMPANY)).items:
            assert_call(call)


def test_a_connection_that_breaks_once_is_not_noticed(sandbox: RunningSandbox, reader: Reader) -> None:
    client = reader()
    sandbox.faults.add("reset", provider="ringcentral", remaining=1)
    assert client.identity().remote_id


def test_the_rate_limit_is_told_with_its_wait() -> None:
    with running_sandbox(real_rates=True) as strict:
        token = link(strict, "admin").access_token
        environment = config(strict).environment
        door = HttpDoor(SPEC.name, environment.origins, session=new_session())
        client = RingCentralClient(ClientContext(environment, door, lambda: f"Bearer {token}"))
        query = window(strict, 1)
        for _ in range(10):
            client.calls(query)
        with pytest.raises(RateLimited) as limited:
            client.calls(query)
    assert limited.value.retry_after is not None
    assert 0 < limited.value.retry_after <= 60


@pytest.mark.parametrize("scope", LogScope)
def test_the_sandbox_tells_what_changed(sandbox: RunningSandbox, reader: Reader, scope: LogScope) -> None:
    begun = reader().changes(scope, "", sandbox.clock.now() - timedelta(days=5))
    for call in begun.items:
        assert_call(call)
    assert begun.items
    assert begun.complete
    while begun.more:
        begun = reader().changes(scope, begun.token, sandbox.clock.now())
    assert reader().changes(scope, begun.token, sandbox.clock.now()).items == ()


def test_the_sandbox_s_tokens_expire(sandbox: RunningSandbox, reader: Reader) -> None:
    with pytest.raises(SyncTokenExpired):
        reader().changes(LogScope.OWN, ":never-given", sandbox.clock.now())
