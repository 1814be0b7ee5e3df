"""The circuit breaker: one for each host of a provider, shared by all processes, and never a reason to unlink anybody."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import NotAnswering, ProviderError, ServerFault
from telephony.models import LinkedAccount, LinkState, ProviderHost, SyncState
from telephony.services import hosts, tokens
from telephony.services.gateway import with_client
from telephony.services.sync import ensure_states, sync_log
from telephony.services.tokens import fresh_access_token
from telephony.tests.accounts import expire, make_account

pytestmark = pytest.mark.django_db

HOST = "https://api.acme.example"
URL = f"{HOST}/v1/thing"


def guard() -> hosts.HostGuard:
    """What another process would have at hand now."""
    hosts.forget_snapshot()
    return hosts.HostGuard("acme", "Acme", [HOST])


def outcomes(*faults: bool) -> None:
    """Requests that ended so, one after the other."""
    for fault in faults:
        one = guard()
        one.learned(URL, fault=fault)
        one.flush()


def is_open() -> bool:
    """Whether requests fail fast."""
    return ProviderHost.objects.filter(opened_at__isnull=False).exists()


def let_the_pause_end() -> None:
    ProviderHost.objects.update(probe_at=timezone.now() - timedelta(seconds=1))


def test_it_opens_after_several_faults_in_a_row() -> None:
    outcomes(*[True] * (hosts.OPEN_AFTER - 1))
    assert not is_open()
    outcomes(True)
    assert is_open()
    with pytest.raises(NotAnswering) as refused:
        guard().admit(URL, "reading")
    assert refused.value.retry_after
    assert refused.value.since


def test_an_answer_between_faults_keeps_it_closed() -> None:
    almost = [True] * (hosts.OPEN_AFTER - 1)
    outcomes(*almost, False, *almost)
    assert not is_open()


def test_it_opens_where_half_of_many_recent_requests_failed() -> None:
    outcomes(*[False, True] * (hosts.SHARE_OF // 2))
    assert not is_open(), "the first answers of a host that is well are not counted"
    outcomes(False, True)
    assert is_open()


def test_old_faults_do_not_count() -> None:
    outcomes(*[True, False] * (hosts.SHARE_OF // 2 - 1))
    old = (timezone.now() - hosts.RECENT).timestamp() - 1
    ProviderHost.objects.update(recent=[[old, 1]] * hosts.SHARE_OF)
    outcomes(True)
    assert not is_open()


def test_a_host_that_answers_leaves_nothing_behind() -> None:
    outcomes(False, False)
    assert not ProviderHost.objects.exists()


def test_one_request_alone_finds_out_whether_the_host_is_back() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    let_the_pause_end()
    first, second = guard(), guard()
    first.admit(URL, "reading")
    with pytest.raises(NotAnswering):
        second.admit(URL, "reading")


def test_many_processes_send_one_probe() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    let_the_pause_end()
    assert sum(hosts._claim("acme", HOST) for _ in range(20)) == 1


def test_a_probe_that_is_answered_closes_it() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    let_the_pause_end()
    outcomes(False)
    row = ProviderHost.objects.get()
    assert (row.opened_at, row.in_a_row, row.closed_at is not None) == (None, 0, True)
    guard().admit(URL, "reading")


def test_a_probe_that_fails_makes_the_next_pause_longer() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    since = ProviderHost.objects.get().failing_since
    pauses = []
    for _ in range(8):
        let_the_pause_end()
        outcomes(True)
        row = ProviderHost.objects.get()
        assert row.probe_at
        pauses.append(row.probe_at - timezone.now())
    assert pauses[0] < pauses[1] < pauses[2]
    assert pauses[-1] <= hosts.PROBE_LONGEST
    assert row.failing_since == since, "the outage began when the first request failed"


def test_faults_that_were_under_way_do_not_lengthen_the_pause() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    before = ProviderHost.objects.get().probe_at
    outcomes(True, True, True)
    assert ProviderHost.objects.get().probe_at == before


def test_a_probe_that_was_not_needed_is_given_back() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    let_the_pause_end()
    guard().flush()
    guard().admit(URL, "reading")


def test_requests_beside_the_probe_wait_for_what_it_learns() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    let_the_pause_end()
    one = guard()
    one.admit(URL, "first")
    let_in: list[bool] = []

    def beside() -> None:
        one.admit(URL, "second")
        let_in.append(True)

    thread = threading.Thread(target=beside)
    thread.start()
    assert not let_in
    one.learned(URL, fault=False)
    thread.join(5)
    assert let_in


def test_providers_that_share_a_host_do_not_share_an_outage() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    hosts.HostGuard("other", "Other", [HOST]).admit(URL, "reading")


def test_a_process_hears_at_once_that_another_has_closed_it() -> None:
    outcomes(*[True] * hosts.OPEN_AFTER)
    assert hosts.outages()
    ProviderHost.objects.all().delete()
    hosts.HostGuard("acme", "Acme", [HOST]).admit(URL, "reading")


def test_a_failure_to_note_outcomes_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = guard()
    one.learned(URL, fault=True)

    def broken(*_arguments: object, **_options: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(hosts, "_record", broken)
    one.flush()
    monkeypatch.setattr(hosts._snapshot, "get", broken)
    assert hosts.outages() == []


# --- what it means for accounts ---


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def origin_of_api(account: LinkedAccount) -> str:
    from telephony.core.http import origin_of

    assert account.client
    return origin_of(account.client.resolved_environment().api_url)


def outage(account: LinkedAccount) -> None:
    """Every host of the account's provider is down."""
    assert account.client
    now = timezone.now()
    for origin in account.client.resolved_environment().origins:
        ProviderHost.objects.create(
            provider=account.provider,
            origin=origin,
            in_a_row=9,
            failing_since=now,
            opened_at=now,
            probe_at=now + timedelta(minutes=2),
        )
    hosts.forget_snapshot()


