"""JSON that went wrong: a valid document in which some values are replaced by anything at all, or are missing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
MISSING = object()

# What vendors have been seen to send in odd rows, and what breaks careless code.
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 1e308, 1.5, float("inf"), "", " ", "0", "null", "anonymous", "NEW_VALUE",
    "\x00\x1b[31m", "\u202e\U0001f600",
    "=HYPERLINK(\"x\")", "<b>Bold</b>", "+49", "+" + "9" * 60, "x" * 5000, "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", [], [None], [[]], {}, {"": None},
)  # fmt: skip

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
anything = st.sampled_from(ODD_VALUES) | st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(document: Any, at: Path = ()) -> Iterator[Path]:
    """The place of every value in a JSON document, the document itself included."""
    yield at
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, value in items:
        yield from paths(value, (*at, name))


@st.composite
def mutated(draw: st.DrawFn, document: Any, *, most: int = 4) -> Any:
    """`document` with one to `most` values replaced by anything, or taken away."""
    result = copy.deepcopy(document)
    for place in draw(st.lists(st.sampled_from(list(paths(document))), min_size=1, max_size=most, unique=True)):
        result = _with(result, place, draw(anything | st.just(MISSING)))
    return result


def _with(document: Any, place: Path, value: Any) -> Any:
    """`document` with `value` at `place`; unchanged where an earlier change has taken that place away."""
    if not place:
        return {} if value is MISSING else copy.deepcopy(value)
    holder = document
    for name in place[:-1]:
        holder = _step(holder, name)
    if isinstance(holder, dict):
        holder.pop(place[-1], None) if value is MISSING else holder.update({place[-1]: copy.deepcopy(value)})
    elif isinstance(holder, list) and isinstance(place[-1], int) and place[-1] < len(holder):
        holder[place[-1]] = None if value is MISSING else copy.deepcopy(value)
    return document


def _step(holder: Any, name: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(name)
    if isinstance(holder, list) and isinstance(name, int) and name < len(holder):
        return holder[name]
    return None
