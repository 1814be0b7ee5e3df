"""What a benchmark found, as lines that a person reads and an exit status for a script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One target: what was found, what it may be at most, in which unit."""

    name: str
    found: float
    at_most: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.found <= self.at_most

    def __str__(self) -> str:
        verdict = "PASS" if self.met else "FAIL"
        return f"{verdict}  {self.name}: {self.found:.2f} {self.unit} (at most {self.at_most:g})"


def conclude(findings: Iterable[Finding]) -> int:
    """Print the targets; the exit status is 1 where one is missed."""
    listed = list(findings)
    print()
    for finding in listed:
        print(finding)
    return 0 if all(finding.met for finding in listed) else 1
