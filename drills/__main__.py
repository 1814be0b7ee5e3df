"""`python -m drills`, which is what `manage.py drill` runs: all drills one after the other, a table, and an exit code."""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import signal
import sys
import time
from typing import TYPE_CHECKING

from drills.report import MOST_SHOWN, Effort, Figures, table, verdict

if TYPE_CHECKING:
    from drills.world import World

DRILLS = {
    "races": "drills.races.twelve_at_once",
    "kills": "drills.kills.at_every_step",
    "faults": "drills.faults.token_endpoint",
    "outage": "drills.faults.hour_long_outage",
    "clocks": "drills.faults.wrong_clocks",
    "ends": "drills.faults.real_ends",
    "machine": "drills.machine.random_schedules",
    "storing": "drills.storing.refused",
    "sync": "drills.syncing.killed_while_syncing",
    "random-kills": "drills.kills.at_random_moments",
}
LONG = 1800.0  # seconds of the long form


def main() -> int:
    """Run what was asked for; 1 if an invariant was violated."""
    from drills.world import (
        world,  # not above: every child of a drill imports this module, and would import the sandbox with it
    )

    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was set up is taken away
    chosen = options.only or list(DRILLS)
    seconds = options.seconds if options.seconds is not None else (LONG if options.long else 0.0)
    print(f"Drills: {', '.join(chosen)}; seed {options.seed}", flush=True)
    with world(options.seed, Effort(seconds / len(chosen))) as ours:
        multiprocessing.current_process().name = "drills"
        done = [_run(name, ours) for name in chosen]
    violations = [violation for figures in done for violation in figures.violations]
    print("\n" + table(done))
    for violation in violations[:MOST_SHOWN]:
        print(f"VIOLATED  {violation}")
    print(verdict(done))
    return 1 if violations else 0


def _run(name: str, ours: World) -> Figures:
    """One drill. It is imported here, since Django is set up by now."""
    module, _dot, function = DRILLS[name].rpartition(".")
    started, rules = time.monotonic(), dict(ours.sandbox.sandbox.policies)
    figures: Figures = getattr(importlib.import_module(module), function)(ours)
    ours.sandbox.sandbox.policies.update(rules)  # one drill's rules are not the next one's
    figures.seconds = time.monotonic() - started
    print(f"  {figures.name}: {figures.seconds:.1f} s", flush=True)
    return figures


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py drill", description="Fault drills against a sandbox of their own.")
    parser.add_argument("--short", action="store_true", help="About a minute; the default.")
    parser.add_argument("--long", action="store_true", help=f"About {LONG / 60:.0f} minutes.")
    parser.add_argument("--seconds", type=float, help="About that long, shared by the drills.")
    parser.add_argument("--seed", type=int, default=2026, help="Another seed makes other schedules (2026).")
    parser.add_argument("--only", action="append", choices=list(DRILLS), help="One drill; repeatable.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
