"""Short stretches of work without Python's collector of cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_pausing = 0  # threads that are at such work
_was_on = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """For some milliseconds of work with thousands of rows, none of which holds a cycle.

    Each row counts as a new object, and every few thousand of these the collector would look through all that the process has. It serves
    the whole process, so it goes on when the last thread is done. Let go of the rows before the end: afterwards they count.
    """
    global _pausing, _was_on
    with _lock:
        if not _pausing:
            _was_on = gc.isenabled()
            gc.disable()
        _pausing += 1
    try:
        yield
    finally:
        with _lock:
            _pausing -= 1
            if not _pausing and _was_on:
                gc.enable()
