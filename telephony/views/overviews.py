"""A linked account as its card and its page show it: what is stored, when it was read, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from telephony import selectors
from telephony.core.registry import find_spec
from telephony.core.spec import ProviderSpec
from telephony.core.types import ExtensionKind, Feature
from telephony.models import LinkedAccount, LinkState, Reading, Section
from telephony.services.environments import is_in_sandbox
from telephony.services.readings import is_fresh
from telephony.views.troubles import Trouble, trouble_of

TONES = {
    LinkState.ACTIVE: "ok",
    LinkState.DELAYED: "warn",
    LinkState.NEEDS_RELINKING: "danger",
    LinkState.DISABLED: "neutral",
    LinkState.UNLINKING: "neutral",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One section of an account: its last reading, and whether the page should ask the provider for it now."""

    reading: Reading | None
    trouble: Trouble | None
    due: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """A prepaid balance and when it was read."""

    amount: Decimal
    currency: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that is known about an account without asking anybody."""

    account: LinkedAccount
    spec: ProviderSpec | None
    parts: Mapping[str, Part]

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.account.link_state]

    @property
    def sandbox(self) -> bool:
        """Whether this is an account of the local stand-in."""
        return is_in_sandbox(self.account)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """(label, value) pairs in the active language."""
        return self.account.described("facts")

    @property
    def plan(self) -> str:
        """The plan's name, "" where it is not known."""
        return str(self.account.facts.get("plan") or "")

    @property
    def verified(self) -> bool | None:
        """Whether the provider has verified the account; None where it does not say."""
        verified = self.account.facts.get("verified")
        return verified if isinstance(verified, bool) else None

    @property
    def offers_balance(self) -> bool:
        """Whether the provider has a balance at all."""
        return self.spec is not None and Feature.BALANCE not in self.spec.not_offered

    @property
    def read_with_facts(self) -> tuple[Section, ...]:
        """The sections that the page of an account reads in one go."""
        return (*self.in_card, Section.EXTENSIONS) if self.spec and self.spec.shares_answers else self.in_card

    @property
    def in_card(self) -> tuple[Section, ...]:
        """The sections that a card of the dashboard reads in one go."""
        return (Section.FACTS, Section.BALANCE) if self.offers_balance else (Section.FACTS,)

    @property
    def card_due(self) -> bool:
        """Whether a card should ask the provider."""
        return bool(self.due(self.in_card))

    @property
    def facts_due(self) -> bool:
        """Whether the page should ask the provider for the facts and what is read with them."""
        return bool(self.due(self.read_with_facts))

    @property
    def extensions_due(self) -> bool:
        """Whether the page should ask for the extensions by themselves."""
        return Section.EXTENSIONS not in self.read_with_facts and self.parts[Section.EXTENSIONS].due

    def due(self, sections: Iterable[Section]) -> list[Section]:
        """Those of the sections that are to be read now."""
        return [section for section in sections if self.parts[section].due]

    @property
    def balance(self) -> Balance | None:
        """The last balance that was read."""
        reading = self.parts[Section.BALANCE].reading
        if reading is None or reading.read_at is None or not reading.summary:
            return None
        return Balance(Decimal(reading.summary["amount"]), reading.summary["currency"], reading.read_at)

    @property
    def extension_counts(self) -> list[tuple[ExtensionKind, int]]:
        """(kind, how many), in the order of ExtensionKind."""
        reading = self.parts[Section.EXTENSIONS].reading
        counts = reading.summary if reading else {}
        return [(kind, counts[kind]) for kind in ExtensionKind if kind in counts]

    @property
    def extension_total(self) -> int:
        """How many extensions of any kind."""
        return sum(count for _kind, count in self.extension_counts)

    @property
    def no_balance(self) -> str:
        """Why there is no balance, in words."""
        return str(self.spec.not_offered.get(Feature.BALANCE, "")) if self.spec else ""

    @property
    def instead_of_balance(self) -> list[tuple[str, str]]:
        """What the provider shows in place of a balance."""
        return self.account.described("instead_of_balance")

    @property
    def in_short(self) -> list[tuple[str, str]]:
        """The first two of them that the card does not show anyway."""
        return [(label, value) for label, value in self.instead_of_balance if value != self.plan][:2]


def overviews(accounts: list[LinkedAccount]) -> list[Overview]:
    """The accounts with what is stored about them; the number of queries does not depend on how many there are."""
    readings = selectors.readings(accounts)
    return [
        Overview(
            account,
            find_spec(account.provider),
            {section.value: part_of(account, readings.get((account.pk, section))) for section in Section},
        )
        for account in accounts
    ]


def overview_of(account: LinkedAccount) -> Overview:
    """One account with what is stored about it."""
    return overviews([account])[0]


def part_of(account: LinkedAccount, reading: Reading | None) -> Part:
    """A section with its trouble, if any."""
    due = account.usable and find_spec(account.provider) is not None and not is_fresh(reading)
    return Part(reading, trouble_of(account, reading), due)
