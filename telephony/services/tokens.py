"""Fresh credentials for a linked account: one refresher at a time across threads, processes and machines.

The lease is a conditional UPDATE, so it works the same on SQLite and PostgreSQL, and no transaction is held while the provider answers.
It is counted by the database's clock, since the machines' own clocks may differ. The order is: lease; write-ahead note; the request; one
guarded UPDATE with the new pair, committed; use. docs/reliability explains why.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from telephony.core.client_config import ClientConfig
from telephony.core.errors import (
    ClientRejected,
    GrantEnded,
    NotAnswering,
    OutcomeUnknown,
    ProviderError,
    ServerFault,
    TryLater,
    Unreachable,
    UnusableReply,
)
from telephony.core.oauth import TokenSet, basic_header
from telephony.models import CredentialKind, EventKind, LinkedAccount, SecretUnreadable, Token
from telephony.models.encrypted import fingerprint
from telephony.services import events, failures, states, token_store
from telephony.services.credentials import open_access_token, open_refresh_token, token_of
from telephony.services.environments import environment_of
from telephony.services.held_signals import stops_wait
from telephony.services.hosts import HostGuard, guard_for
from telephony.services.token_store import Kept

log = logging.getLogger(__name__)

MARGIN = timedelta(seconds=60)  # refresh this long before the access token ends, whatever its lifetime
EARLY_SHARE = 0.4  # the worker refreshes in the last two fifths of the lifetime, so that pages hardly ever have to
LEASE = timedelta(seconds=90)  # begins anew with each of two requests; far longer than the HTTP door's total deadline
WAIT_FOR_OTHER = 25.0  # seconds to wait for another refresher
POLL = 0.05  # seconds
REPEAT_AFTER = 2.0  # seconds before the one repeat after an answer that was lost
# After these the provider may have replaced the refresh token without our learning the new one.
LOST_ANSWERS = (OutcomeUnknown, ServerFault, UnusableReply)
COOLDOWN_FIRST = 10.0  # seconds; doubles with each failure
COOLDOWN_LONGEST = 900.0


def authorization_header(account: LinkedAccount) -> str:
    """The Authorization header to use now, refreshed if it is about to end. Raises GrantEnded, ClientRejected, TryLater."""
    token = token_of(account)
    if token.kind == CredentialKind.PERSONAL:
        token_id, _colon, secret = open_access_token(account, token).partition(":")
        return basic_header(token_id, secret)
    return "Bearer " + fresh_access_token(account)


def fresh_access_token(account: LinkedAccount, *, margin: timedelta = MARGIN, rejected: str = "") -> str:
    """An access token that is valid for `margin`.

    `rejected` is a token that the API has just refused: if it is still the stored one it is refreshed, whatever its expiry.
    Raises GrantEnded (needs re-linking), ClientRejected (staff must act), TryLater (cool-down, or the provider is away).
    """
    deadline = time.monotonic() + WAIT_FOR_OTHER
    while True:
        token = token_of(account)
        access_token = open_access_token(account, token)
        if token.valid_for(margin) and access_token != rejected:
            return access_token
        if token_store.replay(account.pk):
            continue
        still_works = token.valid_for(timedelta(0)) and access_token != rejected
        if _cooling_down(token):
            if still_works:
                return access_token
            raise _cool_down_error(account, token)
        owner = str(uuid.uuid4())
        if _take_lease(account, token, owner):
            return _refresh_as(owner, account, margin, rejected)
        if still_works:
            return access_token  # somebody else is refreshing, and this one still works
        if time.monotonic() > deadline:
            raise Unreachable(account.provider_name, "waiting for another refresh")
        time.sleep(POLL)


def due_for_refresh(token: Token, idle: timedelta, now: datetime) -> bool:
    """Whether the worker should refresh ahead of need: late in the access token's life, or because the link has been idle."""
    if (
        token.kind != CredentialKind.OAUTH
        or not token.refresh_token
        or token.expires_at is None
        or _cooling_down(token)
    ):
        return False
    in_use = token.account.last_used_at is not None and token.account.last_used_at > token.obtained_at
    return now >= token.obtained_at + idle or (in_use and token.expires_at - _early(token) <= now)


def renew_early(account: LinkedAccount) -> None:
    """Renew a token that `due_for_refresh`, unless somebody else just has. Raises as `fresh_access_token` does."""
    fresh_access_token(account, margin=_early(token_of(account)) + MARGIN)


def _early(token: Token) -> timedelta:
    return EARLY_SHARE * (token.expires_at - token.obtained_at) if token.expires_at else timedelta(0)


def _cooling_down(token: Token) -> bool:
    return token.cooldown_until is not None and token.cooldown_until > timezone.now()


def _cool_down_error(account: LinkedAccount, token: Token) -> TryLater:
    until = token.cooldown_until or timezone.now()
    seconds = (until - timezone.now()).total_seconds()
    return TryLater(account.provider_name, "refreshing the access token", retry_after=seconds, detail="cooling down")


def _take_lease(account: LinkedAccount, token: Token, owner: str) -> bool:
    """True if this process is now the one refresher of this generation."""
    if not token.refresh_token:
        states.needs_relinking(account, "The access token has ended and the provider gave no refresh token.")
        raise GrantEnded(account.provider_name, "refreshing the access token", detail="no refresh token is stored")
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    this_generation = Token.objects.filter(free, pk=token.pk, generation=token.generation)
    # Durable: inside somebody's transaction neither the lease nor, later, the new pair would be committed. Better fail here.
    with transaction.atomic(durable=True):
        return bool(this_generation.update(lease_owner=owner, lease_until=Now() + LEASE))


