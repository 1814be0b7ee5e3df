"""Background and on-page reading: stored with time and error, partial where one list is refused, claimed by one worker."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.call_filter import CallFilter
from telephony.core.capabilities import capability_card
from telephony.core.types import CapabilityState, Direction, Feature, LogScope, Outcome
from telephony.models import BalanceReading, Call, Extension, LinkedAccount, LinkState, Reading, Section
from telephony.services.call_log import read_calls
from telephony.services.readings import is_fresh, refresh_section
from telephony.services.schedule import accounts_with_due_tokens, claim_due_accounts, claim_due_logs
from telephony.tasks import refresh_account
from telephony.tests.accounts import make_account
from telephony.tests.conftest import link

PROVIDERS = ["sipgate", "ringcentral", "goto"]


@pytest.fixture
def linked(
    browser: Client, sandbox: RunningSandbox, oauth_client: object, request: pytest.FixtureRequest
) -> LinkedAccount:
    """An administrator's account at the provider that the test names."""
    return link(browser, sandbox, oauth_client(request.param))  # type: ignore[operator]  # the fixture is a factory


@pytest.mark.parametrize("linked", PROVIDERS, indirect=True)
def test_a_background_reading_fills_facts_and_extensions(linked: LinkedAccount) -> None:
    assert refresh_account.call(linked.pk) == {}
    linked.refresh_from_db()
    assert linked.company
    assert linked.facts["facts"]
    assert Extension.objects.filter(account=linked).count() > 3
    assert linked.last_used_at is not None


@pytest.mark.parametrize("linked", ["sipgate"], indirect=True)
def test_a_balance_is_stored_in_whole_units_with_its_time(linked: LinkedAccount) -> None:
    refresh_section(linked, Section.BALANCE)
    balance = BalanceReading.objects.get(account=linked)
    assert balance.currency == "EUR"
    assert Decimal("-1000") < balance.amount < Decimal("100000")
    assert balance.amount.as_tuple().exponent == -4


@pytest.mark.parametrize("linked", PROVIDERS, indirect=True)
def test_reading_extensions_twice_changes_no_row(linked: LinkedAccount) -> None:
    refresh_section(linked, Section.EXTENSIONS)
    before = list(Extension.objects.order_by("pk").values("pk", "kind", "key", "name", "gone_at"))
    refresh_section(linked, Section.EXTENSIONS)
    assert list(Extension.objects.order_by("pk").values("pk", "kind", "key", "name", "gone_at")) == before


@pytest.mark.parametrize("linked", ["ringcentral"], indirect=True)
def test_what_a_complete_list_no_longer_holds_is_gone(linked: LinkedAccount) -> None:
    refresh_section(linked, Section.EXTENSIONS)
    known = Extension.objects.filter(account=linked).order_by("pk")[0]
    Extension.objects.create(account=linked, kind=known.kind, key="not-there-any-more", name="Old")
    refresh_section(linked, Section.EXTENSIONS)
    assert Extension.objects.get(key="not-there-any-more").gone_at is not None


@pytest.mark.parametrize("linked", PROVIDERS, indirect=True)
def test_a_provider_that_is_away_leaves_what_was_read_and_says_why(
    linked: LinkedAccount, sandbox: RunningSandbox
) -> None:
    refresh_section(linked, Section.FACTS)
    company = linked.company
    sandbox.faults.add("unavailable", provider=linked.provider)
    reading = refresh_section(linked, Section.FACTS)
    linked.refresh_from_db()
    assert reading.failed
    assert reading.sentence
    assert reading.next_step
    assert reading.read_at is not None
    assert linked.company == company
    assert linked.link_state is LinkState.DELAYED
    sandbox.faults.clear()
    refresh_section(linked, Section.FACTS)
    assert LinkedAccount.objects.get(pk=linked.pk).link_state is LinkState.ACTIVE


