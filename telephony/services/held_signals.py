"""Work that a planned stop must wait for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PLANNED_STOPS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stops_wait() -> Iterator[None]:
    """SIGTERM and Ctrl-C take effect when the block has ended, not in its middle.

    In other threads than the main one there is nothing to do: the server or worker that started them has handlers of its own in the
    main thread, and waits for its threads.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in PLANNED_STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for pending in came:
            signal.raise_signal(pending)
