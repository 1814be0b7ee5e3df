"""Reading accounts: facts, balance and extensions, each stored with its time, its duration and its error in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.functional import Promise

from telephony.core.answers import Answer
from telephony.core.capabilities import capability_from_error
from telephony.core.client import ExtensionList, ProviderClient
from telephony.core.errors import CredentialRejected, GrantEnded, ProviderError
from telephony.core.storable import storable
from telephony.core.types import (
    AccountFacts,
    Capability,
    CapabilityState,
    ExtensionKind,
    ExtensionRecord,
    Fact,
    Feature,
    Money,
)
from telephony.models import BalanceReading, Extension, LinkedAccount, Reading, Section
from telephony.services.account_labels import tell_apart
from telephony.services.gateway import ask

FEATURE_OF_SECTION = {
    Section.FACTS: Feature.ACCOUNT,
    Section.BALANCE: Feature.BALANCE,
    Section.EXTENSIONS: Feature.EXTENSIONS,
    Section.OWN_CALLS: Feature.OWN_CALLS,
    Section.COMPANY_CALLS: Feature.COMPANY_CALLS,
}
"""What a section shows about: a refusal of the one is known by the other."""
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
    return refresh_sections(account, [section])[0]


def refresh_sections(account: LinkedAccount, sections: Sequence[Section]) -> list[Reading]:
    """Read several of them side by side, so that they take as long as the slowest; what two of them need is asked for once."""
    started = timezone.now()
    answers = ask(account, [_STEPS[section].read for section in sections])
    return [
        _keep(account, section, started, answer.seconds, _stored(account, _STEPS[section], answer))
        for section, answer in zip(sections, answers, strict=True)
    ]


def _stored(account: LinkedAccount, step: _Step, answer: Answer[Any]) -> Stored:
    """What was read is stored, and what was refused is remembered; storing may find that a part of the answer was an error."""
    stored = Stored(answer.error) if answer.error else step.store(account, answer.value)
    if step.feature:
        observe(account, observed_from(step.feature, stored.error))
    return stored


def attempt(account: LinkedAccount, section: Section, work: Callable[[], None]) -> Reading:
    """Run `work` and keep how it went."""
    started, clock = timezone.now(), time.monotonic()
    error: ProviderError | None = None
    try:
        work()
    except ProviderError as caught:
        error = caught
    return _keep(account, section, started, time.monotonic() - clock, Stored(error))


def _keep(account: LinkedAccount, section: Section, started: datetime, seconds: float, stored: Stored) -> Reading:
    """Store how an attempt went. An earlier `read_at` stays when it failed: what is shown is still from then."""
    error = stored.error
    outcome: dict[str, object] = {
        "tried_at": started,
        "milliseconds": round(seconds * 1000),
        "error_code": error.code if error else "",
        "sentence": error.sentence[:400] if error else "",
        "next_step": error.next_step[:400] if error else "",
        "request_id": error.request_id if error else "",
        "retry_at": started + timedelta(seconds=error.retry_after) if error and error.retry_after else None,
    }
    if error is None:
        outcome["read_at"] = timezone.now()
    if stored.summary is not None:
        outcome["summary"] = stored.summary
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


@dataclass(frozen=True, slots=True)
class Stored:
    """How storing an answer went: an error, or what cards show of it. Both where only a part of the answer was an error."""

    error: ProviderError | None = None
    summary: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """How a section is read (over HTTP, in a thread) and stored (in the database, after all have been read)."""

    read: Callable[[ProviderClient], Any]
    store: Callable[[LinkedAccount, Any], Stored]
    feature: Feature | None = None


def store_facts(account: LinkedAccount, facts: AccountFacts) -> None:
    """Keep what was read about an account. Labels of facts are stored as message ids, as values are that are words of ours."""
    account.company = facts.company[:200] or account.company
    account.person = facts.person[:200] or account.person
    account.email = facts.email[:254] or account.email
    account.given_label = account.plain_label
    if account.remote_id in account.given_label and account.person:
        account.given_label = account.person  # linking knew no name yet, only the provider's id
    account.keys = {**account.keys, **facts.keys}
    account.facts = {
        "plan": facts.plan,
        "verified": facts.verified,
        "is_admin": facts.is_admin,
        "facts": [_stored_fact(fact) for fact in facts.facts],
        "instead_of_balance": [_stored_fact(fact) for fact in facts.instead_of_balance],
        "unknown_values": list(facts.unknown_values),
    }
    account.save(update_fields=["given_label", "company", "person", "email", "keys", "facts"])
    account.label = tell_apart(account.user_id, account.provider).get(account.pk, account.label)


def _stored_fact(fact: Fact) -> list[str | bool]:
    """[label, value], and True behind them where the value is to be translated as well."""
    label = _message_id(fact.label)
    return [label, _message_id(fact.value), True] if isinstance(fact.value, Promise) else [label, fact.value]


def _message_id(label: object) -> str:
    """The English text of a lazy label."""
    from django.utils.translation import override

    with override("en"):
        return str(label)


def _store_facts(account: LinkedAccount, facts: AccountFacts) -> Stored:
    store_facts(account, facts)
    return Stored()


def _store_balance(account: LinkedAccount, money: Money) -> Stored:
    BalanceReading.objects.create(account=account, amount=money.amount, currency=money.currency)
    return Stored(summary={"amount": str(money.amount), "currency": money.currency})


ExtensionAnswers = list[tuple[ExtensionList, Answer[list[ExtensionRecord]]]]


def _read_extensions(client: ProviderClient) -> ExtensionAnswers:
    """Read every list; one that is refused does not keep the others from being read.

    Where none could be read the error is raised to the gateway, so that such an attempt does not count as a provider that works.
    """
    answers = [(part, _read_list(part)) for part in client.extension_lists()]
    lasting = _lasting(answers)
    if lasting and all(answer.error for _part, answer in answers):
        raise lasting
    return answers


def _lasting(answers: ExtensionAnswers) -> ProviderError | None:
    """The first error that is not a refusal of extensions, but says that reading them failed."""
    errors = [answer.error for _part, answer in answers if answer.error]
    return next((error for error in errors if capability_from_error(Feature.EXTENSIONS, error) is None), None)


def _read_list(part: ExtensionList) -> Answer[list[ExtensionRecord]]:
    try:
        return Answer(list(part.read()))
    except (CredentialRejected, GrantEnded):
        raise  # the gateway renews the token and runs everything again
    except ProviderError as error:
        return Answer(error=error)


def _store_extensions(account: LinkedAccount, answers: ExtensionAnswers) -> Stored:
    """Store each list that was read; gives an error that is not a refusal, if there was one, or the first where all were refused."""
    _forget_other_kinds(account, [part for part, _answer in answers])
    for part, answer in answers:
        observe(account, observed_from(part.feature, answer.error))
        if answer.value is not None:
            store_extensions(account, part, answer.value)
    current = Extension.objects.filter(account=account, gone_at=None).order_by()
    counts = dict(current.values_list("kind").annotate(count=Count("pk")))
    return Stored(_lasting(answers) or _all_refused(answers), counts)


def _all_refused(answers: ExtensionAnswers) -> ProviderError | None:
    """Why nothing could be read, where nothing could: such an account is not one without extensions."""
    errors = [answer.error for _part, answer in answers]
    return errors[0] if errors and all(errors) else None


def _forget_other_kinds(account: LinkedAccount, parts: list[ExtensionList]) -> None:
    """What only a list holds that the account no longer has, such as the company's after losing the admin role, is gone."""
    kinds = frozenset[ExtensionKind]().union(*(part.kinds for part in parts))
    Extension.objects.filter(account=account, gone_at=None).exclude(kind__in=kinds).update(gone_at=timezone.now())


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


_STEPS = {
    Section.FACTS: _Step(lambda client: client.facts(), _store_facts, Feature.ACCOUNT),
    Section.BALANCE: _Step(lambda client: client.balance(), _store_balance, Feature.BALANCE),
    Section.EXTENSIONS: _Step(_read_extensions, _store_extensions),
}
