"""The database refuses the pair that has just been received: locked by somebody else, or out of room; and then the process is killed."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection

from drills import children, links
from drills.children import KILLED, SHORT_LEASE
from drills.links import PROVIDERS, Fate
from drills.report import Figures
from drills.world import PAGE_SIZE, World
from telephony.core.errors import ProviderError
from telephony.models import LinkedAccount, Token
from telephony.services import spill, token_store, tokens
from telephony.services.token_store import Kept

# Bytes that a file may have: too few for a page of SQLite's log, enough for a sealed pair.
TOO_SMALL = PAGE_SIZE * 3 // 4
SOON = 0.3  # seconds after which the trouble is over, where it is
DATABASE_PATIENCE = 50  # milliseconds that a statement waits for a lock


class Trouble(Enum):
    """Why the pair cannot be stored."""

    LOCKED = "database locked"
    FULL = "disk full"
    NO_ROOM = "disk full, no room for a file either"


def refused(world: World) -> Figures:
    """Each trouble passes by itself in time, or outlasts the process, which is killed."""
    figures = Figures("database locked, disk full")
    accounts = [links.link(world.sandbox, provider) for provider in PROVIDERS]
    for _round in world.effort.rounds(1):
        for account in accounts:
            for trouble in Trouble:
                for passes in (True, False):
                    _refuse(world, figures, account, trouble, passes=passes)
    return figures


def _refuse(world: World, figures: Figures, account: LinkedAccount, trouble: Trouble, *, passes: bool) -> None:
    what = f"{account.provider}, {trouble.value}, {'for a moment' if passes else 'and then killed'}"
    before = _stored(account)
    links.expire(account)
    world.witness.forget()
    code = children.joined(children.start(refresh_under, account.pk, trouble, passes))
    figures.faults += 1
    figures.schedules += 1
    if code != (0 if passes else KILLED):
        figures.violated(f"{what}: the process ended with {code}")
    if passes == (_stored(account) == before):
        figures.violated(f"{what}: the pair was {'not ' if passes else ''}stored")
    on_disk = account.pk in spill.waiting()
    if on_disk != (not passes and trouble is not Trouble.NO_ROOM):
        figures.violated(f"{what}: {'a' if on_disk else 'no'} file waits")
    time.sleep(SHORT_LEASE)
    asked = world.witness.refreshes
    _next_use(world, figures, account, what)
    if world.witness.refreshes != asked and (passes or on_disk):
        figures.violated(f"{what}: the provider was asked although the pair was there")
    figures.refreshes += world.witness.refreshes
    may_end = trouble is Trouble.NO_ROOM and not passes and account.provider == "sipgate"
    if links.judge(figures, world.sandbox, account, what, may_end=may_end) is Fate.ENDED:
        links.relink(world.sandbox, account)


def _next_use(world: World, figures: Figures, account: LinkedAccount, what: str) -> None:
    children.shorten()
    try:
        tokens.fresh_access_token(links.fresh(account))
    except ProviderError as error:
        if links.fate(world.sandbox, account) is not Fate.ENDED:
            figures.violated(f"{what}: the next use got {error}")


def _stored(account: LinkedAccount) -> str:
    token = Token.objects.get(account=account)
    return "\n".join(secret.reveal(token.purpose) for secret in (token.refresh_token, token.access_token))


def refresh_under(account_id: int, trouble: Trouble, passes: bool) -> None:
    """In a child: refresh, with the trouble beginning as soon as the answer is there."""
    children.shorten()
    token_store.STORE_WITHIN, token_store.FIRST_PAUSE = (10.0, 0.05) if passes else (0.2, 0.05)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    keep = token_store.keep

    def troubled(*arguments: Any) -> Kept:
        end = _begin(trouble)
        if passes:
            threading.Timer(SOON, end).start()
            return keep(*arguments)
        keep(*arguments)
        return children.die()

    token_store.__dict__["keep"] = troubled
    tokens.fresh_access_token(LinkedAccount.objects.select_related("client").get(pk=account_id))


def _begin(trouble: Trouble) -> Callable[[], object]:
    """Start a trouble; gives what ends it."""
    if trouble is Trouble.LOCKED:
        return _lock()
    limit = 0 if trouble is Trouble.NO_ROOM else TOO_SMALL
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    trouble_is_over = threading.Event()

    def end() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        trouble_is_over.set()

    if connection.vendor != "sqlite":  # the server writes, and its disk is not ours to fill
        connection.execute_wrappers.append(_full_unless(trouble_is_over))
    return end


def _lock() -> Callable[[], object]:
    """Another connection holds what the UPDATE needs."""
    if connection.vendor == "sqlite":
        connection.close()
        connection.settings_dict["OPTIONS"]["timeout"] = DATABASE_PATIENCE / 1000
        other = sqlite3.connect(
            str(settings.DATABASES["default"]["NAME"]), isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")
        return other.close
    import psycopg

    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout={DATABASE_PATIENCE}")
    second = psycopg.connect(os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"))
    second.execute("LOCK TABLE telephony_token IN EXCLUSIVE MODE")
    return second.close


def _full_unless(over: threading.Event) -> Any:
    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and not over.is_set():
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, params, many, context)

    return refuse
