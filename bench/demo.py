"""`python -m bench.demo`: how long `manage.py demo` takes from a fresh checkout until it prints where to go."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from bench.processes import DidNotStart, clean_environment, free_port, process
from bench.report import Finding, conclude

LIMIT = 20.0  # seconds
GIVE_UP = 90.0


def measure() -> list[Finding]:
    """Start the demo with an empty folder for everything it keeps, wait for its address, and stop it."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder, port = Path(name), free_port()
        log = folder / "demo.log"
        environment = clean_environment(VAR_DIR=str(folder / "var"), DEBUG="true")
        options = ["--port", str(port), "--sandbox-port", str(free_port())]
        started = time.monotonic()
        with process(environment, log, "manage.py", "demo", *options) as popen:
            while f"localhost:{port}" not in log.read_text(errors="replace"):
                if popen.poll() is not None or time.monotonic() - started > GIVE_UP:
                    raise DidNotStart(log.read_text(errors="replace")[-2000:])
                time.sleep(0.05)
            seconds = time.monotonic() - started
    print(f"manage.py demo printed its address after {seconds:.1f} s")
    return [Finding("the demo is ready", seconds, LIMIT, "s")]


@click.command(help=__doc__)
def main() -> None:
    """Measure and conclude."""
    sys.exit(conclude(measure()))


if __name__ == "__main__":
    main()
