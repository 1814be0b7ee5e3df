"""Deleting a person: first every link is revoked at its provider, then everything is erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from django.apps import apps

from accounts.models import User


class UnlinkReport(Protocol):
    """What happened to one link: `remark` says, where `revoked` is False, why and what the person can do."""

    @property
    def label(self) -> str:
        """How the linked account is called on the dashboard."""

    @property
    def revoked(self) -> bool:
        """Whether the provider has confirmed that our access ended."""

    @property
    def remark(self) -> str:
        """Why it has not, and what to do."""


@dataclass(frozen=True, slots=True)
class DeletionSummary:
    """What deleting the account will take away."""

    linked_accounts: list[str]
    email: str

    @classmethod
    def of(cls, person: User) -> DeletionSummary:
        """Reads the labels of the person's linked accounts."""
        linked_account = apps.get_model("telephony", "LinkedAccount")
        labels = [str(account) for account in linked_account._default_manager.filter(user=person)]
        return cls(linked_accounts=labels, email=person.email)


def unlink_all(person: User) -> Sequence[UnlinkReport]:
    """Revoke and delete every link of the person; never raises for a provider that does not answer."""
    # Imported by name and late: the accounts app does not depend on telephony.
    unlinking = import_module("telephony.services.unlinking")
    return cast(Callable[[User], Sequence[UnlinkReport]], unlinking.unlink_all)(person)


def delete_person(person: User) -> Sequence[UnlinkReport]:
    """Unlink everything, then delete the person. Should unlinking fail half-way, the person stays and can try again."""
    reports = unlink_all(person)
    person.delete()
    return reports
