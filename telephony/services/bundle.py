"""A bundle for support: everything about one account that helps to find a fault, and nothing that names somebody.

Tokens, secrets, phone numbers, names, addresses and calls are not in it. Columns are chosen one by one, and free text is searched for what
the site knows of the person besides.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from telephony.core.registry import all_specs
from telephony.core.sent import HIDDEN, without_numbers
from telephony.models import (
    AccountEvent,
    FailedRequest,
    LinkedAccount,
    ProviderHost,
    Reading,
    SyncGap,
    SyncRun,
    SyncState,
    Token,
)

FORMAT = 1  # goes up when a reader would have to know
MOST_ROWS = 200  # of each kind
PACKAGES = ("django", "django-allauth", "django-tasks", "requests", "urllib3", "cryptography", "psycopg")

ACCOUNT = (
    "pk", "provider", "authority", "state", "state_reason", "state_since", "retry_at", "next_refresh_at", "linked_at", "last_used_at",
    "last_error", "last_error_at", "granted_scopes",
)  # fmt: skip
TOKEN = (
    "kind", "scopes", "obtained_at", "expires_at", "refresh_obtained_at", "refresh_expires_at", "generation", "attempt_started_at",
    "failures", "cooldown_until", "lease_until", "key_id",
)  # fmt: skip
READING = (
    "section", "tried_at", "read_at", "milliseconds", "error_code", "request_id", "retry_at",
)  # fmt: skip
FAILED = (
    "at", "operation", "method", "host", "path", "status", "code", "request_id", "milliseconds", "sentence", "next_step",
)  # fmt: skip
STATE = (
    "scope", "floor", "covered_since", "covered_until", "pass_kind", "pass_since", "pass_until", "boundary", "pages", "calls",
    "finished_backfill_at", "last_pass_at", "last_deep_at", "next_pass_at", "failures", "sentence", "error_code", "lease_until",
)  # fmt: skip
RUN = (
    "kind", "started_at", "ended_at", "pages", "added", "changed", "unchanged", "deleted", "sentence", "failed",
)  # fmt: skip
GAP = ("since", "until", "reason", "wanted", "found_at")
HOST = ("origin", "in_a_row", "failing_since", "opened_at", "probe_at", "probes", "last_fault_at", "closed_at")
# Written by services or providers for people to read: searched before it is given away.
FREE_TEXT = frozenset({"state_reason", "last_error", "sentence", "reason", "next_step", "operation", "path"})

Json = dict[str, Any]


def bundle(account: LinkedAccount, *, by_staff: bool) -> Json:
    """The bundle as JSON types, in English and UTC."""
    clean = _Cleaner(account)
    states = list(SyncState.objects.filter(account=account).order_by("-scope"))
    runs = SyncRun.objects.filter(state__in=states).order_by("-started_at")[:MOST_ROWS]
    events = AccountEvent.objects.filter(account=account).order_by("-at", "-pk")[:MOST_ROWS]
    token = Token.objects.filter(account=account).defer("access_token", "refresh_token").first()
    return {
        "format": FORMAT,
        "made_at": _plain(timezone.now()),
        "made_by": "staff" if by_staff else "the person",
        "left_out": "tokens, secrets, phone numbers, names, e-mail addresses, calls and texts",
        "versions": versions(),
        "settings": settings_without_secrets(),
        "account": clean.row(account, ACCOUNT) | _about_client(account) | {"observed": _observed(account)},
        "token": clean.row(token, TOKEN) if token else None,
        "readings": clean.rows(Reading.objects.filter(account=account), READING),
        "events": [clean.event(event) for event in events],
        "failed_requests": clean.rows(FailedRequest.objects.filter(account=account)[:MOST_ROWS], FAILED),
        "sync": [
            clean.row(state, STATE) | {"gaps": clean.rows(SyncGap.objects.filter(state=state)[:MOST_ROWS], GAP)}
            for state in states
        ],
        "sync_runs": clean.rows(runs, RUN),
        "hosts": clean.rows(ProviderHost.objects.filter(provider=account.provider), HOST),
    }


def versions() -> Json:
    """What this site runs on."""
    found = {name: _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "django": django.get_version(), **found} | {
        "database": f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
    }


def settings_without_secrets() -> Json:
    """Settings that change how accounts are read: switches and limits, nothing that opens anything."""
    return {
        "debug": settings.DEVELOPMENT,
        "tasks": settings.TASKS_BACKEND,
        "cache": settings.CACHES["default"]["BACKEND"].rpartition(".")[2],
        "time_zone": settings.TIME_ZONE,
        "retention_days": settings.RETENTION_DAYS,
        "providers": [spec.slug for spec in all_specs()],
        "sandbox": bool(settings.SANDBOX_URL),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _about_client(account: LinkedAccount) -> Json:
    client = account.client
    if client is None:
        return {"client": None}
    return {"client": {"pk": client.pk, "environment": client.environment, "enabled": client.enabled}} | {
        "wanted_scopes": list(client.scopes)
    }


def _observed(account: LinkedAccount) -> Json:
    return {
        feature.value: {"state": capability.state.value, "missing": list(capability.missing)}
        for feature, capability in account.observed_capabilities().items()
    }


class _Cleaner:
    """Takes what the site knows of the person out of free text."""

    SHORTEST = 3  # characters of a name; shorter ones would be found in every other word

    def __init__(self, account: LinkedAccount) -> None:
        user = account.user
        told = [account.label, account.company, account.person, account.email, user.email, user.name, account.remote_id]
        names = {name for text in told for name in (text, *text.split()) if len(name) >= self.SHORTEST}
        ordered = sorted(names, key=len, reverse=True)
        either = "|".join(re.escape(name) for name in ordered)
        self._names = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE) if ordered else None
        self._provider = account.provider_name

    def text(self, value: str) -> str:
        """A sentence without names and numbers; the provider's own name stays."""
        parts = value.split(self._provider)
        return self._provider.join(self._one(part) for part in parts)

    def _one(self, text: str) -> str:
        return without_numbers(self._names.sub(HIDDEN, text) if self._names else text)

    def rows(self, found: Iterable[Model], columns: tuple[str, ...]) -> list[Json]:
        """These columns of each row."""
        return [self.row(row, columns) for row in found]

    def row(self, row: Model, columns: tuple[str, ...]) -> Json:
        """These columns of one row."""
        values = {name: _plain(getattr(row, name)) for name in columns}
        return {name: self.text(value) if name in FREE_TEXT else value for name, value in values.items()}

    def event(self, event: AccountEvent) -> Json:
        """An event; who did it is told as person or staff only."""
        by = None if event.actor_id is None else "the person" if event.actor_id == event.user_id else "staff"
        return {"at": _plain(event.at), "kind": event.kind, "sentence": self.text(event.sentence), "by": by}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
