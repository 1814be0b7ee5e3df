"""Writing account events: every transition of a link leaves one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telephony.models import AccountEvent, EventKind, LinkedAccount

if TYPE_CHECKING:
    from accounts.models import User


def record(
    kind: EventKind, account: LinkedAccount, sentence: str = "", *, actor: User | None = None, gone: bool = False
) -> AccountEvent:
    """Store an event of `account`; `gone` leaves out the reference to a row that is about to be deleted."""
    return AccountEvent.objects.create(
        account=None if gone else account,
        user_id=account.user_id,
        actor=actor,
        kind=kind,
        label=str(account)[:250],
        sentence=sentence[:400],
    )
