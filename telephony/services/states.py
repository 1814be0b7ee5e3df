"""The one place that decides which state a linked account is in. Every change is stored with its reason and leaves an event."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import override

from telephony.core.errors import ProviderError
from telephony.models import EventKind, LinkedAccount, LinkState
from telephony.services import events

if TYPE_CHECKING:
    from accounts.models import User

_EVENT_OF = {
    LinkState.ACTIVE: EventKind.RECOVERED,
    LinkState.DELAYED: EventKind.FAILED,
    LinkState.NEEDS_RELINKING: EventKind.NEEDS_RELINKING,
}


def works(account: LinkedAccount) -> None:
    """A request for data succeeded: note the use, and leave *delayed* if the account was there."""
    now = timezone.now()
    account.last_used_at = now
    LinkedAccount.objects.filter(pk=account.pk).update(last_used_at=now)
    recovered(account)


def recovered(account: LinkedAccount) -> None:
    """The provider answers again. Staff's *disabled* is never overruled."""
    if account.link_state is LinkState.DELAYED:
        _move(account, LinkState.ACTIVE, "")


def repaired(account: LinkedAccount) -> None:
    """A token pair was found that had been thought lost: what was believed without it does not count any more."""
    if account.link_state in (LinkState.DELAYED, LinkState.NEEDS_RELINKING):
        _move(account, LinkState.ACTIVE, "")


def delayed(account: LinkedAccount, error: ProviderError, retry_at: datetime | None) -> None:
    """No access for now: keep trying. Never moves an account out of *needs re-linking* or *disabled*."""
    note_error(account, error)
    if account.link_state in (LinkState.ACTIVE, LinkState.DELAYED):
        _move(account, LinkState.DELAYED, sentence_of(error), retry_at)


def needs_relinking(account: LinkedAccount, reason: str) -> None:
    """The grant is over: only the person can mend this. `reason` is an English sentence."""
    if account.link_state is not LinkState.DISABLED:
        _move(account, LinkState.NEEDS_RELINKING, reason)


def note_error(account: LinkedAccount, error: ProviderError) -> None:
    """Keep the last error in words, for the account's page and the support desk."""
    account.last_error, account.last_error_at = sentence_of(error)[:400], timezone.now()
    LinkedAccount.objects.filter(pk=account.pk).update(
        last_error=account.last_error, last_error_at=account.last_error_at
    )


def sentence_of(error: ProviderError) -> str:
    """The error's sentence in English: what is stored is read by staff, and translated where it is shown from a code."""
    with override("en"):
        return error.sentence


def switch_off(account: LinkedAccount, actor: User) -> bool:
    """Staff disable an account: nothing is read and no token renewed until they enable it. False where there was nothing to do."""
    return _switch(account, actor, LinkState.DISABLED, [LinkState.ACTIVE, LinkState.DELAYED, LinkState.NEEDS_RELINKING])


def switch_on(account: LinkedAccount, actor: User) -> bool:
    """Staff enable an account again; whether it still works shows at the next request. False where there was nothing to do."""
    return _switch(account, actor, LinkState.ACTIVE, [LinkState.DISABLED])


def _switch(account: LinkedAccount, actor: User, state: LinkState, allowed: list[LinkState]) -> bool:
    columns = {"state": state, "state_reason": "", "state_since": timezone.now(), "retry_at": None}
    if not LinkedAccount.objects.filter(pk=account.pk, state__in=allowed).update(**columns):
        return False
    account.state = state
    events.record(EventKind.ENABLED if state is LinkState.ACTIVE else EventKind.DISABLED, account, actor=actor)
    return True


def _move(account: LinkedAccount, state: LinkState, reason: str, retry_at: datetime | None = None) -> None:
    """The row decides, not our copy: what staff have disabled or somebody is unlinking meanwhile stays as it is."""
    changed = account.link_state is not state
    columns: dict[str, object] = {"state": state, "state_reason": reason[:300], "retry_at": retry_at}
    if changed:
        columns["state_since"] = timezone.now()
    row = LinkedAccount.objects.filter(pk=account.pk)
    if not row.exclude(state__in=[LinkState.DISABLED, LinkState.UNLINKING]).update(**columns):
        account.state = row.values_list("state", flat=True).first() or LinkState.UNLINKING
        return
    for name, value in columns.items():
        setattr(account, name, value)
    if changed:
        events.record(_EVENT_OF[state], account, reason)
