"""Fault drills: kills, races, outages and full disks, against a sandbox and a database of their own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.environment import BASE_DIR

NEEDED = ("hypothesis", "time_machine")


class Command(BaseCommand):
    """``manage.py drill``: about a minute; ``--long`` half an hour. The site's own data is never touched."""

    help = "Run the fault drills and print what they did. DATABASE_URL chooses between SQLite and PostgreSQL. Needs requirements-dev.txt."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What `python -m drills` takes."""
        parser.add_argument("--short", action="store_true", help="About a minute; the default.")
        parser.add_argument("--long", action="store_true", help="About half an hour.")
        parser.add_argument("--seconds", type=float, help="About that long, shared by the drills.")
        parser.add_argument("--seed", type=int, help="Another seed makes other schedules.")
        parser.add_argument("--only", action="append", help="One drill by its name; repeatable.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Runs in a process of its own, which sets Django up on the temporary database. Fails where an invariant was violated."""
        if not all(map(importlib.util.find_spec, NEEDED)):
            raise CommandError("Drills need what tests need: pip install -r requirements-dev.txt")
        command = [sys.executable, "-m", "drills", *self._passed_on(options)]
        done = subprocess.run(command, cwd=BASE_DIR, check=False)  # noqa: S603  # our own module, options of our own parser
        if done.returncode:
            raise CommandError("A drill failed; its findings are above.", returncode=done.returncode)

    def _passed_on(self, options: dict[str, Any]) -> list[str]:
        switches = [f"--{name}" for name in ("short", "long") if options[name]]
        values = [f"--{name}={options[name]}" for name in ("seconds", "seed") if options[name] is not None]
        return [*switches, *values, *(f"--only={name}" for name in options["only"] or ())]
