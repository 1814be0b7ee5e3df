"""One call that several linked accounts of a person tell, since they belong to one company: listed and counted once over all of them.

Which rows tell the same call is the provider's own word: the same provider, server, company and key. The row of the account that was
linked first stands for it; the others are marked as repeats when they are stored, apart for each log, so that a list needs no look at
other rows. Each account's own list shows them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from telephony.core.registry import find_spec
from telephony.core.types import LogScope
from telephony.models import Call, LinkedAccount
from telephony.services.call_facts import FLAG_OF, CallFacts, StoreChange, facts_columns, facts_from

BATCH = 400  # keys a statement
SETTLED = 500  # rows a transaction, when an account has gone
REPEATS_OF = {LogScope.OWN: "repeats_own", LogScope.COMPANY: "repeats_company"}

Change = tuple[LinkedAccount, StoreChange]


@dataclass(slots=True)
class _Row:
    pk: int
    account_id: int
    facts: CallFacts


def company_of(account: LinkedAccount) -> tuple[str, str, str] | None:
    """Provider, server and company of an account; None where the company is not known, so that nothing is the same."""
    spec = find_spec(account.provider)
    company = spec.company(account.client_keys) if spec else ""
    return (account.provider, account.authority, company) if company else None


def families(accounts: Iterable[LinkedAccount]) -> list[list[int]]:
    """Ids of accounts of one company, first linked first; companies with one account are left out."""
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for account in accounts:
        if company := company_of(account):
            found[company].append(account.pk)
    return [sorted(ids) for ids in found.values() if len(ids) > 1]


def once(accounts: list[LinkedAccount], chosen: list[LinkedAccount], scope: LogScope) -> Q | None:
    """What leaves of each call one row among the chosen accounts, of all of a person's; None where there is nothing to leave out."""
    wanted = {account.pk for account in chosen}
    condition: Q | None = None
    for family in families(accounts):
        members = [pk for pk in family if pk in wanted]
        if len(members) < 2:
            continue
        # Where an account linked before was not chosen, the marks do not tell: the row that stands for the call may be in it.
        marked = members == family[: len(members)]
        one = Q(**{REPEATS_OF[scope]: False}) if marked else Q(~Exists(_before(members, scope)))
        if len(wanted) > len(members):
            one |= ~Q(account__in=members)
        condition = one if condition is None else condition & one
    return condition


def marks_suffice(accounts: list[LinkedAccount], chosen: list[LinkedAccount]) -> bool:
    """Whether the marks leave one row of each call among the chosen accounts: none was chosen without those linked before it."""
    wanted = {account.pk for account in chosen}
    members = [(family, [pk for pk in family if pk in wanted]) for family in families(accounts)]
    return all(len(some) < 2 or some == family[: len(some)] for family, some in members)


def locked_family(account: LinkedAccount) -> list[LinkedAccount]:
    """The account and those of the same company, held in one order until the transaction ends, so that no two writers block each other."""
    kin = LinkedAccount.objects.select_for_update().filter(
        user=account.user_id, provider=account.provider, authority=account.authority
    )
    found, company = list(kin.order_by("pk")), company_of(account)
    return [one for one in found if one.pk == account.pk or (company and company_of(one) == company)]


def settled(family: list[LinkedAccount], account: LinkedAccount, change: StoreChange) -> Iterator[Change]:
    """A change of an account with the right marks, and what follows from it for the others of its company."""
    if len(family) < 2:
        yield account, change
        return
    others = {one.pk: StoreChange(one.pk) for one in family}
    after = dict(change.after)
    for old, new in _marked([one.pk for one in family], list(change.after)):
        if new.account_id == account.pk:
            after[new.facts.key] = new.facts
        elif old.facts != new.facts:
            others[new.account_id].before[new.facts.key] = old.facts
            others[new.account_id].after[new.facts.key] = new.facts
    yield account, replace(change, after=after)
    for one in family:
        if one.pk != account.pk and others[one.pk].after:
            yield one, others[one.pk]


def settle(account: LinkedAccount, keys: list[str]) -> list[Change]:
    """Mark the rows with these keys anew, as after some were deleted. The caller holds the transaction and tells the listeners."""
    family = locked_family(account)
    changes = {one.pk: StoreChange(one.pk) for one in family}
    for old, new in _marked([one.pk for one in family], keys):
        if old.facts != new.facts:
            changes[new.account_id].before[new.facts.key] = old.facts
            changes[new.account_id].after[new.facts.key] = new.facts
    return [(one, changes[one.pk]) for one in family if changes[one.pk].after]


def settle_all(account: LinkedAccount) -> Iterator[list[Change]]:
    """Mark all rows of an account anew, some hundred a transaction, which is open while the caller has a batch of changes."""
    calls = Call.objects.filter(account=account).order_by("-started_at", "-pk")
    left = calls
    while True:
        with transaction.atomic():
            batch = list(left.values_list("started_at", "pk", "key")[:SETTLED])
            if not batch:
                return
            yield settle(account, [key for _start, _pk, key in batch])
        start, pk, _key = batch[-1]
        left = calls.filter(Q(started_at__lt=start) | Q(started_at=start, pk__lt=pk), started_at__lte=start)


def _before(members: list[int], scope: LogScope) -> QuerySet[Call]:
    return Call.objects.filter(
        account__in=members,
        account__lt=OuterRef("account"),
        key=OuterRef("key"),
        deleted_at=None,
        **{FLAG_OF[scope]: True},
    ).order_by()


def _marked(family: list[int], keys: list[str]) -> Iterator[tuple[_Row, _Row]]:
    """The rows with these keys as they were and as they are marked now; changed ones have been written."""
    by_marks: dict[tuple[bool, bool], list[int]] = defaultdict(list)
    for row, marks in _with_marks(_rows(family, keys)):
        facts = replace(row.facts, repeats_own=marks[0], repeats_company=marks[1])
        if facts != row.facts:
            by_marks[marks].append(row.pk)
        yield row, _Row(row.pk, row.account_id, facts)
    for (own, company), ids in by_marks.items():
        for start in range(0, len(ids), BATCH):
            found = Call.objects.filter(pk__in=ids[start : start + BATCH])
            found.update(repeats_own=own, repeats_company=company)


def _with_marks(rows: Iterable[_Row]) -> Iterator[tuple[_Row, tuple[bool, bool]]]:
    """The first account that has a call in a log stands for it there."""
    told: set[tuple[str, str]] = set()
    for row in sorted(rows, key=lambda row: row.account_id):
        marks = []
        for flag in FLAG_OF.values():
            counts = getattr(row.facts, flag) and not row.facts.deleted
            marks.append(counts and (row.facts.key, flag) in told)
            if counts:
                told.add((row.facts.key, flag))
        yield row, (marks[0], marks[1])


def _rows(family: list[int], keys: list[str]) -> Iterator[_Row]:
    for start in range(0, len(keys), BATCH):
        found = Call.objects.filter(account__in=family, key__in=keys[start : start + BATCH]).order_by()
        for pk, account_id, *facts in found.values_list("pk", "account_id", *facts_columns()):
            yield _Row(pk, account_id, facts_from(facts))
