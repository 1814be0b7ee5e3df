"""“RingCentral is not answering since 10:42”: what every page says to whom it concerns, while it is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.http import HttpRequest

from accounts.models import User
from telephony import selectors
from telephony.core.registry import find_spec
from telephony.models import LinkedAccount
from telephony.services.environments import environment_of
from telephony.services.hosts import HostTrouble, outages


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """One provider that does not answer: since when, and when it is asked again."""

    provider: str
    since: datetime
    next_at: datetime


def context(request: HttpRequest) -> dict[str, Callable[[], list[OutageNotice]]]:
    """`outages` for every template; nothing is looked up unless a page asks, and then no table is read while all hosts answer."""
    return {"outages": partial(_for_person, request)}


def _for_person(request: HttpRequest) -> list[OutageNotice]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    down = outages()
    return notices(list(selectors.linked_accounts(user)), down) if down else []


def notices(accounts: list[LinkedAccount], down: list[HostTrouble]) -> list[OutageNotice]:
    """One for each provider of these accounts of which a host is down."""
    found: dict[str, OutageNotice] = {}
    for account in accounts:
        for trouble in troubles_of(account, down):
            known = found.get(account.provider)
            since = min(known.since, trouble.since) if known else trouble.since
            next_at = max(known.next_at, trouble.probe_at) if known else trouble.probe_at
            found[account.provider] = OutageNotice(account.provider_name, since, next_at)
    return list(found.values())


def troubles_of(account: LinkedAccount, down: list[HostTrouble]) -> list[HostTrouble]:
    """Those of the hosts that this account needs."""
    if find_spec(account.provider) is None:
        return []
    try:
        origins = environment_of(account).origins
    except LookupError:
        return []
    return [trouble for trouble in down if trouble.provider == account.provider and trouble.origin in origins]
