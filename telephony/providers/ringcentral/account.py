"""Who a linked RingCentral account is, and what RingCentral shows of its contract. Pure functions that never raise.

Three answers are read: the own extension, the account (v1: plan, billing, region) and the account again (v2: company name, billing active).
RingCentral has no balance anywhere in its API; the cost fields of calls are left to the calls' own records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _

from telephony.core import payload
from telephony.core.phone import for_display, to_e164
from telephony.core.types import AccountFacts, Fact, Identity
from telephony.providers.ringcentral.directory import full_name
from telephony.providers.ringcentral.vocabulary import (
    ACCOUNT_STATUSES,
    BILLING_TYPES,
    BILLING_UNITS,
    EXTENSION_STATUSES,
)

Row = Mapping[str, Any]
_ACCOUNT_IN_URI = re.compile(r"/account/([0-9]{1,40})/extension/")
_VERIFIED = {"Confirmed": True, "Unconfirmed": False}


@dataclass(frozen=True, slots=True)
class AccountAnswers:
    """What was read. `account` and `company` are {} where they could not be, and `withheld` then says why, as a sentence for the person."""

    extension: Row
    account: Row = field(default_factory=dict)
    company: Row = field(default_factory=dict)
    withheld: tuple[str, ...] = ()


def identity_of(extension: Row) -> Identity | None:
    """The key of the own extension, ``<account id>:<extension id>``; None where the answer lacks one of them."""
    extension_id, account_id = _number_of(extension.get("id")), _account_id(extension)
    if not extension_id or not account_id:
        return None
    contact = payload.mapping(extension.get("contact"))
    person, email = _person(extension), payload.text(contact.get("email"), limit=254)
    return Identity(
        remote_id=f"{account_id}:{extension_id}",
        label=person or email or payload.text(extension.get("extensionNumber"), limit=60) or extension_id,
        company=payload.text(contact.get("company"), limit=200),
        person=person,
        email=email,
        keys={"account_id": account_id, "extension_id": extension_id, **_keys(extension)},
    )


def account_facts(answers: AccountAnswers) -> AccountFacts:
    """Everything that the account page shows."""
    unknowns: list[str] = []
    extension, account, company = answers.extension, answers.account, answers.company
    contact = payload.mapping(extension.get("contact"))
    status = payload.text(account.get("status") or company.get("status"), limit=80)
    return AccountFacts(
        company=payload.text(company.get("companyName") or contact.get("company"), limit=200),
        person=_person(extension),
        email=payload.text(contact.get("email"), limit=254),
        plan=plan_name(account),
        verified=_VERIFIED.get(status),
        is_admin=payload.boolean(_at(extension, "permissions", "admin").get("enabled")),
        facts=_known([*_extension_facts(extension, unknowns), *_company_facts(account, company), *_withheld(answers)]),
        instead_of_balance=_known(_contract_facts(account, company, status, unknowns)),
        keys=_keys(account) | _keys(extension),
        unknown_values=tuple(unknowns),
    )


def plan_name(account: Row) -> str:
    """The service plan with its edition, where the name does not say that already."""
    plan = _at(account, "serviceInfo", "servicePlan")
    name, edition = payload.text(plan.get("name"), limit=120), payload.text(plan.get("edition"), limit=80)
    return name if not edition or edition.lower() in name.lower() else f"{name} {edition}".strip()


def _account_id(extension: Row) -> str:
    told = _number_of(payload.mapping(extension.get("account")).get("id"))
    found = _ACCOUNT_IN_URI.search(payload.text(extension.get("uri")))
    return told or (found[1] if found else "")


def _number_of(value: Any) -> str:
    """An account or extension id, which is a number, or a text of digits; "" for anything else."""
    digits = payload.text(value, limit=40)
    return digits if digits.isascii() and digits.isdigit() else ""


def _person(extension: Row) -> str:
    return payload.text(extension.get("name"), limit=200) or full_name(payload.mapping(extension.get("contact")))


def _keys(row: Row) -> dict[str, str]:
    """What later requests and mappings need: the own number, and the region (ISO) and zone of the regional settings."""
    region = payload.mapping(row.get("regionalSettings"))
    found = {
        "extension_number": payload.text(row.get("extensionNumber"), limit=60),
        "region": payload.text(payload.mapping(region.get("homeCountry")).get("isoCode"), limit=2).upper(),
        "time_zone": payload.text(payload.mapping(region.get("timezone")).get("name"), limit=60),
    }
    return {name: value for name, value in found.items() if value}


def _extension_facts(extension: Row, unknowns: list[str]) -> Iterable[Fact]:
    contact = payload.mapping(extension.get("contact"))
    zone = _at(extension, "regionalSettings", "timezone")
    yield Fact(_("Extension"), payload.text(extension.get("extensionNumber"), limit=60))
    yield Fact(_("Extension status"), _word(extension.get("status"), EXTENSION_STATUSES, "extension.status", unknowns))
    yield Fact(_("Department"), payload.text(contact.get("department"), limit=120))
    yield Fact(_("Site"), payload.text(payload.mapping(extension.get("site")).get("name"), limit=120))
    yield Fact(_("Time zone"), payload.text(zone.get("description") or zone.get("name"), limit=120))


def _company_facts(account: Row, company: Row) -> Iterable[Fact]:
    region = payload.mapping(account.get("regionalSettings"))
    country = payload.mapping(region.get("homeCountry"))
    brand = _at(account, "serviceInfo", "brand")
    yield Fact(_("Main number"), _phone(company.get("mainNumber") or account.get("mainNumber"), country))
    yield Fact(_("Country"), payload.text(country.get("name"), limit=80))
    yield Fact(_("Brand"), payload.text(brand.get("name"), limit=80))


def _withheld(answers: AccountAnswers) -> Iterable[Fact]:
    for sentence in dict.fromkeys(answers.withheld):
        yield Fact(_("Company details"), sentence)


def _contract_facts(account: Row, company: Row, status: str, unknowns: list[str]) -> Iterable[Fact]:
    """What there is in place of a balance; each line only where RingCentral has answered it."""
    billing = _at(account, "serviceInfo", "billingPlan")
    reason = payload.mapping(account.get("statusInfo"))
    currency = _at(account, "regionalSettings", "currency")
    lines = payload.integer(billing.get("includedPhoneLines"))
    yield Fact(_("Plan"), plan_name(account))
    yield Fact(_("Billing plan"), payload.text(billing.get("name"), limit=120))
    yield Fact(_("Billing type"), _word(billing.get("type"), BILLING_TYPES, "billingPlan.type", unknowns))
    yield Fact(_("Billing period"), _period(billing, unknowns))
    yield Fact(_("Billing active"), _yes_or_no(company.get("billingActive")))
    yield Fact(_("Account status"), _word(status, ACCOUNT_STATUSES, "account.status", unknowns))
    yield Fact(_("Reason of the status"), payload.text(reason.get("reason"), limit=120))
    yield Fact(_("Status until"), payload.text(reason.get("till"), limit=60))
    yield Fact(_("Included phone lines"), "" if lines is None else str(lines))
    yield Fact(_("Currency"), payload.text(currency.get("code"), limit=10))


def _period(billing: Row, unknowns: list[str]) -> str:
    """How long one billing period is, such as *1 month*."""
    unit = payload.text(billing.get("durationUnit"), limit=80)
    if unit and unit not in BILLING_UNITS:
        unknowns.append(f"billingPlan.durationUnit={unit}")
    count = payload.integer(billing.get("duration"))
    if not unit or count is None:
        return unit
    words = {
        "Day": ngettext("%(count)d day", "%(count)d days", count),
        "Month": ngettext("%(count)d month", "%(count)d months", count),
        "Year": ngettext("%(count)d year", "%(count)d years", count),
    }
    return words[unit] % {"count": count} if unit in words else f"{count} {unit}"


def _phone(value: Any, country: Row) -> str:
    """A company number for display; v1 writes it without the plus sign."""
    number = payload.text(value, limit=60)
    region = payload.text(country.get("isoCode"), limit=2).upper() or None
    e164 = to_e164(number, region) or to_e164(f"+{number}")
    return for_display(e164) if e164 else number


def _word(value: Any, known: frozenset[str], name: str, unknowns: list[str]) -> str | Promise:
    """The vendor's word, translatable where it is known; one that the vocabulary lacks is noted."""
    word = payload.text(value, limit=80)
    if word in known:
        return gettext_lazy(word)
    if word:
        unknowns.append(f"{name}={word}")
    return word


def _yes_or_no(value: Any) -> str | Promise:
    told = payload.boolean(value)
    return "" if told is None else _("yes") if told else _("no")


def _at(row: Row, *path: str) -> Row:
    """The object at a path of keys, {} where there is none."""
    for key in path:
        row = payload.mapping(row.get(key))
    return row


def _known(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts that have a value."""
    return tuple(fact for fact in facts if fact.value)


def company(keys: Row) -> str:
    """The RingCentral account that a link belongs to: all its extensions share it, and the ids of its calls."""
    return payload.text(keys.get("account_id"))