def _refresh_as(owner: str, account: LinkedAccount, margin: timedelta, rejected: str) -> str:
    """Refresh while holding the lease; the row is read again first, since it may have changed before the lease was ours."""
    token = token_of(account)
    access_token = open_access_token(account, token)
    if token.lease_owner != owner or (token.valid_for(margin) and access_token != rejected):
        _release(token, owner)
        return access_token
    guard = _guard(account)
    try:
        with stops_wait():
            tokens = _request(account, token, owner, guard)
            kept = token_store.keep(account, token, tokens)
    except LeaseLost:
        return fresh_access_token(account, margin=margin, rejected=rejected)
    except GrantEnded as error:
        return _after_refusal(account, token, owner, error)
    except ProviderError as error:
        _cool_down(account, token, owner, error)
        raise
    finally:
        guard.flush()  # only now: what was received is kept first
    return _use(account, tokens, kept)


def _guard(account: LinkedAccount) -> HostGuard:
    try:
        origins = environment_of(account).origins
    except LookupError:
        origins = frozenset()  # `_request` says what is wrong
    return guard_for(account, origins)


class LeaseLost(Exception):
    """Somebody else has the lease, or the tokens were replaced, before our request left. Nothing was sent."""


def _request(account: LinkedAccount, token: Token, owner: str, guard: HostGuard) -> TokenSet:
    """Send the refresh token; once more when the answer was lost, since providers with a grace repeat it."""
    refresh_token = open_refresh_token(account, token)
    endpoint = _config(account).token_endpoint(guard)
    _note_attempt(token, owner, refresh_token)
    try:
        return endpoint.refresh(refresh_token)
    except LOST_ANSWERS as error:
        token.attempt_fingerprint = fingerprint(refresh_token)
        if error.retry_after:
            raise
        time.sleep(REPEAT_AFTER)
    _note_attempt(token, owner, refresh_token)
    return endpoint.refresh(refresh_token)


def _note_attempt(token: Token, owner: str, refresh_token: str) -> None:
    """Commit what is about to be sent, and begin the lease anew; a process that had slept may have lost it. Raises LeaseLost."""
    ours = Token.objects.filter(pk=token.pk, generation=token.generation, lease_owner=owner)
    if not ours.update(
        attempt_fingerprint=fingerprint(refresh_token), attempt_started_at=timezone.now(), lease_until=Now() + LEASE
    ):
        raise LeaseLost(str(token.pk))


def _config(account: LinkedAccount) -> ClientConfig:
    try:
        if account.client is None:
            raise LookupError("the OAuth client is gone")
        return account.client.config()
    except (SecretUnreadable, LookupError) as error:
        raise ClientRejected(account.provider_name, "refreshing the access token", detail=str(error)) from error


def _use(account: LinkedAccount, tokens: TokenSet, kept: Kept) -> str:
    """What to use after a refresh: its access token, once that is where a crash cannot take it away."""
    if kept is Kept.REPLACED:
        log.warning("%s: a refreshed token arrived after the link had been replaced", account)
        if not LinkedAccount.objects.filter(pk=account.pk).exists():
            _revoke(account, tokens)
        return fresh_access_token(account)
    if kept is Kept.WAITS_IN_MEMORY:
        raise TryLater(account.provider_name, "storing the renewed access token", detail="database and disk refuse it")
    if kept is Kept.STORED:
        states.recovered(account)
        events.record(EventKind.REFRESHED, account)
    return tokens.access_token


def _revoke(account: LinkedAccount, tokens: TokenSet) -> None:
    """The account was unlinked while the provider answered: what it has given then must not live on, as far as we can tell it."""
    try:
        endpoint = _config(account).token_endpoint()
        if endpoint.endpoints.revoke and tokens.refresh_token:
            endpoint.revoke(tokens.refresh_token, "refresh_token")
    except ProviderError as error:
        log.warning("%s: tokens that arrived after unlinking could not be revoked: %s", account, error)


def _after_refusal(account: LinkedAccount, token: Token, owner: str, error: GrantEnded) -> str:
    """Believe the end of a grant only after one more look: if somebody else has refreshed meanwhile, theirs counts."""
    if token_store.replay(account.pk) or token_of(account).generation != token.generation:
        return fresh_access_token(account)
    _release(token, owner)
    failures.keep(account, error)
    states.note_error(account, error)
    states.needs_relinking(
        account,
        "The provider refused the refresh token after an earlier answer had been lost on the way."
        if token.attempt_fingerprint
        else "The provider refused the refresh token: it was revoked, or it had expired.",
        generation=token.generation,
    )
    raise error


def _cool_down(account: LinkedAccount, token: Token, owner: str, error: ProviderError) -> None:
    """No further attempt for a while. The attempt's note stays only where its answer may have been lost."""
    not_asked = isinstance(error, NotAnswering)  # then the pause is that of the host, and grows there
    doubled = min(COOLDOWN_LONGEST, COOLDOWN_FIRST * 2 ** min(token.failures, 10)) * random.uniform(0.8, 1.2)  # noqa: S311  # jitter
    pause = 0.0 if not_asked else doubled
    until = timezone.now() + timedelta(seconds=max(pause, error.retry_after or 0))
    if isinstance(error, LOST_ANSWERS):
        token.attempt_fingerprint = fingerprint(open_refresh_token(account, token))
    Token.objects.filter(pk=token.pk, lease_owner=owner).update(
        failures=F("failures") + (0 if not_asked else 1),
        cooldown_until=until,
        lease_owner="",
        lease_until=None,
        attempt_fingerprint=token.attempt_fingerprint,
    )
    failures.keep(account, error)
    states.delayed(account, error, until)


def _release(token: Token, owner: str) -> None:
    Token.objects.filter(pk=token.pk, lease_owner=owner).update(lease_owner="", lease_until=None)
