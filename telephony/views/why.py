"""“Why is my account not updating?”: the page, and the bundle that goes to support."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState
from telephony.services.bundle import bundle
from telephony.services.hosts import outages
from telephony.services.reasons import reason_of
from telephony.services.retelling import retold
from telephony.services.why import explain
from telephony.views.account import own_account
from telephony.views.banners import Banner, banner_of
from telephony.views.outages import troubles_of
from telephony.views.overviews import overview_of

EVENT_TONES = {
    EventKind.LINKED: "ok",
    EventKind.RELINKED: "ok",
    EventKind.RECOVERED: "ok",
    EventKind.ENABLED: "ok",
    EventKind.FAILED: "warn",
    EventKind.NEEDS_RELINKING: "danger",
    EventKind.REFUSED: "warn",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One line of the timeline component."""

    title: str
    text: str
    time: datetime
    tone: str
    icon: str = ""


@login_required
@require_safe
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """State, what was read when, what failed, and what happens next. Asks nobody."""
    account = own_account(request, pk)
    overview, found = overview_of(account), explain(account)
    banner = banner_of(overview)
    refused = account.link_state is LinkState.ACTIVE and any(kind.advice for kind in found.data)
    context = {
        "account": account,
        "overview": overview,
        "reason": _reason(account, refused),
        "banner": banner,
        "next": _("We go on reading the rest on schedule.") if refused else what_next(account),
        "what_to_do": _what_to_do(account, banner),
        "host_troubles": troubles_of(account, outages()),
        "data": found.data,
        "failures": found.failures,
        "events": [_line(event) for event in found.events],
    }
    return render(request, "telephony/why.html", context)


@login_required
@require_safe
def why_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """The bundle as a file."""
    return as_file(own_account(request, pk), by_staff=False)


def as_file(account: LinkedAccount, *, by_staff: bool) -> HttpResponse:
    """The bundle of an account as a JSON file that a browser saves."""
    text = json.dumps(bundle(account, by_staff=by_staff), indent=2, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    day = timezone.now().strftime("%Y-%m-%d")
    name = f"switchboard-support-{slugify(account.provider)}-{account.pk}-{day}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def what_next(account: LinkedAccount) -> str:
    """What the site will do by itself, in a sentence."""
    return {
        LinkState.ACTIVE: _("We go on reading it on schedule. You need not do anything."),
        LinkState.DELAYED: _("We keep trying by ourselves, and everything that is missing is fetched then."),
        LinkState.NEEDS_RELINKING: _(
            "We wait for you: nothing is read until the account is linked again. Its history is kept."
        ),
        LinkState.DISABLED: _("Nothing, until staff enable the account again."),
        LinkState.UNLINKING: _("Nothing is read any more."),
    }[account.link_state]


def _reason(account: LinkedAccount, refused: bool) -> str:
    """Why the account is in its state; one of which a part is refused works, but not everything is read."""
    if not refused:
        return reason_of(account)
    return _(
        "%(provider)s answers, but does not let us read everything. “What was read when” names each part and the reason."
    ) % {"provider": account.provider_name}


def _what_to_do(account: LinkedAccount, banner: Banner | None) -> str:
    if account.link_state is LinkState.DELAYED:
        return _("Nothing is needed. If you do not want to wait, ask for another attempt now.")
    return banner.what_to_do if banner else ""


def _line(event: AccountEvent) -> TimelineEvent:
    kind = EventKind(event.kind)
    return TimelineEvent(str(kind.label), retold(event.sentence), event.at, EVENT_TONES.get(kind, "neutral"))