@pytest.mark.parametrize("linked", PROVIDERS, indirect=True)
@pytest.mark.parametrize(
    "kind", ["html", "truncated", "empty", "wrong_types", "reset", "forbidden", "server_error", "redirect"]
)
def test_no_fault_of_a_provider_ends_in_an_exception_or_a_lost_link(
    linked: LinkedAccount, sandbox: RunningSandbox, kind: str
) -> None:
    sandbox.faults.add(kind, provider=linked.provider)
    for section in (Section.FACTS, Section.EXTENSIONS):
        reading = refresh_section(linked, section)
        assert reading.sentence or not reading.failed
    result = read_calls(linked, CallFilter())
    assert result.reading is not None
    linked.refresh_from_db()
    assert linked.usable


@pytest.mark.parametrize("linked", ["ringcentral", "goto"], indirect=True)
def test_a_plain_user_reads_her_own_calls_and_is_told_which_role_the_company_log_needs(
    browser: Client, sandbox: RunningSandbox, linked: LinkedAccount
) -> None:
    plain = link(browser, sandbox, linked.client, persona="user")  # type: ignore[arg-type]  # it has one
    assert not read_calls(plain, CallFilter()).reading.failed  # type: ignore[union-attr]  # always there
    company = read_calls(plain, CallFilter(scope=LogScope.COMPANY)).reading
    assert company is not None
    assert company.error_code == "role_missing"
    plain.refresh_from_db()
    granted = frozenset(plain.granted_scopes or ())
    card = {entry.feature: entry for entry in capability_card(plain.spec, granted, plain.observed_capabilities())}
    assert card[Feature.COMPANY_CALLS].state is CapabilityState.ROLE_MISSING
    assert card[Feature.OWN_CALLS].state is CapabilityState.AVAILABLE
    assert card[Feature.BALANCE].state is CapabilityState.NOT_OFFERED
    assert plain.usable


@pytest.mark.parametrize("linked", PROVIDERS, indirect=True)
@pytest.mark.parametrize("scope", list(LogScope))
def test_filters_reach_back_until_a_page_is_full_and_stored_rows_agree(linked: LinkedAccount, scope: LogScope) -> None:
    wanted = CallFilter(
        scope=scope,
        directions=frozenset({Direction.INBOUND}),
        outcomes=frozenset({Outcome.MISSED}),
        since=timezone.now() - timedelta(days=60),
    )
    result = read_calls(linked, wanted, wanted=10)
    assert result.reading is not None
    assert not result.reading.failed
    assert result.requests <= 4
    rows = Call.objects.filter(account=linked, outcome="missed", direction="inbound")
    assert rows.count() >= min(result.matching, 10)
    assert result.complete or result.matching >= 10 or result.requests == 4


def test_a_reading_is_fresh_for_a_minute_and_during_a_pause_that_the_provider_asked_for(person: User) -> None:
    now = timezone.now()
    account = make_account(person)
    reading = Reading(account=account, section=Section.FACTS, tried_at=now, read_at=now)
    assert is_fresh(reading)
    reading.read_at = now - timedelta(minutes=2)
    assert not is_fresh(reading)
    reading.retry_at = now + timedelta(seconds=30)
    assert is_fresh(reading)
    assert not is_fresh(None)


def test_a_due_account_is_claimed_once(person: User) -> None:
    account = make_account(person)
    assert claim_due_accounts() == [account.pk]
    assert claim_due_accounts() == []


def test_accounts_that_need_re_linking_or_are_disabled_are_left_alone(person: User) -> None:
    for number, state in enumerate((LinkState.NEEDS_RELINKING, LinkState.DISABLED, LinkState.UNLINKING)):
        make_account(person, remote_id=f"1:{number}", state=state)
    assert (claim_due_accounts(), claim_due_logs(), accounts_with_due_tokens()) == ([], [], [])


def test_a_task_for_an_account_that_is_gone_does_nothing(db: None) -> None:
    assert refresh_account.call(12345) == {}
