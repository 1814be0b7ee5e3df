"""What roll-ups and other listeners are told of a stored row, before and after a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telephony.core.types import LogScope

FLAG_OF = {LogScope.OWN: "in_own_log", LogScope.COMPANY: "in_company_log"}


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What roll-ups and indexes need to know of a row.

    `repeats_own` and `repeats_company`: another account of the company stands for the call in this log.
    """

    key: str
    kind: str
    direction: str
    outcome: str
    started_at: datetime
    duration: int | None
    extension: str
    caller_digits: str
    callee_digits: str
    in_own_log: bool
    in_company_log: bool
    deleted: bool
    repeats_own: bool = False
    repeats_company: bool = False


@dataclass(frozen=True, slots=True)
class StoreChange:
    """One page's effect: the rows as they were, and as they are; `after` holds added and changed rows only."""

    account_id: int
    before: dict[str, CallFacts] = field(default_factory=dict)
    after: dict[str, CallFacts] = field(default_factory=dict)


PREPARED = (
    "key",
    "kind",
    "direction",
    "outcome",
    "started_at",
    "duration",
    "extension",
    "caller_digits",
    "callee_digits",
)
"""What a row that is about to be written tells of these."""


def facts_columns() -> tuple[str, ...]:
    """The columns that `facts_from` takes."""
    return (*PREPARED, "in_own_log", "in_company_log", "deleted_at", "repeats_own", "repeats_company")


def facts_from(values: Sequence[Any]) -> CallFacts:
    """The facts of a row that was read."""
    *rest, deleted_at, repeats_own, repeats_company = values
    return CallFacts(*[*rest, deleted_at is not None, repeats_own, repeats_company])
