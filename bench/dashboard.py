"""`python -m bench.dashboard`: how long six accounts take whose providers answer in 300 ms, and what that costs the providers."""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import click

from bench.browser import Browser, Load
from bench.processes import clean_environment, free_port, process, run, wait_for
from bench.report import Finding, conclude
from bench.site import PROXY_HEADERS, Site, prepare, production_environment, serving

LATENCY_MS = 300
ACCOUNTS = 6
RATIO_LIMIT = 1.5

Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Round:
    """One load of the dashboard with nothing fresh, and the requests that the providers got meanwhile."""

    load: Load
    requests: list[Request]

    @property
    def slowest_answer(self) -> float:
        """The longest that a provider took for one answer, in milliseconds."""
        return max(float(request["milliseconds"]) for request in self.requests)

    @property
    def ratio(self) -> float:
        """The whole dashboard in units of the slowest answer."""
        return self.load.complete * 1000 / self.slowest_answer

    @property
    def repeated(self) -> int:
        """How many requests asked what another one had asked."""
        asked = Counter((r["method"], r["path"], r["query"], r["authorization"]) for r in self.requests)
        return sum(times - 1 for times in asked.values())


@contextmanager
def running_sandbox(folder: Path) -> Iterator[int]:
    """The stand-in providers, each answer after LATENCY_MS; gives their port."""
    port, log = free_port(), folder / "sandbox.log"
    options = ["--port", str(port), "--latency-ms", str(LATENCY_MS), "--volume", "0.3", "--rates", "off"]
    arguments = ("-m", "sandbox", *options, "--site-url", f"https://{PROXY_HEADERS['Host']}")
    with process(clean_environment(), log, *arguments) as popen:
        wait_for(popen, port, "/healthz", log)
        yield port


def measure(rounds: int) -> list[Finding]:
    """Run and print the table; gives the targets."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        with running_sandbox(folder) as sandbox:
            environment = production_environment(folder, SANDBOX_URL=f"http://127.0.0.1:{sandbox}")
            prepare(environment)
            linked = json.loads(run(environment, "-m", "bench.link"))
            assert linked["accounts"] == ACCOUNTS, linked
            with serving(environment, folder) as port:
                site = Site(port, linked["session"], 0, 0)
                done = _rounds(site, sandbox, folder / "site.sqlite3", 1 + rounds)
    cold, warm = done[0], done[1:]
    _print_table(cold, warm)
    return _findings(cold, warm)


def _rounds(site: Site, sandbox: int, database: Path, count: int) -> list[Round]:
    browser = Browser(site.port, site.headers)
    try:
        return [_round(browser, sandbox, database) for _ in range(count)]
    finally:
        browser.close()


def _round(browser: Browser, sandbox: int, database: Path) -> Round:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM telephony_reading")  # nothing is fresh any more
        connection.commit()
    _ask_sandbox(sandbox, "DELETE", "/_sandbox/requests")
    load = browser.open("/telephony/")
    return Round(load, json.loads(_ask_sandbox(sandbox, "GET", "/_sandbox/requests?limit=5000"))["requests"])


def _ask_sandbox(port: int, method: str, path: str) -> bytes:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path)
        return connection.getresponse().read()


def _print_table(cold: Round, warm: list[Round]) -> None:
    print(f"{'':16} {'first paint':>12} {'complete':>10} {'slowest part':>13} {'slowest answer':>15} {'ratio':>6}")
    for name, each in (("first load", cold), *((f"load {n}", one) for n, one in enumerate(warm, start=2))):
        load = each.load
        print(
            f"{name:16} {load.first_paint * 1000:9.0f} ms {load.complete * 1000:7.0f} ms {max(load.parts) * 1000:10.0f} ms"
            f" {each.slowest_answer:12.0f} ms {each.ratio:6.2f}"
        )
    by_provider = Counter(request["provider"] for request in warm[-1].requests)
    counted = ", ".join(f"{provider} {count}" for provider, count in sorted(by_provider.items()))
    print(f"\nrequests per load: {len(warm[-1].requests)} ({counted}), in {len(warm[-1].load.parts)} parts of the page")
    print(
        f"connections: {len(_connections([cold, *warm]))} for {sum(len(each.requests) for each in (cold, *warm))} requests"
    )


def _connections(rounds: list[Round]) -> set[str]:
    return {str(request["connection"]) for each in rounds for request in each.requests}


def _findings(cold: Round, warm: list[Round]) -> list[Finding]:
    new = len(_connections([cold, *warm]) - _connections([cold]))
    return [
        Finding(
            "dashboard of six accounts, complete",
            statistics.median(each.ratio for each in warm),
            RATIO_LIMIT,
            "times the slowest single answer",
        ),
        Finding(
            "its first paint",
            statistics.median(each.load.first_paint for each in warm) * 1000,
            LATENCY_MS / 2,
            "ms, while every answer takes 300 ms",
        ),
        Finding("requests that ask what another has asked", sum(each.repeated for each in (cold, *warm)), 0, "in all"),
        Finding("new connections after the first load", new, 0.1 * sum(len(each.requests) for each in warm), "in all"),
    ]


@click.command(help=__doc__)
@click.option("--rounds", default=9, show_default=True, help="Loads after the first.")
def main(rounds: int) -> None:
    """Measure and conclude."""
    sys.exit(conclude(measure(rounds)))


if __name__ == "__main__":
    main()
