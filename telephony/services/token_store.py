"""Committing a received token pair, whatever the database does: it is never thrown away while its link exists.

A pair goes into the database by one guarded UPDATE. If the database refuses (locked, full, gone), it goes into a sealed file first, is
held in memory if there is no room for a file either, and is stored by whoever next comes by: this process, another one of this machine
that needs the token, or the worker's clock.
"""

from __future__ import annotations

import logging
import time
from enum import Enum

from django.db import Error, connection, transaction
from django.db.models import F

from telephony.core.oauth import TokenSet
from telephony.models import LinkedAccount, Token
from telephony.models.encrypted import fingerprint
from telephony.services import log_schedule, spill, states, text_schedule
from telephony.services.credentials import token_columns
from telephony.services.spill import SpilledPair

log = logging.getLogger(__name__)

STORE_WITHIN = 15.0  # seconds of further tries when the database has refused a pair
FIRST_PAUSE = 0.25  # seconds between two tries; doubles

_held: dict[int, SpilledPair] = {}
"""Pairs by account that neither the database nor the disk would take."""


class Kept(Enum):
    """What became of a received pair."""

    STORED = "stored"
    WAITS_ON_DISK = "waits on disk"  # safe, and stored in the database as soon as that is possible
    WAITS_IN_MEMORY = "waits in memory"  # must not be used: only this process knows it
    REPLACED = "replaced"  # the account has been linked again, or unlinked, meanwhile


def keep(account: LinkedAccount, token: Token, tokens: TokenSet) -> Kept:
    """Commit the pair that was received for `token` as it was read, and hold on to it where that fails."""
    pair = SpilledPair(account.pk, token.generation, tokens)
    try:
        return _commit(account, pair)
    except Error as error:
        log.error("%s: the database refused a renewed token pair: %s", account, error)
    kept = _put_aside(account, pair)
    pause, deadline = FIRST_PAUSE, time.monotonic() + STORE_WITHIN
    while time.monotonic() < deadline:
        time.sleep(pause)
        pause *= 2
        if not _waits(account.pk):
            return Kept.STORED  # another process has found the file and stored it
        if replay(account.pk):
            return Kept.STORED
    return kept


def replay(account_id: int) -> bool:
    """Store what waits for an account. True if a pair has just been stored. Never raises for the database or the disk."""
    stored = False
    for pair in _pairs(account_id):
        try:
            account = LinkedAccount.objects.select_related("client").filter(pk=account_id, token__isnull=False).first()
            if account is None or _commit(account, pair) is Kept.REPLACED:
                log.warning("account %s: a pair that had waited is out of date; it is forgotten", account_id)
            else:
                stored = True
                states.repaired(account)
                log.warning("%s: a token pair that had waited is stored now", account)
        except (Error, OSError) as error:
            log.warning("account %s: a token pair goes on waiting: %s", account_id, error)
            _reconnect()
            return stored
        _forget(pair)
    return stored


def replay_all() -> int:
    """Store whatever waits on this machine; gives how many accounts' pairs were stored. For start-up and the worker's clock."""
    return sum(replay(account_id) for account_id in {*_held, *spill.waiting()})


def forget(account_id: int) -> None:
    """The account is gone: nothing of its tokens stays."""
    _held.pop(account_id, None)
    spill.discard(account_id)


def _commit(account: LinkedAccount, pair: SpilledPair) -> Kept:
    """One guarded UPDATE, committed when this returns. Raises django.db.Error; then the old pair is still there."""
    token = Token(account=account)
    with transaction.atomic(durable=True):
        stored = Token.objects.filter(account_id=account.pk, generation=pair.generation).update(
            **token_columns(account.spec, token, pair.tokens),
            generation=F("generation") + 1,
            lease_owner="",
            lease_until=None,
            attempt_fingerprint="",
            attempt_started_at=None,
            failures=0,
            cooldown_until=None,
        )
    if not stored and not _is_there(pair):
        return Kept.REPLACED
    _note_scopes(account, pair.tokens)
    return Kept.STORED


def _is_there(pair: SpilledPair) -> bool:
    """Whether an earlier try has stored it: a connection may break after the COMMIT was carried out."""
    mark = fingerprint(pair.tokens.access_token)
    return Token.objects.filter(account_id=pair.account_id, generation=pair.generation + 1, fingerprint=mark).exists()


def _note_scopes(account: LinkedAccount, tokens: TokenSet) -> None:
    if tokens.scopes is not None and sorted(tokens.scopes) != account.granted_scopes:
        account.granted_scopes = sorted(tokens.scopes)
        account.save(update_fields=["granted_scopes"])
        text_schedule.take_up(account)
        log_schedule.take_up(account)


def _put_aside(account: LinkedAccount, pair: SpilledPair) -> Kept:
    _reconnect()
    try:
        spill.write(pair)
    except OSError as error:
        log.error("%s: no room for the token pair on disk either (%s); it is held in memory", account, error)
        _held[account.pk] = pair
        return Kept.WAITS_IN_MEMORY
    return Kept.WAITS_ON_DISK


def _waits(account_id: int) -> bool:
    return account_id in _held or account_id in spill.waiting()


def _pairs(account_id: int) -> list[SpilledPair]:
    """What waits for an account, oldest first."""
    held = [_held[account_id]] if account_id in _held else []
    try:
        return sorted([*spill.find(account_id), *held], key=lambda pair: pair.generation)
    except OSError as error:
        log.error("The folder of waiting token pairs cannot be read: %s", error)
        return held


def _forget(pair: SpilledPair) -> None:
    if pair.path:
        pair.path.unlink(missing_ok=True)
    elif _held.get(pair.account_id) is pair:
        del _held[pair.account_id]


def _reconnect() -> None:
    """Let the next try have a new connection where this one has broken."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
