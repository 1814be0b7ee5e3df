"""SQL queries per page: the same number for few accounts as for many, and no more than the baseline allows.

After a change that is meant to cost more, write the new figures: ``WRITE_SQL_BASELINE=1 pytest telephony/tests/test_sql_baseline.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from telephony.models import LinkedAccount, OAuthClient, PlacedCall
from telephony.tests.making import make_account, make_calls, make_extensions

BASELINE = Path(__file__).parents[2] / "tests" / "sql_baseline.json"
FEW, MANY = 2, 7  # not one: the calls of a single account need no query that bounds those of several
HTMX = {"HX-Request": "true"}
PAGES = {
    "dashboard": "/telephony/",
    "link": "/telephony/link/",
    "calls": "/telephony/calls/",
    "calls, filtered": "/telephony/calls/?direction=inbound&number=0211&since=2026-11-01",
    "account": "/telephony/accounts/{account}/",
    "extensions": "/telephony/accounts/{account}/extensions/?q=Person",
    "account_calls": "/telephony/accounts/{account}/calls/",
    "call": "/telephony/calls/{call}/",
    "new call": "/telephony/calls/new/?number=%2B493023125001",
    "started calls": "/telephony/calls/placed/",
    "texts": "/telephony/messages/",
    "new text": "/telephony/messages/new/",
    "unlink": "/telephony/accounts/{account}/unlink/",
    "balance": "/telephony/accounts/{account}/balance/",
    "notices": "/telephony/notices/",
    "fragment: glance": "/telephony/glance/",
    "fragment: outlook": "/telephony/accounts/{account}/balance/outlook/",
    "fragment: facts": "/telephony/accounts/{account}/facts/",
    "fragment: call list": "/telephony/calls/list/",
}


@pytest.fixture
def filled(person: User, oauth_client: Callable[..., OAuthClient]) -> Callable[[int], dict[str, int]]:
    """Fills the site with `size` accounts, extensions and calls, and tells the ids that addresses need."""

    def fill(size: int) -> dict[str, int]:
        client = OAuthClient.objects.first() or oauth_client("sipgate")
        LinkedAccount.objects.all().delete()
        for _ in range(size):
            account = make_account(person, client)
            make_extensions(account, size)
            _start_calls(account, size)
            (call, *_others) = make_calls(account, size, legs=[{"label": "leg"}] * size)
        return {"account": account.pk, "call": call.pk}

    return fill


def _start_calls(account: LinkedAccount, count: int) -> None:
    PlacedCall.objects.bulk_create(
        PlacedCall(user=account.user, account=account, idempotency_key=f"{account.pk}-{n}", number="+493023125001")
        for n in range(count)
    )


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_what_is_shown(
    name: str, browser: Client, filled: Callable[[int], dict[str, int]]
) -> None:
    few, many = (_queries(browser, PAGES[name].format(**filled(size)), name) for size in (FEW, MANY))

    assert many == few
    assert few <= _allowed(name, few)


def _queries(browser: Client, url: str, name: str) -> int:
    headers = HTMX if name.startswith("fragment") else {}
    browser.get(url, headers=headers)  # what is cached for a while is cached now
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(url, headers=headers).status_code == 200
    return len(queries)


def _allowed(name: str, counted: int) -> int:
    baseline: dict[str, int] = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if os.environ.get("WRITE_SQL_BASELINE"):
        baseline[name] = counted
        BASELINE.write_text(json.dumps(dict(sorted(baseline.items())), indent=2) + "\n")
    return baseline[name]
