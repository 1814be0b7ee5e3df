"""The status page for operators: how the site is, and how the providers have been in the last hour."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from telephony.services import health, provider_health
from telephony.services.health import Condition
from telephony.views.overviews import TONES as STATE_TONES

TONES = {Condition.FINE: "ok", Condition.LOOK: "warn", Condition.BROKEN: "danger"}


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """For staff only; for everybody else there is no such page."""
    if not request.user.is_staff:
        raise Http404
    components = [(component, TONES[component.finding.condition]) for component in health.components()]
    providers = [
        (provider, [(STATE_TONES[state], state.label, count) for state, count in provider.states])
        for provider in provider_health.providers()
    ]
    return render(request, "telephony/status.html", {"components": components, "providers": providers})
