"""What a drill did, and the table of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_SHOWN = 20  # violations


@dataclass(slots=True)
class Figures:
    """Counts of one drill. `ended` are links that the provider's own rule ended, which their accounts say; `lost` are the others."""

    name: str
    schedules: int = 0
    faults: int = 0
    refreshes: int = 0
    ended: int = 0
    lost: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def violated(self, what: str) -> None:
        """An invariant does not hold."""
        self.violations.append(f"{self.name}: {what}")


@dataclass(slots=True)
class Effort:
    """How long a drill goes on: a fixed number of rounds in the short form, at least that many seconds in the long one."""

    seconds: float = 0.0

    def rounds(self, short: int) -> Iterator[int]:
        """Numbers from 0 on: `short` of them, and in the long form as many more as there is time for."""
        deadline, number = time.monotonic() + self.seconds, 0
        while number < short or time.monotonic() < deadline:
            yield number
            number += 1


def table(drills: list[Figures]) -> str:
    """Everything in one table, with a line that sums it up."""
    head = ("drill", "schedules", "faults", "refreshes", "ended by provider", "links lost", "seconds")
    rows = [_row(one) for one in drills]
    total = Figures("all")
    for one in drills:
        for name in ("schedules", "faults", "refreshes", "ended", "lost", "seconds"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
    lines = [head, *rows, _row(total)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    told = [_line(line, widths) for line in lines]
    told.insert(1, "-" * len(told[0]))
    told.insert(-1, "-" * len(told[0]))
    notes = [f"{one.name}: {note}" for one in drills for note in one.notes]
    return "\n".join([*told, "", *notes])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(
        [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))]
    )


def _row(one: Figures) -> tuple[str, ...]:
    counts = (one.schedules, one.faults, one.refreshes, one.ended, one.lost)
    return (one.name, *map(str, counts), f"{one.seconds:.1f}")


def verdict(drills: list[Figures]) -> str:
    """One line for a summary: passed or failed, and the figures that matter."""
    broken = sum(len(one.violations) for one in drills)
    schedules, faults, lost = (sum(getattr(one, name) for one in drills) for name in ("schedules", "faults", "lost"))
    how = f"{broken} violated" if broken else f"{len(drills)} passed"
    return f"{how}: {schedules} schedules, {faults} faults injected, {lost} links lost"
