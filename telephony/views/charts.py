"""Charts as plain figures for a template to draw: every length is a whole number of the picture's own units, and every text is ready.

The pictures stretch with the page; their labels are HTML beside them, so that they stay readable on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

HEIGHT = 1000  # of a bar chart, in its own units
SLOT = 100  # width of a bar with the gap beside it
GAP = 12
THINNEST = 4  # of a piece that stands for anything at all, so that one call among thousands is seen
LEVELS = 5  # shades of a heat map, without the one for *nothing*
MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of bar: its name in the legend, its class, and a value for each bar."""

    label: str
    css_class: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar."""

    css_class: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar and what a pointer on it reads."""

    x: int
    hover: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """A bar chart. `ticks` are the labels of the scale from top to bottom, `labels` those below, the first and the last at the edges."""

    key: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    ticks: tuple[str, ...]
    labels: tuple[str, ...]
    legend: tuple[Series, ...]
    height: int = HEIGHT
    bar_width: int = SLOT - GAP

    @property
    def width(self) -> int:
        """Width in the picture's own units."""
        return max(1, len(self.bars)) * SLOT

    @property
    def middle(self) -> int:
        """Where the middle line is."""
        return self.height // 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a heat map; `level` 0 is nothing, LEVELS the most."""

    x: int
    y: int
    level: int
    hover: str


def bar_chart(
    key: str,
    title: str,
    description: str,
    names: Sequence[str],
    series: Sequence[Series],
    *,
    say: Callable[[int], str],
    tops: Iterable[int] | None = None,
    hovers: Sequence[str],
) -> BarChart:
    """Stacked bars from the bottom up, one per name; `say` words a value of the scale, `tops` are the round ends that it may have."""
    highest = max((sum(column) for column in zip(*(one.values for one in series), strict=True)), default=0)
    top = next(top for top in (tops or decimal_tops()) if top >= highest)
    bars = tuple(Bar(slot * SLOT + GAP // 2, hovers[slot], _parts(series, slot, top)) for slot in range(len(names)))
    ticks = (say(top), say(top // 2), say(0))
    return BarChart(key, title, description, bars, ticks, spread(names), tuple(series))


def _parts(series: Sequence[Series], slot: int, top: int) -> tuple[Part, ...]:
    parts, below = [], 0
    for one in series:
        upper = below + one.values[slot]
        low, high = HEIGHT * below // top, HEIGHT * upper // top
        if one.values[slot]:
            parts.append(Part(one.css_class, max(0, HEIGHT - max(high, low + THINNEST)), max(high - low, THINNEST)))
        below = upper
    return tuple(parts)


def decimal_tops() -> Iterable[int]:
    """2, 4, 10, 20, 40, 60, 100, 200 ...: even, so that the middle of the scale is a whole number too."""
    yield from (2, 4)
    for power in count(1):
        yield from (step * 10**power for step in (1, 2, 4, 6))


def time_tops() -> Iterable[int]:
    """Round talk times in seconds: minutes up to an hour, then hours."""
    yield from (minutes * 60 for minutes in (2, 4, 10, 20, 30, 60))
    yield from (hours * 3600 for hours in decimal_tops())


def spread(names: Sequence[str]) -> tuple[str, ...]:
    """At most MOST_LABELS of the names at even distances, always with the first and the last."""
    gaps = next((gaps for gaps in range(MOST_LABELS - 1, 0, -1) if (len(names) - 1) % gaps == 0), 1)
    if gaps == 1 and len(names) > MOST_LABELS:
        gaps = 2  # no even distance fits; a middle that is half a bar off is nearer to the truth than no middle
    if len(names) <= 1:
        return tuple(names)
    return tuple(names[(len(names) - 1) * place // gaps] for place in range(gaps + 1))


def level(value: int, highest: int) -> int:
    """The shade of a value: 0 for nothing, else 1 to LEVELS."""
    return -(-value * LEVELS // highest) if value and highest else 0
