"""`python -m bench`: all benchmarks one after the other, and one summary."""

from __future__ import annotations

import os
import sys

import click

from bench import dashboard, demo, first_calls, pages
from bench.report import conclude


@click.command(help=__doc__)
@click.option("--rounds", default=300, show_default=True, help="Requests per page.")
@click.option("--calls", default=20_000, show_default=True, help="Stored calls.")
def main(rounds: int, calls: int) -> None:
    """Measure and conclude."""
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; figures of one run, to be compared with each other only"
    )
    print("\nPages\n")
    findings = pages.measure(rounds, calls)
    print("\nDashboard of six accounts\n")
    findings += dashboard.measure(rounds=9)
    print("\nFrom linking to the first calls\n")
    findings += first_calls.measure(latency=0)
    print("\nDemo\n")
    findings += demo.measure()
    sys.exit(conclude(findings))


if __name__ == "__main__":
    main()
