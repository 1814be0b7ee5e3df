"""Fills the benchmark's database: one person, six linked accounts, and as many calls as wanted. Run by `bench.site` with its settings."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import click
import django
from django.utils import timezone

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  # models can be imported from here on only
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from telephony.core.registry import all_specs  # noqa: E402
from telephony.core.types import Direction, ExtensionKind, Outcome  # noqa: E402
from telephony.models import (  # noqa: E402
    Call,
    Extension,
    LinkedAccount,
    OAuthClient,
    Reading,
    Section,
)

ACCOUNTS = 6
EXTENSIONS = 120  # per account
CHUNK = 1000
NAMES = ("Ada Lovelace", "Bertha Benz", "Carl Gauß", "Dora Dühring", "Émilie du Châtelet", "")


def make_person() -> tuple[User, str]:
    """Somebody who is signed in, and the key of her session."""
    user = User.objects.create_user("ada@example.org", "correct horse battery", name="Ada Lovelace")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return user, str(session.session_key)


def make_accounts(user: User) -> list[LinkedAccount]:
    """Six accounts that were read a moment ago, the providers in turn."""
    specs = list(all_specs())
    clients = {spec.slug: _client(spec.slug) for spec in specs}
    return [_account(user, clients[specs[index % len(specs)].slug], index) for index in range(ACCOUNTS)]


def _client(slug: str) -> OAuthClient:
    client = OAuthClient(provider=slug, name=slug, client_id=f"bench-{slug}")
    client.environment = client.spec.environments[0].key
    client.scopes = list(client.spec.default_scopes)
    client.save()
    return client


def _account(user: User, client: OAuthClient, index: int) -> LinkedAccount:
    account = LinkedAccount.objects.create(
        user=user,
        provider=client.provider,
        client=client,
        authority=client.spec.environments[0].api_url,
        remote_id=f"bench-{index}",
        label=f"Office {index}",
        company="Müller & Söhne GmbH",
        person="Ada Lovelace",
        email="ada@example.org",
        granted_scopes=client.scopes,
        facts={"plan": "Team", "verified": True, "facts": [["Time zone", "Europe/Berlin"]], "instead_of_balance": []},
    )
    now = timezone.now() + timedelta(days=1)  # fresh for the whole run: these pages wait for no provider
    Reading.objects.bulk_create(
        Reading(account=account, section=section, tried_at=now, read_at=now, milliseconds=200) for section in Section
    )
    Reading.objects.filter(account=account, section=Section.BALANCE).update(
        summary={"amount": "12.3456", "currency": "EUR"}
    )
    kinds = Counter(list(ExtensionKind)[number % 4].value for number in range(EXTENSIONS))
    Reading.objects.filter(account=account, section=Section.EXTENSIONS).update(summary=kinds)
    Extension.objects.bulk_create(
        Extension(
            account=account,
            kind=list(ExtensionKind)[number % 4].value,
            key=f"e{number}",
            name=f"Desk {number}",
            number=f"+4930{1000000 + number}",
        )
        for number in range(EXTENSIONS)
    )
    return account


def make_calls(accounts: list[LinkedAccount], count: int) -> None:
    """Calls of the last year, spread over the accounts."""
    chance = random.Random(2026)  # noqa: S311  # test data
    rows = _calls(accounts, count, chance, timezone.now())
    while chunk := [row for _number, row in zip(range(CHUNK), rows, strict=False)]:
        Call.objects.bulk_create(chunk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _calls(accounts: list[LinkedAccount], count: int, chance: random.Random, now: datetime) -> Iterator[Call]:
    for number in range(count):
        outside = f"+49{chance.randrange(10**9, 10**10)}"
        started_at = now - timedelta(seconds=number * 365 * 86400 // count + chance.randrange(600))
        answered = chance.random() < 0.7
        yield Call(
            account=chance.choice(accounts),
            key=f"call-{number}",
            in_own_log=True,
            in_company_log=True,
            kind="call",
            direction=chance.choice((Direction.INBOUND, Direction.OUTBOUND)).value,
            outcome=(Outcome.ANSWERED if answered else chance.choice((Outcome.MISSED, Outcome.BUSY))).value,
            started_at=started_at,
            answered_at=started_at + timedelta(seconds=5) if answered else None,
            duration=chance.randrange(5, 3600) if answered else None,
            caller_number=outside,
            caller_e164=outside,
            caller_digits=outside[1:],
            caller_name=chance.choice(NAMES),
            callee_number="+493055500100",
            callee_e164="+493055500100",
            callee_digits="493055500100",
            callee_name="Office",
            callee_extension="100",
            legs=[{"direction": "inbound", "started_at": started_at.isoformat(), "duration": 20}],
            raw={"id": f"call-{number}", "padding": "x" * 600},
        )


@click.command()
@click.option("--calls", default=20_000)
def main(calls: int) -> None:
    """Fill the database that the environment names, and print what the benchmark has to know as JSON."""
    user, session = make_person()
    accounts = make_accounts(user)
    make_calls(accounts, calls)
    account = accounts[0]
    newest = Call.objects.filter(account=account).order_by("-started_at").values_list("pk", flat=True)[0]
    print(json.dumps({"session": session, "account": account.pk, "call": newest}))


if __name__ == "__main__":
    main()
