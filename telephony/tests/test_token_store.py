"""A received token pair outlives a database that refuses it, a full disk, and a planned stop of the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
import time_machine
from cryptography.fernet import Fernet
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import GrantEnded, TryLater
from telephony.core.oauth import TokenSet
from telephony.models import LinkedAccount, LinkState, Token
from telephony.services import spill, states, token_store, tokens
from telephony.services.credentials import store_grant
from telephony.services.held_signals import stops_wait
from telephony.services.key_rotation import keys_in_use, rotate
from telephony.services.tokens import fresh_access_token
from telephony.services.unlinking import unlink
from telephony.tests.accounts import expire, make_account
from telephony.tests.test_tokens import TOKEN_URL, pair, stored


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Nobody waits for real, and pairs are spilled into a folder of the test's own."""
    settings.TOKEN_SPILL_DIR = tmp_path / "spill"
    monkeypatch.setattr(tokens, "REPEAT_AFTER", 0)
    monkeypatch.setattr(tokens, "WAIT_FOR_OTHER", 0)
    monkeypatch.setattr(token_store, "STORE_WITHIN", 0)
    yield
    token_store._held.clear()


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """An account whose access token has just ended."""
    account = make_account(person)
    expire(account)
    return account


@pytest.fixture
def provider() -> Iterator[responses.RequestsMock]:
    """The provider's token endpoint, with one new pair to give."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(TOKEN_URL, json=pair(2))
        yield mock


@contextmanager
def refusing(message: str) -> Iterator[None]:
    """The database takes no token pair."""

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "telephony_token" SET "access_token"'):
            raise OperationalError(message)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("message", ["database is locked", "database or disk is full"])
def test_a_pair_that_the_database_refuses_waits_sealed_on_disk_and_is_stored_later(
    account: LinkedAccount, provider: responses.RequestsMock, message: str
) -> None:
    with refusing(message):
        assert fresh_access_token(account) == "access-2"
        assert stored(account) == ("access-1", "refresh-1")  # the old pair survives
        (file,) = spill.folder().iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
        assert b"access-2" not in file.read_bytes()
        assert b"refresh-2" not in file.read_bytes()
        assert token_store.replay_all() == 0
    assert token_store.replay_all() == 1
    assert stored(account) == ("access-2", "refresh-2")
    assert Token.objects.get().generation == 2
    assert not list(spill.folder().iterdir())


def test_the_next_use_finds_the_waiting_pair_before_it_asks_the_provider(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    with refusing("database is locked"):
        fresh_access_token(account)
    asked = len(provider.calls)
    assert fresh_access_token(account) == "access-2"
    assert stored(account) == ("access-2", "refresh-2")
    assert len(provider.calls) == asked


def test_without_room_on_disk_the_pair_is_held_in_memory_and_not_used_yet(
    account: LinkedAccount, provider: responses.RequestsMock, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    settings.TOKEN_SPILL_DIR = tmp_path / "taken"
    with refusing("database or disk is full"), pytest.raises(TryLater):
        fresh_access_token(account)
    settings.TOKEN_SPILL_DIR = tmp_path / "spill"
    assert fresh_access_token(account) == "access-2"
    assert stored(account) == ("access-2", "refresh-2")
    assert len(provider.calls) == 1


def test_a_commit_whose_answer_was_lost_is_recognised(
    account: LinkedAccount, provider: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = token_store._commit

    def broken_once(*arguments: Any) -> Any:
        monkeypatch.setattr(token_store, "_commit", commit)
        commit(*arguments)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(token_store, "_commit", broken_once)
    assert fresh_access_token(account) == "access-2"
    assert fresh_access_token(account) == "access-2"
    assert token_store.replay_all() == 1
    assert Token.objects.get().generation == 2


def test_a_waiting_pair_of_an_earlier_link_does_not_overwrite_a_newer_one(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    with refusing("database is locked"):
        fresh_access_token(account)
    with transaction.atomic():
        store_grant(account, TokenSet("access-9", "refresh-9", 3600), frozenset())
    assert token_store.replay_all() == 0
    assert stored(account) == ("access-9", "refresh-9")
    assert not list(spill.folder().iterdir())


def test_a_link_that_was_believed_to_be_over_works_again_when_its_pair_is_found(account: LinkedAccount) -> None:
    spill.write(spill.SpilledPair(account.pk, 1, TokenSet("access-2", "refresh-2", 3600)))
    states.needs_relinking(account, "The provider refused the refresh token.")
    token_store.replay_all()
    account.refresh_from_db()
    assert account.link_state is LinkState.ACTIVE


def test_unlinking_revokes_the_pair_that_waits_and_leaves_no_file(
    account: LinkedAccount, provider: responses.RequestsMock, django_capture_on_commit_callbacks: Any
) -> None:
    provider.post("https://platform.ringcentral.com/restapi/oauth/revoke", json={})
    with refusing("database is locked"):
        fresh_access_token(account)
    with django_capture_on_commit_callbacks(execute=True):
        unlink(account)
    assert "refresh-2" in str(provider.calls[-1].request.body)
    assert not list(spill.folder().iterdir())


def test_a_file_that_no_key_opens_is_kept(account: LinkedAccount, settings: Any) -> None:
    file = spill.write(spill.SpilledPair(account.pk, 1, TokenSet("access-2", "refresh-2", 3600)))
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert token_store.replay_all() == 0
    assert file.exists()


def test_the_rotation_of_keys_takes_waiting_pairs_along(account: LinkedAccount, settings: Any) -> None:
    spill.write(spill.SpilledPair(account.pk, 1, TokenSet("access-2", "refresh-2", 3600)))
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    assert len(keys_in_use()) == 1
    rotate()
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert set(keys_in_use()) == set(spill_key_ids())
    assert token_store.replay_all() == 1
    assert stored(account) == ("access-2", "refresh-2")


def spill_key_ids() -> set[str]:
    """The keys that waiting pairs are sealed with."""
    return {secret.key_id for _path, secret in spill.sealed()}


def test_a_refresh_inside_a_transaction_is_refused_before_anything_is_sent(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        fresh_access_token(account)
    assert len(provider.calls) == 0


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_machine_whose_clock_is_wrong_does_not_break_anothers_lease(
    account: LinkedAccount, provider: responses.RequestsMock, minutes: int
) -> None:
    assert tokens._take_lease(account, Token.objects.get(), "other")
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        expire(account)
        with pytest.raises(TryLater):
            fresh_access_token(account)
    assert len(provider.calls) == 0


def test_a_process_that_slept_over_its_lease_sends_nothing(
    account: LinkedAccount, provider: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    noting = tokens._note_attempt

    def slept(token: Token, owner: str, refresh_token: str) -> None:
        monkeypatch.setattr(tokens, "_note_attempt", noting)
        Token.objects.update(lease_owner="other")
        noting(token, owner, refresh_token)

    monkeypatch.setattr(tokens, "_note_attempt", slept)
    with pytest.raises(TryLater):
        fresh_access_token(account)
    assert len(provider.calls) == 0


def test_when_the_answer_and_then_the_grace_are_lost_the_reason_says_so(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    provider.replace(responses.POST, TOKEN_URL, status=500)
    provider.post(TOKEN_URL, status=400, json={"error": "invalid_grant"})
    with pytest.raises(GrantEnded):
        fresh_access_token(account)
    account.refresh_from_db()
    assert "lost" in account.state_reason


def test_a_401_with_a_superseded_token_reads_again_and_does_not_refresh(
    person: User, provider: responses.RequestsMock
) -> None:
    account = make_account(person)
    assert fresh_access_token(account, rejected="access-0") == "access-1"
    assert len(provider.calls) == 0


def test_tokens_that_arrive_after_unlinking_are_revoked(
    account: LinkedAccount, provider: responses.RequestsMock
) -> None:
    def unlinked(_request: object) -> tuple[int, dict[str, str], str]:
        LinkedAccount.objects.all().delete()
        return 200, {}, '{"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600}'

    provider.remove(responses.POST, TOKEN_URL)
    provider.add_callback(responses.POST, TOKEN_URL, unlinked)
    provider.post("https://platform.ringcentral.com/restapi/oauth/revoke", json={})
    with pytest.raises(GrantEnded):
        fresh_access_token(account)
    assert "refresh-2" in str(provider.calls[-1].request.body)


def test_a_planned_stop_waits_until_the_new_pair_is_stored(
    account: LinkedAccount, provider: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Exception):
        """What the handler of the process does with SIGTERM."""

    def stop(_number: int, _frame: object) -> None:
        raise Stopped

    def stopped_meanwhile(_request: object) -> tuple[int, dict[str, str], str]:
        os.kill(os.getpid(), signal.SIGTERM)
        return 200, {}, '{"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600}'

    provider.remove(responses.POST, TOKEN_URL)
    provider.add_callback(responses.POST, TOKEN_URL, stopped_meanwhile)
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(Stopped):
            fresh_access_token(account)
        assert signal.getsignal(signal.SIGTERM) is stop
    finally:
        signal.signal(signal.SIGTERM, before)
    assert stored(account) == ("access-2", "refresh-2")


def test_outside_the_main_thread_stops_are_left_to_the_server() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def enter() -> object:
        with stops_wait():
            return signal.getsignal(signal.SIGTERM)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(enter).result() is signal.getsignal(signal.SIGTERM)
