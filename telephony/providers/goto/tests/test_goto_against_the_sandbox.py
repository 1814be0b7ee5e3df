"""The whole provider over real HTTP: linking, refreshing, reading and failing at the local stand-in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from telephony.core.client import ClientContext
from telephony.core.client_config import ClientConfig
from telephony.core.errors import (
    CredentialRejected,
    GrantEnded,
    ProviderError,
    RateLimited,
    RoleMissing,
    ScopeMissing,
    ServerFault,
    Unreachable,
    UnusableReply,
)
from telephony.core.oauth import TokenSet
from telephony.core.testing.validity import assert_call, assert_extension, assert_facts, assert_identity
from telephony.core.types import CallQuery, CallRecord, Direction, ExtensionKind, LogScope, Outcome
from telephony.providers.goto.client import GoToClient
from telephony.providers.goto.spec import SPEC

REDIRECT = "http://localhost:8000/accounts/goto/login/callback/"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123456789"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One stand-in for all tests: a hundred days of calls."""
    with running_sandbox(history_days=100) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults_left(sandbox: RunningSandbox) -> Iterator[None]:
    """A fault of one test must not meet the next."""
    yield
    sandbox.faults.clear()


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking brought."""

    config: ClientConfig
    tokens: TokenSet

    def client(self, **keys: Any) -> GoToClient:
        """A client with the new token and these keys."""
        config = self.config
        bearer = f"Bearer {self.tokens.access_token}"
        return GoToClient(ClientContext(config.environment, config.door(), lambda: bearer, keys))

    def reader(self) -> GoToClient:
        """A client with the keys that reading the facts has brought, as the site keeps them."""
        return self.client(**self.client().facts().keys)


def link(sandbox: RunningSandbox, person: str = "admin", scopes: tuple[str, ...] = SPEC.default_scopes) -> Linked:
    """Walk through sign-in and consent in the sandbox, and exchange the code."""
    assert SPEC.sandbox is not None
    config = ClientConfig(1, SPEC, SPEC.sandbox.at(sandbox.url), *SPEC.sandbox_credentials, scopes)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    parameters = {
        "response_type": "code",
        "client_id": config.client_id,
        "redirect_uri": REDIRECT,
        "scope": " ".join(scopes),
        "state": "a-state",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    back = sandbox.login_and_consent(f"{config.endpoints.authorize}?{urlencode(parameters)}", person)
    code = parse_qs(urlsplit(back).query)["code"][0]
    return Linked(config, config.token_endpoint().exchange(code, REDIRECT, VERIFIER))


def all_calls(client: GoToClient, scope: LogScope, days: int = 95, page_size: int = 100) -> list[CallRecord]:
    """Every call of a log, the newest first."""
    now = datetime.now(UTC)
    query = CallQuery(now - timedelta(days=days), now, scope, page_size=page_size)
    calls: list[CallRecord] = []
    page = client.calls(query)
    while True:
        calls += page.items
        if page.next_cursor is None:
            return calls
        page = client.calls(query, page.next_cursor)


def test_linking_tells_who_and_a_refresh_keeps_the_refresh_token(sandbox: RunningSandbox) -> None:
    linked = link(sandbox)
    identity = linked.client().identity()
    assert_identity(identity)
    assert identity.remote_id.isdigit()
    assert len(identity.keys["accounts"]) == 2
    assert linked.tokens.scopes == frozenset(SPEC.default_scopes)
    assert linked.tokens.refresh_token
    again = linked.config.token_endpoint().refresh(linked.tokens.refresh_token)
    assert again.access_token != linked.tokens.access_token
    assert again.refresh_token == "", "a new one comes only late in the life of the old one"


def test_a_revoked_grant_is_over(sandbox: RunningSandbox) -> None:
    linked = link(sandbox, "user2")
    endpoint = linked.config.token_endpoint()
    endpoint.revoke(linked.tokens.refresh_token, "refresh_token")
    with pytest.raises(GrantEnded):
        endpoint.refresh(linked.tokens.refresh_token)
    with pytest.raises(CredentialRejected):
        linked.client().identity()


def test_an_administrator_reads_everything(sandbox: RunningSandbox) -> None:
    linked = link(sandbox)
    facts = linked.client().facts()
    assert_facts(facts)
    assert facts.is_admin is True
    assert facts.keys["region"] == "US"
    records = [record for part in linked.reader().extension_lists() for record in part.read()]
    for record in records:
        assert_extension(record)
    kinds = {record.kind for record in records}
    assert {ExtensionKind.PHONE_LINE, ExtensionKind.USER, ExtensionKind.QUEUE, ExtensionKind.NUMBER} <= kinds
    assert any(record.number.startswith("0") for record in records)


def test_a_plain_user_reads_what_is_theirs_and_learns_which_role_is_missing(sandbox: RunningSandbox) -> None:
    reader = link(sandbox, "user").reader()
    records = [record for part in reader.extension_lists() for record in part.read()]
    assert {record.kind for record in records} == {ExtensionKind.PHONE_LINE, ExtensionKind.NUMBER}
    assert all_calls(reader, LogScope.OWN, days=30)
    with pytest.raises(RoleMissing) as caught:
        all_calls(reader, LogScope.COMPANY)
    assert caught.value.role == "Administrator"


@pytest.mark.parametrize("scope", LogScope)
def test_three_months_of_calls_are_complete_valid_unique_and_newest_first(
    sandbox: RunningSandbox, scope: LogScope
) -> None:
    calls = all_calls(link(sandbox).reader(), scope)
    assert len({call.key for call in calls}) == len(calls) > 100
    assert [call.started_at for call in calls] == sorted((call.started_at for call in calls), reverse=True)
    for call in calls:
        assert_call(call)
    assert {Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL} <= {call.direction for call in calls}
    assert {Outcome.ANSWERED, Outcome.MISSED} <= {call.outcome for call in calls}


def test_the_oddities_of_the_stand_in_come_through(sandbox: RunningSandbox) -> None:
    calls = all_calls(link(sandbox).reader(), LogScope.COMPANY, page_size=1000)
    unknown = {value for call in calls for value in call.unknown_values}
    assert unknown >= {"direction=LATERAL", "callerOutcome=ABDUCTED"}
    assert any(call.caller.withheld for call in calls)


def test_the_size_of_the_pages_makes_no_difference(sandbox: RunningSandbox) -> None:
    reader = link(sandbox).reader()
    small = all_calls(reader, LogScope.COMPANY, days=35, page_size=7)
    large = all_calls(reader, LogScope.COMPANY, days=35, page_size=1000)
    assert [call.key for call in small] == [call.key for call in large]


def test_both_logs_tell_the_same_direction_of_ones_own_calls(sandbox: RunningSandbox) -> None:
    reader = link(sandbox).reader()
    company = all_calls(reader, LogScope.COMPANY, days=60)
    told = {(call.started_at, call.caller.e164): call.direction for call in company if _is_clear(call)}
    own = [call for call in all_calls(reader, LogScope.OWN, days=60) if _is_clear(call)]
    both = [call for call in own if (call.started_at, call.caller.e164) in told]
    assert both
    assert all(call.direction is told[call.started_at, call.caller.e164] for call in both)


def _is_clear(call: CallRecord) -> bool:
    """Whether a call has an outside caller, by whom it can be found in both logs, and nothing odd in it."""
    return call.caller.e164 is not None and not call.unknown_values


@pytest.mark.parametrize(("account", "country"), [(0, "+1"), (1, "+44")])
def test_national_numbers_become_international_in_both_countries(
    sandbox: RunningSandbox, account: int, country: str
) -> None:
    linked = link(sandbox)
    keys = linked.client().facts().keys
    reader = linked.client(**keys, chosen_account_key=keys["accounts"][account]["key"])
    ends = [end for call in all_calls(reader, LogScope.OWN) for end in (call.caller, call.callee)]
    national = [end for end in ends if end.number.isdigit() and not end.extension]
    assert any(end.e164 and end.e164.startswith(country) for end in national)


def test_the_other_account_can_be_chosen(sandbox: RunningSandbox) -> None:
    linked = link(sandbox)
    keys = dict(linked.client().facts().keys)
    main, branch = (account["key"] for account in keys["accounts"])
    of_main = all_calls(linked.client(**keys), LogScope.OWN)
    of_branch = all_calls(linked.client(**keys, chosen_account_key=branch), LogScope.OWN)
    assert keys["account_key"] == main
    assert of_branch
    assert {call.key for call in of_main}.isdisjoint(call.key for call in of_branch)


def test_a_missing_scope_is_named(sandbox: RunningSandbox) -> None:
    linked = link(sandbox, scopes=("users.v1.read",))
    assert linked.client().facts().company, "the rest is told all the same"
    with pytest.raises(ScopeMissing) as caught:
        all_calls(linked.client(), LogScope.OWN)
    assert caught.value.scopes == ("cr.v1.read",)


def test_licences_stand_in_for_the_balance(sandbox: RunningSandbox) -> None:
    facts = link(sandbox, scopes=(*SPEC.default_scopes, "identity:")).client().facts()
    assert facts.plan == "GoTo Connect Complete"
    assert any("/" in str(fact.value) for fact in facts.instead_of_balance)


def test_an_expired_token_is_told_apart(sandbox: RunningSandbox) -> None:
    linked = link(sandbox, "user2")
    sandbox.clock.advance(3_700)
    with pytest.raises(CredentialRejected) as caught:
        linked.client().identity()
    assert "AUTHN_EXPIRED_TOKEN" in caught.value.detail


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unauthorized", CredentialRejected),
        ("rate_limited", RateLimited),
        ("server_error", ServerFault),
        ("unavailable", ServerFault),
        ("html", UnusableReply),
        ("empty", UnusableReply),
        ("truncated", (UnusableReply, Unreachable)),
        ("reset", Unreachable),
        ("redirect", UnusableReply),
    ],
)
def test_faults_on_the_wire_have_their_names(
    sandbox: RunningSandbox, kind: str, expected: type[ProviderError] | tuple[type[ProviderError], ...]
) -> None:
    reader = link(sandbox).reader()
    sandbox.faults.add(kind, provider="goto", path_prefix="/goto/api/call-history", remaining=5)
    with pytest.raises(expected):
        all_calls(reader, LogScope.OWN, days=5)
    sandbox.faults.clear()
    assert all_calls(reader, LogScope.OWN, days=30)
