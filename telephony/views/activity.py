"""What happened to a person's links, and what staff did or looked at: she sees all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.views import signed_in
from telephony import selectors
from telephony.models import AccountEvent, EventKind
from telephony.services.retelling import retold

# Token refreshes are many and tell nothing; they stay out.
ROUTINE = (EventKind.REFRESHED,)
SHOWN = 100
BAD = (EventKind.FAILED, EventKind.NEEDS_RELINKING, EventKind.REFUSED)
BY_STAFF = (EventKind.VIEWED, EventKind.CALLS_VIEWED, EventKind.TESTED, EventKind.DISABLED, EventKind.ENABLED)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the page, as the timeline draws it."""

    title: str
    time: datetime
    text: str
    tone: str


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """The newest events of all her accounts, those that are gone included."""
    person = signed_in(request)
    found = selectors.events(person).exclude(kind__in=ROUTINE)[:SHOWN]
    return render(request, "telephony/activity.html", {"events": [_happening(event, person) for event in found]})


def _happening(event: AccountEvent, person: User) -> Happening:
    kind = EventKind(event.kind)
    by_staff = kind in BY_STAFF or (event.actor_id is not None and event.actor_id != person.pk)
    texts = [retold(event.sentence)]
    if kind is EventKind.CALLS_VIEWED:
        texts = [_("The reason given: %(reason)s") % {"reason": event.sentence}]
    if by_staff:
        texts.append(_("By the support desk."))
    tone = "danger" if kind in BAD else "warn" if kind is EventKind.CALLS_VIEWED else "neutral"
    return Happening(f"{kind.label}: {event.label}", event.at, " ".join(filter(None, texts)), tone)
