"""What an import into the phone book did: figures, and why lines were left out, worded anew in the language of whoever reads it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from django.utils.translation import gettext as _

from telephony.core.number_words import Refusal, refusal_sentence

MOST_REFUSALS: Final = 20  # that a report names
NO_NAME: Final = "no_name"
FULL: Final = "full"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that was left out: `reason` is NO_NAME, FULL or the value of a Refusal; `value` what stood there, or how many are too many."""

    line: int
    reason: str
    value: str = ""

    @property
    def why(self) -> str:
        """A sentence in the active language."""
        if self.reason == NO_NAME:
            return _("There is no name.")
        if self.reason == FULL:
            return _("A phone book takes %(most)s entries.") % {"most": self.value}
        if self.reason == Refusal.EMPTY.value:
            return _("There is no number.")
        sentence = refusal_sentence(Refusal(self.reason), self.value)
        return sentence if self.value in sentence else f"“{self.value}”: {sentence}"


@dataclass(slots=True)
class ImportReport:
    """What an import did, in entries; `refusals` are the first few of `refused`. `kept` are names entered by hand."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    refused: int = 0
    refusals: list[LeftOut] = field(default_factory=list)

    def refuse(self, line: int, reason: str, value: str = "") -> None:
        """Count a line that is left out."""
        self.refused += 1
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(LeftOut(line, reason, value[:40]))

    def as_json(self) -> dict[str, Any]:
        """For a session."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Out of a session again."""
        return cls(**(kept | {"refusals": [LeftOut(**one) for one in kept["refusals"]]}))
