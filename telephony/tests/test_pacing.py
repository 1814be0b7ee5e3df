"""The providers' rate limits: never broken, fully used, and shared by all processes."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from sandbox.testing import RunningSandbox, running_sandbox
from telephony.core.call_filter import CallFilter
from telephony.core.pacing import GUARD, next_slot, still_counting
from telephony.core.registry import all_specs, get_spec
from telephony.core.spec import RateLimit
from telephony.core.testing.effort import takes_seconds
from telephony.core.types import LogScope
from telephony.models import Call, LinkedAccount, RateBucket, SyncState
from telephony.services import sync_steps
from telephony.services.call_log import read_calls
from telephony.services.pacing import DatabasePacer, Paced, pacer_for
from telephony.services.sync import ensure_states, sync_log
from telephony.tests.accounts import make_account
from telephony.tests.conftest import SITE, link

URL = "https://platform.ringcentral.com/restapi/v1.0/account/~/call-log"


@given(st.integers(1, 20), st.floats(0.5, 90), st.lists(st.floats(0, 30), min_size=1, max_size=120))
def test_no_window_ever_holds_more_than_the_limit_and_no_slot_is_wasted(
    requests: int, window: float, gaps: list[float]
) -> None:
    limit, now = RateLimit(requests, window, 60), 0.0
    sent: list[float] = []
    kept: list[float] = []
    for gap in gaps:
        now += gap
        kept = still_counting(limit, kept, now)
        slot = next_slot(limit, kept, now)
        assert slot >= now
        if len(sent) >= requests:
            assert slot - sent[-requests] >= window
            assert slot == now or slot - sent[-requests] == pytest.approx(window * GUARD)
        sent.append(slot)
        kept.append(slot)
        now = slot


def test_the_shortest_time_that_the_limits_permit_is_used_to_within_two_percent() -> None:
    limit, now = RateLimit(10, 60, 60), 0.0
    sent: list[float] = []
    for _page in range(100):
        now = next_slot(limit, sent, now)
        sent.append(now)
    assert sent[-1] <= 9 * 60 * 1.02


@pytest.mark.django_db
def test_a_page_is_not_kept_waiting_for_the_budget(person: User) -> None:
    pacer = pacer_for(make_account(person), patience=0)
    assert pacer is not None
    for _request in range(10):
        pacer.wait("GET", URL, "reading")
    with pytest.raises(Paced) as caught:
        pacer.wait("GET", URL, "reading")
    assert caught.value.retry_after == pytest.approx(60, abs=2)


@pytest.mark.django_db
def test_after_a_refusal_nobody_asks_until_the_pause_is_over(person: User) -> None:
    account = make_account(person)
    first, second = pacer_for(account, patience=0), pacer_for(account, patience=0)
    assert first is not None
    assert second is not None
    first.wait("GET", URL, "reading")
    first.penalty("GET", URL, 30)
    with pytest.raises(Paced):
        second.wait("GET", URL, "reading")
    with time_machine.travel(_later(31)):
        second.wait("GET", URL, "reading")


@pytest.mark.django_db(transaction=True)
def test_processes_share_one_budget(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.services.pacing.time.sleep", lambda _seconds: None)
    spec = get_spec("ringcentral")

    def ask(_number: int) -> bool:
        try:
            DatabasePacer(spec, "shared", patience=0).wait("GET", URL, "reading")
        except Paced:
            return False
        finally:
            connection.close()
        return True

    RateBucket.objects.create(key="ringcentral:shared:heavy")
    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(ask, range(24)))
    assert sum(allowed) == 10


@pytest.mark.parametrize("spec", [spec for spec in all_specs() if spec.rate_limits], ids=lambda spec: spec.slug)
def test_every_group_that_a_provider_names_has_a_limit(spec: object) -> None:
    for name in ("call-log", "call-history/v1/calls", "users/v1/lines", "unheard-of"):
        group = spec.rate_group("GET", f"https://api.example.org/{name}")  # type: ignore[attr-defined]  # a ProviderSpec
        assert group == "" or group in spec.rate_limits  # type: ignore[attr-defined]


@takes_seconds
@pytest.mark.django_db(transaction=True)
def test_a_back_fill_under_the_real_limits_causes_no_429(
    browser: Client, settings: object, oauth_client: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of two logs, the clocks of both sides moved on instead of waiting; the sandbox counts as the provider does."""
    with running_sandbox(site_urls=(SITE,), volume=0.2, real_rates=True) as sandbox:
        settings.SANDBOX_URL = sandbox.url  # type: ignore[attr-defined]  # pytest-django's wrapper
        account = link(browser, sandbox, oauth_client("ringcentral"))  # type: ignore[operator]  # the fixture is a factory
        state = next(state for state in ensure_states(account) if state.scope == LogScope.COMPANY)
        monkeypatch.setattr(sync_steps, "PAGE_SIZE", 40)
        sandbox.requests.clear()
        passed = 0.0
        with time_machine.travel(_later(0), tick=True) as clock:
            for _round in range(60):
                state = sync_log(state.pk)
                if state.finished_backfill_at:
                    break
                wait = max(0.0, (state.next_pass_at - _later(0)).total_seconds())
                passed += wait
                clock.shift(wait)
                sandbox.clock.advance(wait)
        seen = sandbox.requests.entries(path_contains="/call-log")
    assert state.finished_backfill_at
    assert [entry.status for entry in seen if entry.status != 200] == []
    assert Call.objects.filter(account=account).count() == SyncState.objects.get(pk=state.pk).calls
    shortest = (len(seen) - 1) // 10 * 60
    assert shortest > 60
    assert passed <= shortest * 1.05


def _later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def test_a_page_shows_what_the_sync_has_stored_while_that_spends_the_budget(
    browser: Client, sandbox: RunningSandbox, oauth_client: object
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"))  # type: ignore[operator]  # the fixture is a factory
    state = next(state for state in ensure_states(account) if state.scope == LogScope.OWN)
    sync_log(state.pk, pages=1)
    _spend_the_budget(account)

    result = read_calls(account, CallFilter())

    assert result.reading is not None
    assert not result.reading.failed
    assert result.reached is not None


def test_without_a_stored_log_a_spent_budget_is_said(
    browser: Client, sandbox: RunningSandbox, oauth_client: object
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"))  # type: ignore[operator]  # the fixture is a factory
    _spend_the_budget(account)

    reading = read_calls(account, CallFilter()).reading

    assert reading is not None
    assert reading.error_code == "paced"


def test_an_older_page_of_a_fetched_log_asks_nobody(
    browser: Client, sandbox: RunningSandbox, oauth_client: object
) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))  # type: ignore[operator]  # the fixture is a factory
    state = ensure_states(account)[0]
    while not sync_log(state.pk).finished_backfill_at:
        pass
    sandbox.requests.clear()

    result = read_calls(account, CallFilter(), before=_later(-86_400))

    assert result.complete
    assert len(sandbox.requests) == 0


def _spend_the_budget(account: LinkedAccount) -> None:
    pacer = pacer_for(account, patience=0)
    assert pacer is not None
    with contextlib.suppress(Paced):
        while True:
            pacer.wait("GET", URL, "spending")
