"""`python -m bench.first_calls`: from the moment that a provider sends a person back until her first calls stand on the page.

Real HTTP on both sides: the site under gunicorn in production settings, the stand-in providers with their real rate limits, no worker. The
browser goes the way of a person: confirm, consent, callback, the account's page, its calls with all parts that the page loads by itself.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path

import click
import requests

from bench.processes import clean_environment, free_port, process, run, wait_for
from bench.report import Finding, conclude
from bench.site import PROXY_HEADERS, SESSION_COOKIE, prepare, production_environment, serving
from sandbox.testing import walk_consent

LIMIT = 3.0  # seconds
GIVE_UP = 30.0
_LOADED = re.compile(r'hx-get="([^"]+)" hx-trigger="load')
_ROW = re.compile(r'href="/telephony/calls/\d+/')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
BASE = f"https://{PROXY_HEADERS['Host']}"


class Person:
    """A browser behind the proxy, whose cookies are sent though the last hop is plain HTTP."""

    def __init__(self, port: int, session: str) -> None:
        self._root = f"http://127.0.0.1:{port}"
        self._http = requests.Session()
        self._http.trust_env = False
        self._cookies = {SESSION_COOKIE: session}

    def ask(self, method: str, path: str, data: Mapping[str, str] | None = None, **headers: str) -> requests.Response:
        """One request; redirects are not followed."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent: dict[str, str | bytes] = {**PROXY_HEADERS, "Cookie": cookie, "Referer": f"{BASE}/", **headers}
        url = self._root + path.removeprefix(BASE)
        answer = self._http.request(method, url, data=data, headers=sent, allow_redirects=False, timeout=60)
        for line in answer.raw.headers.getlist("Set-Cookie"):
            self._cookies |= {name: str(morsel.value) for name, morsel in SimpleCookie(line).items()}
        return answer

    def consent(self, provider: str, client: int, sandbox: str) -> str:
        """From the confirmation page over the provider's; gives the address that the provider sends her back to."""
        path = f"/accounts/{provider}/login/?process=connect&client={client}"
        token = _TOKEN.search(self.ask("GET", path).text)
        assert token, "no confirmation page"
        start = self.ask("POST", path, {"csrfmiddlewaretoken": token[1]})
        return walk_consent(sandbox, start.headers["Location"], "admin", "allow")

    def first_calls(self, callback: str) -> tuple[float, int]:
        """Seconds until a page with calls is here, and how many there are."""
        started = time.monotonic()
        account = self.ask("GET", callback).headers["Location"].removeprefix(BASE).split("?")[0]
        self.ask("GET", account)
        while time.monotonic() - started < GIVE_UP:
            page = self.ask("GET", f"{account}calls/").text
            if rows := _ROW.findall(page):
                return time.monotonic() - started, len(set(rows))
            for part in _LOADED.findall(page):
                self.ask("GET", unescape(part), None, **{"HX-Request": "true"})
        raise AssertionError(f"no calls within {GIVE_UP:g} s")


def measure(latency: int) -> list[Finding]:
    """Link one account at each provider and wait for its calls."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder, port = Path(name), free_port()
        log, url = folder / "sandbox.log", f"http://127.0.0.1:{port}"
        arguments = ("-m", "sandbox", "--port", str(port), "--latency-ms", str(latency), "--site-url", BASE)
        with process(clean_environment(), log, *arguments) as popen:
            wait_for(popen, port, "/healthz", log)
            environment = production_environment(folder, SANDBOX_URL=url)
            prepare(environment)
            made = json.loads(run(environment, "-m", "bench.link", "--only-clients"))
            with serving(environment, folder) as site:
                return [_finding(site, made["session"], provider, pk, url) for provider, pk in made["clients"].items()]


def _finding(site: int, session: str, provider: str, client: int, sandbox: str) -> Finding:
    person = Person(site, session)
    seconds, rows = person.first_calls(person.consent(provider, client, sandbox))
    return Finding(f"from linking to the first {rows} calls, {provider}", seconds, LIMIT, "s")


@click.command(help=__doc__)
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer of a provider.")
@click.option("--rounds", default=3, show_default=True, help="Times from an empty database; the medians count.")
def main(latency: int, rounds: int) -> None:
    """Measure and conclude."""
    taken = [measure(latency) for _round in range(rounds)]
    medians = [
        Finding(same[0].name, statistics.median(one.found for one in same), LIMIT, "s")
        for same in zip(*taken, strict=True)
    ]
    sys.exit(conclude(medians))


if __name__ == "__main__":
    main()
