"""Asking side by side: as long as the slowest takes, in the language of the page, and nothing twice."""

from __future__ import annotations

import threading

import pytest
from django.utils.translation import get_language, override

from telephony.core.answers import Remembered, side_by_side
from telephony.core.errors import ProviderError, Unreachable


def test_questions_are_asked_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=5)  # breaks unless all three are under way at once

    answers = side_by_side([meeting.wait] * 3)

    assert sorted(answer.value for answer in answers if answer.value is not None) == [0, 1, 2]


def test_answers_keep_the_order_of_the_questions_and_refusals_are_answers() -> None:
    def refused() -> str:
        raise Unreachable("GoTo", "reading")

    first, second, third = side_by_side([lambda: "a", refused, lambda: "c"])

    assert (first.value, third.value) == ("a", "c")
    assert isinstance(second.error, Unreachable)
    assert side_by_side([]) == []


def test_a_mistake_of_ours_is_not_taken_for_an_answer() -> None:
    def wrong() -> str:
        raise KeyError("x")

    with pytest.raises(KeyError):
        side_by_side([lambda: "a", wrong])


def test_threads_speak_the_language_of_the_page() -> None:
    with override("de"):
        answers = side_by_side([get_language, get_language])

    assert [answer.value for answer in answers] == ["de", "de"]


def test_what_two_threads_want_is_asked_for_once() -> None:
    remembered, asked = Remembered(), []
    meeting = threading.Barrier(2, timeout=5)

    def ask() -> str:
        asked.append(1)
        return "answer"

    def want() -> str:
        meeting.wait()
        return remembered.get("key", ask)

    assert [answer.value for answer in side_by_side([want, want])] == ["answer", "answer"]
    assert len(asked) == 1


def test_a_refusal_is_remembered_too() -> None:
    remembered, asked = Remembered(), []

    def refuse() -> str:
        asked.append(1)
        raise Unreachable("GoTo", "reading")

    for _ in range(2):
        with pytest.raises(ProviderError):
            remembered.get("key", refuse)
    assert len(asked) == 1


def test_clients_do_not_wait_for_each_other() -> None:
    meeting = threading.Barrier(2, timeout=5)  # breaks where one client's question holds up another's

    answers = side_by_side(
        [lambda: Remembered().get("key", meeting.wait), lambda: Remembered().get("key", meeting.wait)]
    )

    assert all(answer.error is None for answer in answers)
