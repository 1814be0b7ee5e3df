"""Asking a provider several things side by side, and nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.translation import get_language, override

from telephony.core.errors import ProviderError

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class Answer(Generic[AnswerT]):
    """What a question brought after `seconds`: exactly one of `value` and `error`."""

    value: AnswerT | None = None
    error: ProviderError | None = None
    seconds: float = 0.0


def side_by_side(questions: Sequence[Callable[[], AnswerT]]) -> list[Answer[AnswerT]]:
    """All answers, in the order of the questions, after as long as the slowest takes. Each runs in a thread of its own.

    The language in force holds in the threads too. A question must not touch the database: a connection belongs to one thread.
    """
    asked = [_Asked(question) for question in questions]
    for one in asked[1:]:
        one.start()
    for one in asked[:1]:
        one.run()
    return [one.answer() for one in asked]


class _Asked(Generic[AnswerT]):
    def __init__(self, question: Callable[[], AnswerT]) -> None:
        self._question = question
        self._future: Future[Answer[AnswerT]] = Future()

    def start(self) -> None:
        context = copy_context()  # the budget of the page holds in the threads too
        threading.Thread(target=context.run, args=(self._run_in, get_language()), daemon=True).start()

    def _run_in(self, language: str | None) -> None:
        with override(language):
            self.run()

    def run(self) -> None:
        started = time.monotonic()
        try:
            value = self._question()
        except ProviderError as error:
            self._future.set_result(Answer(error=error, seconds=time.monotonic() - started))
        except BaseException as error:  # whoever waits for the answer raises it
            self._future.set_exception(error)
        else:
            self._future.set_result(Answer(value, seconds=time.monotonic() - started))

    def answer(self) -> Answer[AnswerT]:
        return self._future.result()


class Remembered:
    """Answers that one client has got already, refusals included. Two threads that want the same one wait for one request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[Hashable, Future[Any]] = {}

    def get(self, key: Hashable, ask: Callable[[], AnswerT]) -> AnswerT:
        """The answer under `key`, asked for the first time only. Raises what asking raised."""
        with self._lock:
            known = self._answers.get(key)
            future: Future[AnswerT] = known or Future()
            self._answers[key] = future
        if known is None:
            try:
                future.set_result(ask())
            except BaseException as error:  # so that nobody waits for ever; `result` raises it here as well
                future.set_exception(error)
        return future.result()
