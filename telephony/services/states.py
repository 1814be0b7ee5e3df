"""The one place that decides which state a linked account is in; nothing else writes it.

Every change is one conditional UPDATE together with its event, in one transaction: the row decides, not the copy that a request has held
for a while. `ALLOWED_FROM` is the whole machine.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from telephony.core.errors import ProviderError
from telephony.models import EventKind, LinkedAccount, LinkState
from telephony.services import events

if TYPE_CHECKING:
    from accounts.models import User

# From which states each state may be reached. Whatever staff or an unlinking have decided is left by their own verbs only.
ALLOWED_FROM: dict[EventKind, frozenset[LinkState]] = {
    EventKind.RECOVERED: frozenset({LinkState.DELAYED, LinkState.NEEDS_RELINKING}),  # the latter by `repaired` only
    EventKind.FAILED: frozenset({LinkState.ACTIVE, LinkState.DELAYED}),
    EventKind.NEEDS_RELINKING: frozenset({LinkState.ACTIVE, LinkState.DELAYED, LinkState.NEEDS_RELINKING}),
    EventKind.DISABLED: frozenset({LinkState.ACTIVE, LinkState.DELAYED, LinkState.NEEDS_RELINKING}),
    EventKind.ENABLED: frozenset({LinkState.DISABLED}),
    EventKind.UNLINKING: frozenset(LinkState),
}
_LEADS_TO = {
    EventKind.RECOVERED: LinkState.ACTIVE,
    EventKind.FAILED: LinkState.DELAYED,
    EventKind.NEEDS_RELINKING: LinkState.NEEDS_RELINKING,
    EventKind.DISABLED: LinkState.DISABLED,
    EventKind.ENABLED: LinkState.ACTIVE,
    EventKind.UNLINKING: LinkState.UNLINKING,
}
SOON = timedelta(minutes=1)  # when the next attempt is told where the worker is behind its plan


def works(account: LinkedAccount) -> None:
    """A request for data succeeded: note the use, and leave *delayed* if the account was there."""
    now = timezone.now()
    account.last_used_at = now
    LinkedAccount.objects.filter(pk=account.pk).update(last_used_at=now)
    recovered(account)


def recovered(account: LinkedAccount) -> None:
    """The provider answers again. Staff's *disabled* is never overruled."""
    if account.link_state is LinkState.DELAYED:
        _move(EventKind.RECOVERED, account, only_from=frozenset({LinkState.DELAYED}))


def repaired(account: LinkedAccount) -> None:
    """A token pair was found that had been thought lost: what was believed without it does not count any more."""
    if account.link_state in (LinkState.DELAYED, LinkState.NEEDS_RELINKING):
        _move(EventKind.RECOVERED, account)


def delayed(account: LinkedAccount, error: ProviderError, retry_at: datetime | None) -> None:
    """No access for now: keep trying. Never moves an account out of *needs re-linking* or *disabled*.

    Without `retry_at` the next attempt is when the provider asked for it, else the next planned reading.
    """
    note_error(account, error)
    _move(EventKind.FAILED, account, sentence_of(error), retry_at=retry_at or _next_attempt(account, error))


def needs_relinking(account: LinkedAccount, reason: str, *, generation: int | None = None) -> None:
    """The grant is over: only the person can mend this. `reason` is an English sentence.

    With `generation`, only while the token of that generation is the stored one: whoever has linked again meanwhile is not told so.
    """
    _move(EventKind.NEEDS_RELINKING, account, reason, generation=generation)


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
    return _move(EventKind.DISABLED, account, actor=actor)


def switch_on(account: LinkedAccount, actor: User) -> bool:
    """Staff enable an account again; whether it still works shows at the next request. False where there was nothing to do."""
    return _move(EventKind.ENABLED, account, actor=actor)


def unlinking(account: LinkedAccount, actor: User | None = None) -> None:
    """From now on nothing is read any more, whatever becomes of the unlinking; it can be started again."""
    _move(EventKind.UNLINKING, account, actor=actor)


def linked(account: LinkedAccount) -> None:
    """A finished linking begins the account's life anew. The caller, who holds the row, saves it and records the event."""
    account.state, account.state_reason, account.retry_at = LinkState.ACTIVE, "", None
    account.state_since = timezone.now()


def _next_attempt(account: LinkedAccount, error: ProviderError) -> datetime:
    now = timezone.now()
    if error.retry_after:
        return now + timedelta(seconds=error.retry_after)
    return account.next_refresh_at if account.next_refresh_at > now else now + SOON


def _move(
    kind: EventKind,
    account: LinkedAccount,
    reason: str = "",
    *,
    retry_at: datetime | None = None,
    generation: int | None = None,
    actor: User | None = None,
    only_from: frozenset[LinkState] | None = None,
) -> bool:
    """Follow one arrow of the machine; False where it does not begin at the row's state, which our copy then shows."""
    state = _LEADS_TO[kind]
    found = LinkedAccount.objects.filter(pk=account.pk, state__in=only_from or ALLOWED_FROM[kind])
    if generation is not None:
        found = found.filter(token__generation=generation)
    columns: dict[str, object] = {"state_reason": reason[:300], "retry_at": retry_at}
    with transaction.atomic():
        # Two updates, so that of several at once only one is the change and leaves an event.
        changed = bool(found.exclude(state=state).update(state=state, state_since=timezone.now(), **columns))
        if changed:
            events.record(kind, account, reason, actor=actor)
        moved = changed or bool(found.filter(state=state).update(**columns))
    _look_again(account)
    return changed if kind in (EventKind.DISABLED, EventKind.ENABLED) else moved


def _look_again(account: LinkedAccount) -> None:
    """Show in our copy what the row says now; a row that is gone is as good as one that is being unlinked."""
    names = ("state", "state_reason", "state_since", "retry_at")
    stored = LinkedAccount.objects.filter(pk=account.pk).values(*names).first() or {"state": LinkState.UNLINKING}
    for name, value in stored.items():
        setattr(account, name, value)
