"""What an account's page says about a GoTo account: only what was read, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from telephony.core.types import AccountFacts, Fact, Json
from telephony.providers.goto import mapping, people


@dataclass(frozen=True, slots=True)
class Told:
    """All that GoTo has answered. `account` is the one that is read; the rows are as they came, [] where they were refused."""

    profile: people.Profile
    accounts: tuple[people.Account, ...]
    account: people.Account | None
    lines: list[Json]
    memberships: list[Json]
    licences: list[Json]


def all_accounts(profile: people.Profile, memberships: list[Json], lines: list[Json]) -> tuple[people.Account, ...]:
    """The person's accounts: each answer knows a part of them and of what they are called."""
    return people.merged([*profile.accounts, *map(people.membership, memberships), *map(people.account_of_line, lines)])


def account_facts(told: Told) -> AccountFacts:
    """The description of the account that is read, without keys."""
    account = told.account
    return AccountFacts(
        company=account.name if account else "",
        person=told.profile.person,
        email=told.profile.email,
        plan=", ".join(dict.fromkeys(filter(None, map(mapping.plan, told.licences)))),
        is_admin=account.admin if account else None,
        facts=tuple(_facts(told, account)) if account else (),
        instead_of_balance=tuple(_instead_of_balance(told, account)) if account else (),
    )


def _facts(told: Told, account: people.Account) -> Iterator[Fact]:
    others = [other.name or other.key for other in told.accounts if other.key != account.key]
    entries = (
        (_("Products"), account.products),
        (_("My lines"), _line_labels(told, account)),
        (_("Numbers I can call from"), _outgoing_numbers(told, account)),
        (_("Account key"), [account.key]),
        (_("Organization ID"), [account.organization_id]),
        (_("My other accounts"), others),
    )
    for label, values in entries:
        if value := ", ".join(filter(None, values)):
            yield Fact(label, value)


def _instead_of_balance(told: Told, account: people.Account) -> Iterator[Fact]:
    """Seats and lines: what a subscription that is billed by invoice can be measured in."""
    for seats in filter(None, map(mapping.seats, told.licences)):
        yield Fact(_("Seats in use"), seats)
    if lines := len(_line_labels(told, account)):
        yield Fact(_("My lines"), str(lines))


def _line_labels(told: Told, account: people.Account) -> list[str]:
    return [" ".join(filter(None, [line.number, line.name])) or line.id for line in _lines_of(told, account)]


def _outgoing_numbers(told: Told, account: people.Account) -> Iterable[str]:
    rows = (row for row in told.memberships if people.membership(row).key == account.key)
    return dict.fromkeys(number for row in rows for number in people.outgoing_numbers(row))


def _lines_of(told: Told, account: people.Account | None) -> list[people.Line]:
    lines = filter(None, map(people.line, told.lines))
    return [line for line in lines if account is None or line.account_key in ("", account.key)]


def line_keys(told: Told) -> dict[str, Any]:
    """The lines to keep beside the link, and the account's region: that of its primary line. {} where no line could be read."""
    lines = _lines_of(told, None)
    if not lines:
        return {}
    here = sorted(_lines_of(told, told.account), key=lambda line: not line.primary)
    return {
        "lines": [asdict(line) for line in lines],
        "region": next((line.region for line in here if line.region), ""),
    }
