"""The site as it runs in production, on a free port of this machine with a database of its own."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import clean_environment, free_port, process, run, wait_for

# What a proxy in front that speaks https adds to every request.
PROXY_HEADERS = {"Host": "bench.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
SESSION_COOKIE = "__Host-session"
THREADS = 16


@dataclass(frozen=True, slots=True)
class Site:
    """A running site and what was put into its database."""

    port: int
    session: str
    account: int
    call: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the signed-in person's browser."""
        return {**PROXY_HEADERS, "Cookie": f"{SESSION_COOKIE}={self.session}", "User-Agent": "bench"}


def production_environment(folder: Path, **variables: str) -> dict[str, str]:
    """Everything that the site wants to know in production."""
    return clean_environment(
        DJANGO_SETTINGS_MODULE="bench.settings",
        DEBUG="false",
        SECRET_KEY=secrets.token_urlsafe(50),
        FIELD_ENCRYPTION_KEYS=base64.urlsafe_b64encode(os.urandom(32)).decode(),
        BASE_URL=f"https://{PROXY_HEADERS['Host']}",
        ALLOWED_HOSTS=f"{PROXY_HEADERS['Host']},127.0.0.1",
        TRUSTED_PROXY_COUNT="1",
        DATABASE_URL=f"sqlite:///{folder / 'site.sqlite3'}",
        EMAIL_URL="dummymail://",
        LOG_LEVEL="WARNING",
        BENCH_STATIC_ROOT=str(folder / "static"),
    ) | dict(variables)


def prepare(environment: dict[str, str]) -> None:
    """What a deployment does before the first start."""
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    run(environment, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")


@contextmanager
def serving(environment: dict[str, str], folder: Path) -> Iterator[int]:
    """gunicorn with one process and THREADS threads, as docs/configuration.md starts it; gives its port."""
    port, log = free_port(), folder / "site.log"
    arguments = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", str(THREADS), "--no-control-socket"]
    with process(environment, log, "-m", "gunicorn", "bench.wsgi", *arguments, "--log-level", "warning") as popen:
        wait_for(popen, port, "/healthz", log)
        yield port


@contextmanager
def running_site(calls: int) -> Iterator[Site]:
    """A site with one person, six accounts and `calls` stored calls."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        environment = production_environment(folder)
        prepare(environment)
        found = json.loads(run(environment, "-m", "bench.seed", "--calls", str(calls)))
        with serving(environment, folder) as port:
            yield Site(port, found["session"], found["account"], found["call"])
