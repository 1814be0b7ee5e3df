"""Which of several telephone systems a linked account reads, where the same credentials reach more than one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from telephony.core.registry import find_spec
from telephony.core.types import TelephoneSystem
from telephony.models import (
    BalanceReading,
    Call,
    EventKind,
    Extension,
    LinkedAccount,
    Reading,
    SyncState,
    TallyBook,
)
from telephony.services import events
from telephony.services.sync import ensure_states

if TYPE_CHECKING:
    from accounts.models import User

# Calls last: nobody counts or syncs them any more when they go.
KEPT_OF_A_SYSTEM = (SyncState, TallyBook, Reading, BalanceReading, Extension, Call)


class NoSuchSystem(LookupError):
    """The credentials do not reach a telephone system with this key."""


def systems_of(account: LinkedAccount) -> tuple[TelephoneSystem, ...]:
    """The systems to choose among, as they were seen last; one or none where there is no choice."""
    spec = find_spec(account.provider)
    return spec.systems(account.client_keys) if spec else ()


def choose_system(account: LinkedAccount, key: str, *, actor: User) -> TelephoneSystem:
    """Read another system from now on, and forget here what was read of the one before. Raises NoSuchSystem.

    All in one transaction. A worker that is reading calls at this moment has lost its log, and stores nothing more.
    """
    system = next((one for one in systems_of(account) if one.key == key), None)
    if system is None:
        raise NoSuchSystem(key)
    if system.is_read:
        return system
    with transaction.atomic():
        LinkedAccount.objects.filter(pk=account.pk).update(
            chosen_system=key, facts={}, observed={}, next_refresh_at=timezone.now()
        )
        for model in KEPT_OF_A_SYSTEM:
            model._default_manager.filter(account=account).delete()
        account.refresh_from_db()
        ensure_states(account)
        events.record(EventKind.SYSTEM_CHOSEN, account, system.name, actor=actor)
    return system
