"""When a sent text is looked after next, and which ones are taken up again when an account can be asked once more."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from telephony.core.texts import TextStatus
from telephony.models import ActState, LinkedAccount, LinkState, Message

CHECKS = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 30, 120, 600, 3600, 21_600, 86_400))
"""How long to wait after each look; after the last one nothing more is learned."""
TAKEN_UP_FOR = timedelta(days=30)  # older texts are left as they are

_UNFOLLOWED = Q(state=ActState.UNKNOWN, checks=0, next_check_at=None)
_USABLE = Q(account__state__in=[LinkState.ACTIVE, LinkState.DELAYED])


def due() -> QuerySet[Message]:
    """Texts to look after now. Those of an account that cannot be asked wait until it can."""
    return Message.objects.filter(Q(next_check_at__lte=timezone.now()) | _UNFOLLOWED, _USABLE)


def take_up(account: LinkedAccount) -> int:
    """Follow texts again that were given up for want of access, now that the person has agreed to more; gives how many."""
    now, rules = timezone.now(), account.spec.texts
    open_ended = Message.objects.filter(
        account=account,
        state__in=[ActState.ACCEPTED, ActState.UNKNOWN],
        next_check_at=None,
        checks__lte=len(CHECKS),
        asked_at__gt=now - TAKEN_UP_FOR,
    )
    if rules is None or not rules.tells_delivery:
        open_ended = open_ended.exclude(delivery=TextStatus.SENT)
    planned = open_ended.filter(send_at__gt=now).update(next_check_at=F("send_at") + CHECKS[0])
    return planned + open_ended.update(next_check_at=now)
