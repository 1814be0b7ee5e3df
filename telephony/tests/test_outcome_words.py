"""How a call ended, in words that fit who looks at it."""

from __future__ import annotations

import pytest

from telephony.core.types import Direction, Outcome
from telephony.views.call_rows import outcome_view


@pytest.mark.parametrize("direction", [Direction.INBOUND, Direction.INTERNAL, Direction.UNKNOWN])
def test_who_was_called_has_missed_the_call(direction: Direction) -> None:
    shown = outcome_view(direction, Outcome.MISSED)
    assert (shown.tone, shown.label) == ("danger", "Missed")


def test_who_called_got_no_answer_which_is_no_alarm() -> None:
    shown = outcome_view(Direction.OUTBOUND, Outcome.MISSED)
    assert (shown.tone, shown.label) == ("neutral", "Not answered")


def test_every_other_outcome_is_said_alike_both_ways() -> None:
    for outcome in set(Outcome) - {Outcome.MISSED}:
        assert outcome_view(Direction.INBOUND, outcome) == outcome_view(Direction.OUTBOUND, outcome)