def test_reads_fail_fast_and_only_delay_the_link(account: LinkedAccount) -> None:
    outage(account)
    with pytest.raises(NotAnswering) as refused:  # sockets are closed in tests: a request would end otherwise
        with_client(account, lambda client: client.identity())
    assert "is not answering" in refused.value.sentence
    account.refresh_from_db()
    assert account.link_state is LinkState.DELAYED
    assert account.retry_at is not None


def test_a_token_is_not_renewed_meanwhile_and_nothing_is_lost(account: LinkedAccount) -> None:
    outage(account)
    expire(account)
    for _ in range(3):
        with pytest.raises(ProviderError):
            fresh_access_token(account)
    account.refresh_from_db()
    assert account.link_state is LinkState.DELAYED
    assert account.token.failures == 0, "nobody was asked, so nothing has failed"
    assert account.token.attempt_fingerprint == ""


def test_the_sync_waits_as_long_as_the_host_and_is_woken_when_it_is_back(account: LinkedAccount) -> None:
    outage(account)
    state = ensure_states(account)[0]
    sync_log(state.pk)
    state.refresh_from_db()
    assert state.error_code == "not_answering"
    assert state.failures == 0
    assert state.next_pass_at < timezone.now() + timedelta(minutes=5)

    SyncState.objects.update(failures=9, next_pass_at=timezone.now() + timedelta(hours=6))
    let_the_pause_end()
    hosts.forget_snapshot()
    back = hosts.HostGuard(account.provider, account.provider_name, [origin_of_api(account)])
    back.learned(origin_of_api(account) + "/x", fault=False)
    back.flush()
    state.refresh_from_db()
    assert state.next_pass_at <= timezone.now()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_refusals_and_limits_never_open_it(
    account: LinkedAccount, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telephony.core.tests.doors import replying

    monkeypatch.setattr(tokens, "REPEAT_AFTER", 0)
    for _ in range(hosts.OPEN_AFTER * 3):
        with replying({}, status), pytest.raises(ProviderError) as refused:
            with_client(LinkedAccount.objects.get(), lambda client: client.identity())
        assert not isinstance(refused.value, ServerFault | NotAnswering)
    assert not is_open()


def test_server_faults_open_it_whoever_meets_them(account: LinkedAccount, stranger: User) -> None:
    from telephony.core.tests.doors import replying

    accounts = [account, make_account(stranger, remote_id="2:2")]
    with replying({}, 500) as sent:
        for n in range(hosts.OPEN_AFTER + 3):
            with pytest.raises(ProviderError):
                with_client(accounts[n % 2], lambda client: client.identity())
        assert len(sent.calls) == hosts.OPEN_AFTER
    assert is_open()
