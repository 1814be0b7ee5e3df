"""Rows for tests that need accounts, extensions and calls without asking a provider."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from telephony.models import BalanceReading, Call, Extension, LinkedAccount, OAuthClient, Reading, Section

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def make_account(user: User, client: OAuthClient | None = None, **columns: Any) -> LinkedAccount:
    """A linked account that was read a moment ago."""
    number = LinkedAccount.objects.count() + 1
    defaults = {
        "provider": client.provider if client else "sipgate",
        "client": client,
        "authority": "https://api.example.org",
        "remote_id": f"remote-{number}",
        "label": f"Account {number}",
        "facts": {"facts": [["Time zone", "Europe/Berlin"]], "instead_of_balance": [["Plan", "Basic"]]},
    }
    account = LinkedAccount.objects.create(user=user, **(defaults | columns))
    now = timezone.now()
    for section in Section:
        Reading.objects.create(account=account, section=section, tried_at=now, read_at=now)
    BalanceReading.objects.create(account=account, amount="123.4567", currency="EUR")
    readings = Reading.objects.filter(account=account)
    readings.filter(section=Section.BALANCE).update(summary={"amount": "123.4567", "currency": "EUR"})
    return account


def make_extensions(account: LinkedAccount, count: int, **columns: Any) -> list[Extension]:
    """Numbered users."""
    rows = [
        Extension(account=account, key=f"w{n}", **({"kind": "user", "name": f"Person {n}", "number": str(n)} | columns))
        for n in range(count)
    ]
    Reading.objects.filter(account=account, section=Section.EXTENSIONS).update(
        summary=Counter(row.kind for row in rows)
    )
    return Extension.objects.bulk_create(rows)


def make_calls(account: LinkedAccount, count: int, **columns: Any) -> list[Call]:
    """Answered inbound calls, one a minute, the newest first."""
    defaults = {
        "kind": "call",
        "direction": "inbound",
        "outcome": "answered",
        "in_own_log": True,
        "duration": 151,
        "caller_e164": "+4921158000",
        "caller_digits": "4921158000",
        "caller_name": "Ina Muster",
    }
    first = LinkedAccount.objects.count() * 100_000
    rows = [
        Call(
            account=account,
            **(defaults | {"key": f"call-{first + n}", "started_at": NOON - timedelta(minutes=n)} | columns),
        )
        for n in range(count)
    ]
    return Call.objects.bulk_create(rows)
