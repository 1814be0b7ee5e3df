"""When call logs that waited for the person are read again."""

from __future__ import annotations

from django.utils import timezone

from telephony.core.errors import TryLater, error_from_code
from telephony.models import LinkedAccount, SyncState


def take_up(account: LinkedAccount) -> int:
    """A new grant answers what the old one was refused: those logs are due at once, not hours later; gives how many.

    A pause that the provider asked for, or that a fault of its own has caused, holds as before.
    """
    now = timezone.now()
    refused = [
        state.pk
        for state in SyncState.objects.filter(account=account).exclude(error_code="").only("pk", "error_code")
        if not isinstance(error_from_code(state.error_code, account.provider_name), TryLater)
    ]
    return SyncState.objects.filter(pk__in=refused).update(next_pass_at=now, failures=0, sentence="", error_code="")
