"""The one place that decides which state a linked account is in. Every change is stored with its reason and leaves an event."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from telephony.core.errors import ProviderError
from telephony.models import EventKind, LinkedAccount, LinkState
from telephony.services import events

_EVENT_OF = {
    LinkState.ACTIVE: EventKind.RECOVERED,
    LinkState.DELAYED: EventKind.FAILED,
    LinkState.NEEDS_RELINKING: EventKind.NEEDS_RELINKING,
    LinkState.DISABLED: EventKind.DISABLED,
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


def _move(account: LinkedAccount, state: LinkState, reason: str, retry_at: datetime | None = None) -> None:
    changed = account.link_state is not state
    account.state, account.state_reason, account.retry_at = state, reason[:300], retry_at
    if changed:
        account.state_since = timezone.now()
    account.save(update_fields=["state", "state_reason", "state_since", "retry_at"])
    if changed:
        events.record(_EVENT_OF[state], account, reason)
