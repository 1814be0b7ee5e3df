"""One call in full."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors
from telephony.core.leg_words import humanised
from telephony.core.registry import find_spec
from telephony.core.types import Direction, Outcome
from telephony.models import Call
from telephony.services.names import names_of
from telephony.templatetags.formats import talk_time
from telephony.views.call_rows import DIRECTION_ICONS, CallRow, outcome_view, party_from_json
from telephony.views.other_calls import all_url, outside_number


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the component `timeline`."""

    title: str
    time: datetime | None
    text: str
    tone: str
    icon: str


@login_required
@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Parties, timings, legs, what was recorded, and the provider's own record."""
    found = get_object_or_404(selectors.call_of(signed_in(request), pk))
    spec = find_spec(found.account.provider)
    words = spec.leg_words if spec else humanised
    context = {
        "row": CallRow(found, found.account, names_of([found.account], [found])),
        "call": found,
        "timings": _timings(found),
        "events": [_event(leg, words) for leg in found.legs if isinstance(leg, dict)],
        "media": _media(found),
        "others_url": all_url(found) if outside_number(found) else "",
        "text_url": text_url(found) if outside_number(found) else "",
        "raw": json.dumps(found.raw, indent=2, ensure_ascii=False, sort_keys=True),
    }
    return render(request, "telephony/call.html", context)


def text_url(call: Call) -> str:
    """The form for a text to the number outside. It stands in the form, not in the address, which is written to logs."""
    return f"{reverse('telephony:new_message')}?call={call.pk}"


def _timings(call: Call) -> list[tuple[str, str]]:
    """(what, how long), for what the provider tells."""
    ringing = (call.answered_at - call.started_at).total_seconds() if call.answered_at else None
    found = [(_("Rang for"), ringing), (_("Talked for"), call.duration)]
    return [(label, talk_time(round(seconds))) for label, seconds in found if seconds and seconds > 0]


def _event(leg: dict[str, Any], words: Callable[[str], str]) -> Event:
    direction, outcome = _member(Direction, leg.get("direction")), _member(Outcome, leg.get("outcome"))
    caller, callee = party_from_json(leg.get("caller")), party_from_json(leg.get("callee"))
    shown = outcome_view(direction, outcome)
    parts = [
        words(str(leg.get("label") or "")),
        shown.label if outcome is not Outcome.UNKNOWN else "",
        talk_time(leg.get("duration")),
    ]
    return Event(
        title=_("%(caller)s to %(callee)s") % {"caller": caller.main, "callee": callee.main},
        time=parse_datetime(str(leg.get("started_at") or "")),
        text=" · ".join(part for part in parts if part),
        tone=shown.tone,
        icon=DIRECTION_ICONS[direction],
    )


def _member(vocabulary: Any, value: Any) -> Any:
    return vocabulary(value) if value in vocabulary.values() else vocabulary.UNKNOWN


def _media(call: Call) -> list[dict[str, str]]:
    """What was recorded, at addresses of ours; where it really lies stays with us."""
    found = []
    for label, icon, media, address in (
        (_("Recording"), "phone", call.recording, "telephony:recording"),
        (_("Voicemail"), "voicemail", call.voicemail, "telephony:voicemail"),
    ):
        if isinstance(media, dict):
            found.append(
                {
                    "label": label,
                    "icon": icon,
                    "url": reverse(address, args=[call.pk]),
                    "length": talk_time(media.get("duration")),
                    "transcript": str(media.get("transcript") or ""),
                }
            )
    return found
