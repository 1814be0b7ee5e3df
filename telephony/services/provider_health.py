"""How the providers have been lately, from what reading the linked accounts has left behind. Asks no provider."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from telephony.core.errors import AccessDenied, NotFound, error_from_code
from telephony.core.registry import all_specs
from telephony.core.spec import ProviderSpec
from telephony.models import LinkedAccount, LinkState, Reading
from telephony.services.hosts import HostTrouble, outages
from telephony.services.retelling import retold

LATELY = timedelta(hours=1)
SAME_EVENT = timedelta(minutes=2)  # a reading notes when it began, an account when it failed


@dataclass(frozen=True, slots=True)
class LastError:
    """The last fault within `LATELY`, in the active language."""

    at: datetime
    sentence: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """One provider: accounts by state, how many had a fault lately, the last fault, and the hosts that are left alone now."""

    name: str
    states: tuple[tuple[LinkState, int], ...]
    failing: int
    last_error: LastError | None
    outages: tuple[HostTrouble, ...] = ()


def providers() -> list[ProviderHealth]:
    """All installed providers, by name."""
    since = timezone.now() - LATELY
    counts: dict[str, Counter[LinkState]] = {}
    grouped = LinkedAccount.objects.order_by().values_list("provider", "state").annotate(count=Count("pk"))
    for provider, state, count in grouped:
        counts.setdefault(provider, Counter())[LinkState(state)] = count
    down = outages()
    return [_health(spec, counts.get(spec.slug, Counter()), since, down) for spec in all_specs()]


def _health(spec: ProviderSpec, states: Counter[LinkState], since: datetime, down: list[HostTrouble]) -> ProviderHealth:
    failed = LinkedAccount.objects.filter(provider=spec.slug, last_error_at__gte=since)
    return ProviderHealth(
        name=spec.name,
        states=tuple((state, states[state]) for state in LinkState if states[state]),
        failing=failed.count(),
        last_error=_last_error(spec, failed.order_by("-last_error_at").first(), since),
        outages=tuple(trouble for trouble in down if trouble.provider == spec.slug),
    )


def _last_error(spec: ProviderSpec, account: LinkedAccount | None, since: datetime) -> LastError | None:
    reading = _last_failed_reading(spec, since)
    noted_at = account.last_error_at if account else None
    if reading and (noted_at is None or noted_at - reading.tried_at < SAME_EVENT):
        return LastError(reading.tried_at, error_from_code(reading.error_code, spec.name).sentence, reading.request_id)
    return LastError(noted_at, retold(account.last_error)) if account and noted_at else None


def _last_failed_reading(spec: ProviderSpec, since: datetime) -> Reading | None:
    """Refusals of one thing to one person are no fault of the provider."""
    failed = Reading.objects.filter(account__provider=spec.slug, tried_at__gte=since).exclude(error_code="")
    return next((one for one in failed.order_by("-tried_at")[:50] if not _is_refusal(one.error_code)), None)


def _is_refusal(code: str) -> bool:
    return isinstance(error_from_code(code, ""), AccessDenied | NotFound)
