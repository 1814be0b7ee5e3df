"""Reading accounts: facts, balance and extensions, each stored with its time, its duration and its error in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from telephony.core.capabilities import capability_from_error
from telephony.core.client import ExtensionList, ProviderClient
from telephony.core.errors import CredentialRejected, GrantEnded, ProviderError
from telephony.core.storable import storable
from telephony.core.types import AccountFacts, Capability, CapabilityState, ExtensionKind, ExtensionRecord, Feature
from telephony.models import BalanceReading, Extension, LinkedAccount, Reading, Section
from telephony.services.gateway import with_client

FRESH_FOR = timedelta(seconds=60)  # a section that was read this recently is shown as it is


def reading_of(account: LinkedAccount, section: Section) -> Reading | None:
    """The last attempt at a section, None if there was none."""
    return Reading.objects.filter(account=account, section=section).first()


def is_fresh(reading: Reading | None) -> bool:
    """Whether a section need not be read again now: read recently, or the provider asked for a pause that is not over."""
    now = timezone.now()
    if reading is None:
        return False
    if reading.retry_at and reading.retry_at > now:
        return True
    return not reading.failed and reading.read_at is not None and reading.read_at > now - FRESH_FOR


def refresh_section(account: LinkedAccount, section: Section) -> Reading:
    """Read one of FACTS, BALANCE, EXTENSIONS now and store it. Never raises ProviderError: what failed is in the Reading."""
    steps: dict[Section, Callable[[LinkedAccount], None]] = {
        Section.FACTS: _read_facts,
        Section.BALANCE: _read_balance,
        Section.EXTENSIONS: _read_extensions,
    }
    return attempt(account, section, lambda: steps[section](account))


def attempt(account: LinkedAccount, section: Section, work: Callable[[], None]) -> Reading:
    """Run `work` and keep how it went. An earlier `read_at` stays when it fails: what is shown is still from then."""
    started, clock = timezone.now(), time.monotonic()
    error: ProviderError | None = None
    try:
        work()
    except ProviderError as caught:
        error = caught
    outcome: dict[str, object] = {
        "tried_at": started,
        "milliseconds": round((time.monotonic() - clock) * 1000),
        "error_code": error.code if error else "",
        "sentence": error.sentence[:400] if error else "",
        "next_step": error.next_step[:400] if error else "",
        "request_id": error.request_id if error else "",
        "retry_at": started + timedelta(seconds=error.retry_after) if error and error.retry_after else None,
    }
    if error is None:
        outcome["read_at"] = timezone.now()
    reading, _created = Reading.objects.update_or_create(account=account, section=section, defaults=outcome)
    return reading


def observe(account: LinkedAccount, capabilities: Iterable[Capability]) -> None:
    """Remember what reading has shown about features; nothing is written where nothing changed.

    The row is locked and read again: the sections of an account are read side by side, and none may undo what another has seen.
    """
    shown = {
        capability.feature.value: {
            "state": capability.state.value,
            "missing": list(capability.missing),
            "remark": str(capability.remark)[:300],
        }
        for capability in capabilities
    }
    if shown.items() <= account.observed.items():
        return
    with transaction.atomic():
        row = LinkedAccount.objects.select_for_update().filter(pk=account.pk)
        account.observed = {**(row.values_list("observed", flat=True).first() or {}), **shown}
        row.update(observed=account.observed)


def observed_from(feature: Feature, error: ProviderError | None) -> list[Capability]:
    """What one attempt shows: it works, it is refused, or (a fault) nothing."""
    if error is None:
        return [Capability(feature, CapabilityState.AVAILABLE)]
    refused = capability_from_error(feature, error)
    return [refused] if refused else []


def observing(account: LinkedAccount, feature: Feature, work: Callable[[], None]) -> None:
    """Run `work` and remember what its success or refusal shows about `feature`. Raises what `work` raises."""
    try:
        work()
    except ProviderError as error:
        observe(account, observed_from(feature, error))
        raise
    observe(account, observed_from(feature, None))


def _read_facts(account: LinkedAccount) -> None:
    def work() -> None:
        store_facts(account, with_client(account, lambda client: client.facts()))

    observing(account, Feature.ACCOUNT, work)


def store_facts(account: LinkedAccount, facts: AccountFacts) -> None:
    """Keep what was read about an account. Labels of facts are stored as message ids and translated where they are shown."""
    account.company = facts.company[:200] or account.company
    account.person = facts.person[:200] or account.person
    account.email = facts.email[:254] or account.email
    if account.remote_id in account.label and account.person:
        account.label = account.person  # linking knew no name yet, only the provider's id
    account.keys = {**account.keys, **facts.keys}
    account.facts = {
        "plan": facts.plan,
        "verified": facts.verified,
        "is_admin": facts.is_admin,
        "facts": [[_message_id(fact.label), fact.value] for fact in facts.facts],
        "instead_of_balance": [[_message_id(fact.label), fact.value] for fact in facts.instead_of_balance],
        "unknown_values": list(facts.unknown_values),
    }
    account.save(update_fields=["label", "company", "person", "email", "keys", "facts"])


def _message_id(label: object) -> str:
    """The English text of a lazy label."""
    from django.utils.translation import override

    with override("en"):
        return str(label)


def _read_balance(account: LinkedAccount) -> None:
    def work() -> None:
        money = with_client(account, lambda client: client.balance())
        BalanceReading.objects.create(account=account, amount=money.amount, currency=money.currency)

    observing(account, Feature.BALANCE, work)


def _read_extensions(account: LinkedAccount) -> None:
    """Read every list; one that is refused does not keep the others from being stored.

    Where none could be read the error is raised to the gateway, so that such an attempt does not count as a provider that works.
    """

    def work(client: ProviderClient) -> list[ProviderError]:
        parts = client.extension_lists()
        _forget_other_kinds(account, parts)
        errors = [error for part in parts if (error := _read_list(account, part))]
        lasting = [error for error in errors if capability_from_error(Feature.EXTENSIONS, error) is None]
        if lasting and len(errors) == len(parts):
            raise lasting[0]
        return lasting

    if lasting := with_client(account, work):
        raise lasting[0]


def _forget_other_kinds(account: LinkedAccount, parts: tuple[ExtensionList, ...]) -> None:
    """What only a list holds that the account no longer has, such as the company's after losing the admin role, is gone."""
    kinds = frozenset[ExtensionKind]().union(*(part.kinds for part in parts))
    Extension.objects.filter(account=account, gone_at=None).exclude(kind__in=kinds).update(gone_at=timezone.now())


