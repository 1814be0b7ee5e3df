"""What drills run in processes of their own, which are then killed: forks of one warm process, so that hundreds take seconds.

Places to die are patched in here, in the child; the site's code has none. Importing this module sets Django up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import django
from django.urls import get_resolver

django.setup()
get_resolver().url_patterns  # noqa: B018  # once, in the process that children are forked from

import time_machine  # noqa: E402
import urllib3.connection  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from requests.adapters import HTTPAdapter  # noqa: E402

from telephony.core.errors import ProviderError  # noqa: E402
from telephony.management.commands import sync as _sync_command  # noqa: E402, F401  # so that forks need not
from telephony.management.commands import worker as _worker_command  # noqa: E402, F401
from telephony.models import LinkedAccount, Token  # noqa: E402
from telephony.services import gateway, schedule, sync, sync_steps, token_store, tokens  # noqa: E402

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["drills.children", "drills.storing", "drills.syncing"])
KILLED = -signal.SIGKILL
SHORT_LEASE = 0.15  # seconds, in place of the refresher's 90
SYNC_LEASE = 1.0  # seconds, in place of the sync's 120
STUCK = 60.0  # seconds after which a child that should have ended is given up


class Place(Enum):
    """Where a refresher dies."""

    BEFORE_INTENT = "before the intent"
    AFTER_INTENT = "after the intent"
    BEFORE_REQUEST = "before the request"
    AFTER_SENDING = "after sending"
    AFTER_REPLY = "after the reply"
    BEFORE_COMMIT = "after UPDATE, before COMMIT"
    AFTER_COMMIT = "after COMMIT"

    @property
    def in_window(self) -> bool:
        """Whether the provider has replaced the pair by then and ours is not committed: single-use tokens are lost here."""
        return self in (Place.AFTER_SENDING, Place.AFTER_REPLY, Place.BEFORE_COMMIT)


def start(target: Callable[..., None], *arguments: Any) -> Any:
    """A child that runs `target`; the caller joins it."""
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def joined(process: Any) -> int:
    """The exit code of a child; one that hangs is killed, and the drill fails."""
    process.join(STUCK)
    if process.is_alive():
        process.kill()
        process.join()
        raise AssertionError("a child of the drill did not end")
    return int(process.exitcode)


def shorten() -> None:
    """Leases and pauses of a drill: the protocol is the same, only faster."""
    tokens.LEASE = timedelta(seconds=SHORT_LEASE)
    tokens.REPEAT_AFTER = 0.02
    tokens.POLL = 0.01


def die(*_arguments: Any, **_named: Any) -> NoReturn:
    """kill -9 of this process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def refresh_and_die(account_id: int, place: Place) -> None:
    """Ask for a token, and be killed at one place of the refresh."""
    shorten()
    _arm(place)
    tokens.fresh_access_token(_account(account_id))


def refresh(account_id: int, ready: Connection) -> None:
    """Tell when everything is set, then ask for a token; the parent kills at a moment of its own."""
    shorten()
    account = _account(account_id)
    ready.send(True)
    tokens.fresh_access_token(account)


def _arm(place: Place) -> None:
    noting = tokens._note_attempt
    match place:
        case Place.BEFORE_INTENT:
            tokens._note_attempt = die
        case Place.AFTER_INTENT:

            def note_and_die(token: Token, owner: str, refresh_token: str) -> None:
                noting(token, owner, refresh_token)
                die()

            tokens._note_attempt = note_and_die
        case Place.BEFORE_REQUEST:
            HTTPAdapter.send = die  # type: ignore[method-assign]  # on purpose
        case Place.AFTER_SENDING:
            urllib3.connection.HTTPConnection.getresponse = die  # type: ignore[method-assign]  # on purpose
        case Place.AFTER_REPLY:
            token_store.keep = die
        case Place.BEFORE_COMMIT:
            connection.execute_wrappers.append(_die_after_update)
        case Place.AFTER_COMMIT:
            tokens._use = die


def _die_after_update(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    result = execute(sql, params, many, context)
    if sql.startswith('UPDATE "telephony_token" SET "access_token"'):
        die()
    return result


def _account(account_id: int) -> LinkedAccount:
    return LinkedAccount.objects.select_related("client").get(pk=account_id)


def ask_in_rounds(number: int, barrier: Any, orders: Connection) -> None:
    """One of many that ask for a token at the same moment, as a page, as the worker, or after a 401.

    An order is an account's id with the token that the 401 was about; the answer is the token, or the code of an error.
    """
    tokens.POLL = 0.01
    while order := orders.recv():
        account_id, rejected = order
        account = _account(account_id)
        barrier.wait(STUCK)
        try:
            orders.send(_ask(number, account, rejected))
        except ProviderError as error:
            orders.send(f"error: {error.code}")
        except Exception as error:  # whatever it is, the drill must hear of it
            orders.send(f"error: {type(error).__name__}: {error}")


def _ask(number: int, account: LinkedAccount, rejected: str) -> str:
    match number % 3:
        case 0:
            return tokens.fresh_access_token(account, rejected=rejected)
        case 1:
            tokens.renew_early(account)
        case _:
            gateway.with_client(account, lambda client: None)
    return tokens.fresh_access_token(account)


def sync_calls(command: str, page_size: int, offset: float, ready: Connection) -> None:
    """`manage.py sync`, or `manage.py worker --once`, with small pages and short leases, `offset` seconds in the future."""
    hurry_sync(page_size)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(nowhere, output)
    with time_machine.travel(later(offset), tick=True):
        ready.send(True)
        if command == "sync":
            call_command("sync")
        else:
            call_command("worker", once=True)


def hurry_sync(page_size: int) -> None:
    """Small pages make many transactions; what the provider's limits allow is another drill's subject."""
    sync_steps.PAGE_SIZE = page_size
    sync.__dict__["LEASE"] = sync_steps.LEASE = timedelta(seconds=SYNC_LEASE)
    schedule.CLAIM = timedelta(0)
    gateway.__dict__["pacer_for"] = lambda *_arguments: None


def later(offset: float) -> datetime:
    """The present of a child that lives in the future, as the sandbox's clock does."""
    return datetime.now(UTC) + timedelta(seconds=offset)
