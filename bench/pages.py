"""`python -m bench.pages`: what a page of the site costs, in units of a bare view under the same server in the same run."""

from __future__ import annotations

import sys

import click

from bench.measure import Client, Sample, WrongAnswer, interleaved
from bench.report import Finding, conclude
from bench.site import Site, running_site
from bench.wsgi_paths import BARE, LEAST_BARE

PAGE_LIMIT, LIST_LIMIT = 3.0, 4.0
ROWS = 50


def pages_of(site: Site) -> dict[str, str]:
    """The site's pages that show one thing each, by address."""
    account = f"/telephony/accounts/{site.account}/"
    return {
        "/telephony/": "dashboard of six accounts",
        account: "an account",
        f"/telephony/calls/{site.call}/": "a call",
        "/telephony/link/": "link an account",
        "/accounts/profile/": "profile",
        "/accounts/security/": "security",
        "/accounts/sessions/": "sessions",
    }


def lists_of(site: Site) -> dict[str, str]:
    """The pages that show fifty stored rows, by address."""
    account = f"/telephony/accounts/{site.account}/"
    return {"/telephony/calls/": "all calls", f"{account}calls/": "calls of an account"}


def _check_rows(client: Client, paths: dict[str, str]) -> None:
    for path in paths:
        body = client.get(path).body
        rows = body.count(b"<tr") - body.count(b"<thead")
        if rows < ROWS:
            raise WrongAnswer(f"{path}: {rows} rows instead of {ROWS}")


def measure(rounds: int, calls: int) -> list[Finding]:
    """Run and print the table; gives the ratio of every page as a finding."""
    with running_site(calls) as site:
        client = Client(site.port, site.headers)
        try:
            lists = lists_of(site)
            _check_rows(client, lists)
            names = {BARE: "bare view", LEAST_BARE: "bare view, least middleware"} | pages_of(site) | lists
            samples = interleaved(client, names, rounds)
        finally:
            client.close()
    _print_table(names, samples)
    bare = samples[BARE].median
    return [
        Finding(names[path], sample.median / bare, LIST_LIMIT if path in lists else PAGE_LIMIT, "times the bare view")
        for path, sample in samples.items()
        if path not in (BARE, LEAST_BARE)
    ]


def _print_table(names: dict[str, str], samples: dict[str, Sample]) -> None:
    bare, least = samples[BARE], samples[LEAST_BARE]
    print(
        f"{'':30} {'median':>9} {'95 %':>9} {'req/s':>6} {'/ bare':>7} {'/ least':>8} {'processor':>10} {'/ bare':>7}"
    )
    for path, sample in samples.items():
        print(
            f"{names[path]:30} {sample.median:6.2f} ms {sample.worst:6.2f} ms {sample.per_second:6.0f}"
            f" {sample.median / bare.median:7.2f} {sample.median / least.median:8.2f}"
            f" {sample.cost:7.2f} ms {sample.cost / bare.cost:7.2f}"
        )


@click.command(help=__doc__)
@click.option("--rounds", default=300, show_default=True, help="Requests per page.")
@click.option("--calls", default=20_000, show_default=True, help="Stored calls.")
def main(rounds: int, calls: int) -> None:
    """Measure and conclude."""
    sys.exit(conclude(measure(rounds, calls)))


if __name__ == "__main__":
    main()