def _read_list(account: LinkedAccount, part: ExtensionList) -> ProviderError | None:
    try:
        records = list(part.read())
    except (CredentialRejected, GrantEnded):
        raise  # the gateway renews the token and runs everything again
    except ProviderError as error:
        observe(account, observed_from(part.feature, error))
        return error
    observe(account, observed_from(part.feature, None))
    store_extensions(account, part, records)
    return None


def store_extensions(account: LinkedAccount, part: ExtensionList, records: list[ExtensionRecord]) -> None:
    """Insert or update what a complete list holds, and mark as gone what it no longer holds; two statements and a transaction."""
    now = timezone.now()
    rows = {
        (record.kind, record.key): Extension(account=account, seen_at=now, gone_at=None, **_extension_columns(record))
        for record in records
    }
    with transaction.atomic():
        Extension.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["account", "kind", "key"],
            update_fields=[*_EXTENSION_UPDATES, "seen_at", "gone_at"],
            batch_size=500,
        )
        Extension.objects.filter(account=account, kind__in=part.kinds, gone_at=None, seen_at__lt=now).update(
            gone_at=now
        )


_EXTENSION_UPDATES = ["name", "number", "vendor_type", "status", "online", "owner", "numbers", "raw"]


def _extension_columns(record: ExtensionRecord) -> dict[str, object]:
    columns = asdict(record)
    columns["kind"] = record.kind.value
    columns["key"] = record.key[:191]
    for name, length in (("name", 200), ("number", 60), ("vendor_type", 80), ("status", 80), ("owner", 200)):
        columns[name] = columns[name][:length]
    columns["numbers"] = list(record.numbers)
    columns["raw"] = storable(dict(record.raw))
    return columns
