"""Telling people things: one event makes one notice and at most one mail, however often it is found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from telephony.models import LinkedAccount, MailState, Notice, NoticeKind, NoticeSettings
from telephony.services.local_times import quiet_until

if TYPE_CHECKING:
    from accounts.models import User

KEPT = timedelta(days=180)
MOST_SHOWN = 100


def settings_of(person: User) -> NoticeSettings:
    """How she wants her notices; the row is made when it is first asked for."""
    settings, _created = NoticeSettings.objects.get_or_create(user=person)
    return settings


def announce(
    person: User,
    kind: NoticeKind,
    event: str,
    facts: dict[str, Any],
    *,
    account: LinkedAccount | None = None,
    settings: NoticeSettings | None = None,
) -> bool:
    """Tell a person of an event, unless she was; True where this call did.

    `event` names it among everything she is told. Her choices are those of now: what she has turned off is noted, so that it is not told
    late when she turns it on again.
    """
    settings = settings or settings_of(person)
    now, by_mail = timezone.now(), settings.by_mail(kind) and person.is_active
    defaults = {
        "account": account,
        "kind": kind.value,
        "facts": facts,
        "made_at": now,
        "on_page": settings.on_page(kind),
        "mail": MailState.WAITING if by_mail else MailState.NONE,
        "due_at": mail_time(settings, person, now) if by_mail else None,
    }
    notice, is_new = Notice.objects.get_or_create(user=person, event=f"{kind}:{event}"[:191], defaults=defaults)
    if is_new and notice.on_page:
        recount([person.pk])
    return is_new


def mail_time(settings: NoticeSettings, person: User, now: datetime) -> datetime:
    """When a mail may go out: now, or when her quiet hours end."""
    return quiet_until(now, settings.quiet_from, settings.quiet_until, ZoneInfo(person.time_zone))


def settle(notices: QuerySet[Notice]) -> None:
    """They are not true any more: no longer open on the page, and mails that still wait are not sent."""
    open_ones = notices.filter(settled_at=None)
    people = list(open_ones.order_by().values_list("user_id", flat=True).distinct())
    if people:
        notices.filter(mail=MailState.WAITING).update(mail=MailState.DROPPED)
        open_ones.update(settled_at=timezone.now())
        recount(people)


def open_notices(account: LinkedAccount, *kinds: NoticeKind) -> QuerySet[Notice]:
    """The notices about an account that still hold."""
    return Notice.objects.filter(account=account, kind__in=[kind.value for kind in kinds], settled_at=None)


def of_person(person: User) -> QuerySet[Notice]:
    """What she sees on her page, the latest first."""
    return Notice.objects.filter(user=person, on_page=True).select_related("account", "account__client")


def mark_seen(person: User, up_to: int | None = None) -> None:
    """She has seen them, up to one; what has come since stays new."""
    unseen = Notice.objects.filter(user=person, seen_at=None)
    (unseen if up_to is None else unseen.filter(pk__lte=up_to)).update(seen_at=timezone.now())
    recount([person.pk])


def recount(people: Iterable[int]) -> None:
    """Write the number that the bell shows to the rows of these people."""
    from accounts.models import User

    unseen = (
        Notice.objects.filter(user=OuterRef("pk"), on_page=True, seen_at=None, settled_at=None)
        .order_by()
        .values("user")
        .annotate(count=Count("pk"))
        .values("count")
    )
    User.objects.filter(pk__in=list(people)).update(
        unseen_notices=Coalesce(Subquery(unseen, output_field=IntegerField()), 0)
    )


def forget_old(person: User, now: datetime) -> None:
    """Notices are kept for half a year."""
    Notice.objects.filter(user=person, made_at__lt=now - KEPT).delete()
