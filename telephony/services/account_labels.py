"""What accounts are called: as their provider calls them, with what tells apart those of a person that would be called alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from telephony.models import LinkedAccount

LONGEST = 200
DISTINCTIONS = ("company", "email", "remote_id")


def tell_apart(user_id: int, provider: str) -> dict[int, str]:
    """Label a person's accounts at a provider anew; gives the labels by account. Labels that stay cost no statement."""
    alike: dict[str, list[LinkedAccount]] = defaultdict(list)
    for account in LinkedAccount.objects.filter(user=user_id, provider=provider):
        alike[account.plain_label.casefold()].append(account)
    return {account.pk: label for group in alike.values() for account, label in _labelled(group)}


def _labelled(group: list[LinkedAccount]) -> Iterable[tuple[LinkedAccount, str]]:
    for account, distinction in zip(group, _distinctions(group), strict=True):
        plain = account.plain_label
        room = LONGEST - len(distinction) - len(" ()")
        label = f"{plain[:room]} ({distinction})" if distinction else plain
        if (label, plain) != (account.label, account.given_label):
            LinkedAccount.objects.filter(pk=account.pk).update(label=label, given_label=plain)
        yield account, label


def _distinctions(group: list[LinkedAccount]) -> list[str]:
    """The first of DISTINCTIONS in which all differ; "" for an account that is alone with its label."""
    if len(group) == 1:
        return [""]
    for name in DISTINCTIONS:
        values = [str(getattr(account, name))[: LONGEST // 2] for account in group]
        if all(values) and len({value.casefold() for value in values}) == len(group):
            return values
    return [f"{account.remote_id}, {urlsplit(account.authority).netloc}"[: LONGEST // 2] for account in group]
