"""Lets ``manage.py test`` run pytest, so that both commands run the same suite the same way."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any


class PytestRunner:
    """Django's TEST_RUNNER interface on top of pytest; labels are pytest's paths or node ids."""

    def __init__(
        self, verbosity: int = 1, failfast: bool = False, keepdb: bool = False, k: str = "", **_options: Any
    ) -> None:
        self.verbosity = verbosity
        self.failfast = failfast
        self.keepdb = keepdb
        self.expression = k

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """The few options that both worlds know."""
        parser.add_argument("--keepdb", action="store_true", help="Keep the test database.")
        parser.add_argument("-k", default="", help="Run only tests that match this pytest expression.")

    def run_tests(self, test_labels: list[str], **_options: Any) -> int:
        """Run pytest and return the number that Django turns into the exit status (0 means all passed)."""
        import pytest

        arguments = {0: ["-q"], 2: ["-v"], 3: ["-vv"]}.get(self.verbosity, [])
        if self.failfast:
            arguments.append("--exitfirst")
        if self.keepdb:
            arguments.append("--reuse-db")
        if self.expression:
            arguments += ["-k", self.expression]
        if not test_labels:
            # The whole suite uses all cores; for a few tests, starting the processes would take longer than running them.
            arguments += ["--numprocesses", str(os.cpu_count() or 1), "--dist", "worksteal"]
        return int(pytest.main([*arguments, *test_labels]))
