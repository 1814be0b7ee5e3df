"""Doing what a person asked for at most once, and noting the truth about it.

    act, is_new = register(Message(user=..., account=..., idempotency_key=form_key, ...))
    perform(act, lambda client: client.send_text(...))      # gives Accepted; does nothing where somebody else has claimed it

The row is stored before the provider is asked, and claimed by a conditional UPDATE, so of two that try, one asks. There is no second
attempt of any kind. A process that dies between claim and answer leaves a row that `settle_lost` turns into *unknown*.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from telephony.core.client import ProviderClient
from telephony.core.errors import OutcomeUnknown, ProviderError, RoleMissing, ScopeMissing, Unreachable
from telephony.core.write_errors import NeverTried, is_outcome_unknown
from telephony.models.acts import LOST_AFTER, Act, ActState
from telephony.services import gateway

ActT = TypeVar("ActT", bound=Act)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A provider's yes: its id of what it made ("" where it tells none), and when to look first what became of it."""

    remote_id: str = ""
    state: ActState = ActState.ACCEPTED
    next_check_at: datetime | None = None


def new_key() -> str:
    """An idempotency key for a form that is shown."""
    return secrets.token_urlsafe(24)


def register(act: ActT) -> tuple[ActT, bool]:
    """Store a new act, or give the person's earlier one with the same key; the second value tells which."""
    try:
        with transaction.atomic():
            act.save(force_insert=True)
    except IntegrityError:
        earlier = type(act)._default_manager.filter(user=act.user_id, idempotency_key=act.idempotency_key).first()
        if earlier is None:
            raise  # another constraint
        return earlier, False
    return act, True


def claim(act: Act) -> bool:
    """Whether this caller, and no other, may ask the provider."""
    now = timezone.now()
    claimed = _rows(act).filter(state=ActState.QUEUED).update(state=ActState.ASKING, claimed_at=now)
    if claimed:
        act.state, act.claimed_at = ActState.ASKING.value, now
    return bool(claimed)


def perform(act: Act, work: Callable[[ProviderClient], Accepted]) -> bool:
    """Ask the provider, if nobody has; `work` makes one write and nothing else. What happened is in the row; False if not claimed.

    Never raises ProviderError. Any other exception is a fault of ours, and leaves the row to `settle_lost`: it may have been sent.
    """
    if not claim(act):
        act.refresh_from_db()
        return False
    try:
        writing = gateway.open_for_writing(act.account)
    except ProviderError as error:
        _fail(act, _before_writing(error), ActState.FAILED)
        return True
    try:
        accepted = gateway.write_once(writing, work)
    except ProviderError as error:
        _fail(act, error, ActState.UNKNOWN if is_outcome_unknown(error) else ActState.FAILED)
        return True
    _settle(act, accepted.state, None, remote_id=accepted.remote_id[:191], next_check_at=accepted.next_check_at)
    return True


def settle_lost(model: type[Act]) -> int:
    """Settle what its worker never did: claimed ones are unknown, unclaimed ones were never sent. Gives how many there were."""
    now = timezone.now()
    old = now - LOST_AFTER
    claimed = model._default_manager.filter(state=ActState.ASKING, claimed_at__lt=old)
    unknown = claimed.update(state=ActState.UNKNOWN, error_code=OutcomeUnknown.code, settled_at=now)
    waiting = model._default_manager.filter(state=ActState.QUEUED, asked_at__lt=old)
    return unknown + waiting.update(state=ActState.FAILED, error_code=NeverTried.code, settled_at=now)


def _before_writing(error: ProviderError) -> ProviderError:
    """The error of a preparation, such as renewing the token: however unclear its own end, the write was not tried."""
    return Unreachable(error.provider, error.operation) if is_outcome_unknown(error) else error


def _fail(act: Act, error: ProviderError, state: ActState) -> None:
    _settle(act, state, error)


def _settle(act: Act, state: ActState, error: ProviderError | None, **columns: object) -> None:
    """Note the answer. It is the truth even where the act has been given up meanwhile; a row that is gone stays gone."""
    columns |= {
        "state": state.value,
        "settled_at": timezone.now(),
        "error_code": error.code if error else "",
        "error_status": error.status if error else None,
        "error_missing": _missing(error),
        "error_seconds": round(error.retry_after) if error and error.retry_after else None,
        "request_id": error.request_id if error else "",
    }
    for name, value in columns.items():
        setattr(act, name, value)
    _rows(act).update(**columns)


def _missing(error: ProviderError | None) -> list[str]:
    if isinstance(error, ScopeMissing):
        return list(error.scopes)
    return [error.role] if isinstance(error, RoleMissing) and error.role else []


def _rows(act: ActT) -> QuerySet[ActT]:
    return type(act)._default_manager.filter(pk=act.pk)
