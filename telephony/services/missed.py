"""Missed calls that nobody has returned: who called in vain, and has neither been called since nor been spoken with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from telephony.core.number_tallies import TELEPHONY
from telephony.core.types import Direction, Kind, Outcome
from telephony.models import Call, LinkedAccount, MissedCallMark

LONGEST_RINGING = timedelta(hours=1)  # from the start of a call until its last telephone rings, as in a queue
LOOK_BACK = timedelta(days=30)  # older ones are no longer waited for
MOST_LINES = 200
MISSED_KINDS = sorted(kind.value for kind in TELEPHONY)  # sipgate tells a call that left a message as a voicemail alone
IN_VAIN = (Outcome.MISSED.value, Outcome.VOICEMAIL.value)


@dataclass(frozen=True, slots=True)
class Unreturned:
    """A number that is owed a call: its last missed call, and how many there were since the last contact."""

    call: Call
    count: int

    @property
    def digits(self) -> str:
        """What the number is known by."""
        return self.call.caller_digits


def unreturned(user: User, *, since: datetime | None = None, most: int = MOST_LINES) -> list[Unreturned]:
    """One line a number, the latest first. Withheld numbers cannot be called back and are left out.

    A call counts as returned when anybody has called the number from one of the person's accounts since, answered or not, when it has been
    spoken with since, or when the person has ticked it off. Spoken with since is also who was answered in that very call, which the log of
    the company has beside the leg that rang here in vain. Texts and faxes, in whichever direction, are no calls.
    """
    accounts = list(LinkedAccount.objects.filter(user=user).values_list("pk", flat=True))
    since = since or timezone.now() - LOOK_BACK
    missed = Call.objects.filter(
        account__in=accounts,
        outcome__in=IN_VAIN,
        started_at__gte=since,
        direction=Direction.INBOUND.value,
        kind__in=MISSED_KINDS,
        in_own_log=True,
        repeats_own=False,
        deleted_at=None,
    ).exclude(caller_digits="")
    known = Call.objects.filter(account__in=accounts, deleted_at=None, kind=Kind.CALL.value).order_by()
    called = known.filter(callee_digits=OuterRef("caller_digits"), direction=Direction.OUTBOUND.value)
    answered = known.filter(caller_digits=OuterRef("caller_digits"), outcome=Outcome.ANSWERED.value)
    begun_before = answered.filter(
        started_at__lt=OuterRef("started_at"),
        started_at__gte=OuterRef("started_at") - LONGEST_RINGING,
        answered_at__gte=OuterRef("started_at"),
    )
    marked = MissedCallMark.objects.filter(
        user=user, digits=OuterRef("caller_digits"), until__gte=OuterRef("started_at")
    )
    open_ones = (
        missed.exclude(Exists(called.filter(started_at__gt=OuterRef("started_at"))))
        .exclude(Exists(answered.filter(started_at__gte=OuterRef("started_at"))))
        .exclude(Exists(marked))
        .exclude(Exists(begun_before))
    )
    lines = (
        open_ones.order_by()
        .values("caller_digits")
        .annotate(count=Count("started_at", distinct=True), last=Max("started_at"))
        .order_by("-last")[:most]
    )
    by_number = {line["caller_digits"]: (line["count"], line["last"]) for line in lines}
    wanted = Q(pk__in=[])
    for number, (_count, last) in by_number.items():
        wanted |= Q(caller_digits=number, started_at=last)
    found = missed.filter(wanted).defer(*Call.LIST_COLUMNS).select_related("account", "account__client")
    latest = {call.caller_digits: call for call in found.order_by(F("pk"))}
    return [Unreturned(latest[number], count) for number, (count, _last) in by_number.items() if number in latest]


def tick_off(user: User, call: Call) -> None:
    """The missed calls of this call's number are dealt with, up to this one. One that comes later shows again."""
    mark, created = MissedCallMark.objects.get_or_create(
        user=user, digits=call.caller_digits, defaults={"until": call.started_at}
    )
    if not created and mark.until < call.started_at:
        MissedCallMark.objects.filter(pk=mark.pk).update(until=call.started_at, made_at=timezone.now())


def take_back(user: User, call: Call) -> None:
    """They are not dealt with after all."""
    MissedCallMark.objects.filter(user=user, digits=call.caller_digits).delete()
