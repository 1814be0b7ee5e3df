"""`python -m bench.calls`: what a million stored calls cost, on SQLite and PostgreSQL, against named baselines of the same run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import click

from bench.databases import database
from bench.processes import ROOT
from bench.site import production_environment

KINDS = ("sqlite", "postgresql")


def measure(kind: str, rows: int, rounds: int, back_filled: int) -> int:
    """One database, made for this and thrown away; gives 0 where every target is met."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        with database(kind, folder) as url:
            print(f"\n{kind}, {rows:,} calls", flush=True)
            arguments = ["--rows", str(rows), "--rounds", str(rounds), "--folder", str(folder)]
            arguments += ["--back-filled", str(back_filled)]
            return subprocess.run(  # noqa: S603  # our own interpreter
                [sys.executable, "-m", "bench.call_figures", *arguments],
                cwd=ROOT,
                env=production_environment(folder, DATABASE_URL=url),
            ).returncode


@click.command()
@click.option("--rows", default=1_000_000, help="Calls in the table; one person owns half.")
@click.option("--database", "chosen", type=click.Choice([*KINDS, "both"]), default="both")
@click.option("--rounds", default=41, help="Times each page is measured; medians count.")
@click.option(
    "--back-filled", type=int, help="Calls that the memory of a back-fill is measured with; a fifth of the rows."
)
def main(rows: int, chosen: str, rounds: int, back_filled: int | None) -> None:
    """Fill a temporary database, measure, and print each target with PASS or FAIL; the exit status is 1 where one is missed."""
    failed = [
        kind for kind in KINDS if chosen in (kind, "both") and measure(kind, rows, rounds, back_filled or rows // 5)
    ]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
