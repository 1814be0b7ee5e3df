"""The real thing as processes: the sandbox, gunicorn with the site, and a helper at its database; all ended together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 40.0  # seconds for a process to answer
STOP_WITHIN = 8.0  # seconds before a process that does not stop is killed
LATENCY_MS = 100  # about what a provider takes


class SandboxControl:
    """The running sandbox's control endpoints."""

    def __init__(self, url: str) -> None:
        self.url = url

    def fail(self, kind: str, **more: Any) -> None:
        """Start a fault, such as ``fail("unavailable", provider="sipgate")``."""
        self._ask("POST", "/_sandbox/faults", {"kind": kind, **more})

    def mend(self) -> None:
        """End all faults."""
        self._ask("DELETE", "/_sandbox/faults")

    def revoke(self, provider: str) -> None:
        """End every session at a provider, as a person does in the settings there."""
        self._ask("POST", "/_sandbox/grants/revoke", {"provider": provider})

    def advance(self, seconds: float) -> None:
        """Let time pass at the providers."""
        self._ask("POST", "/_sandbox/clock", {"advance_seconds": seconds})

    def reset(self) -> None:
        """Back to the beginning; the redirect URIs stay."""
        self._ask("POST", "/_sandbox/reset", {})

    def requests(self, provider: str, path: str) -> list[dict[str, Any]]:
        """What was asked of a provider under a path."""
        found = self._ask("GET", f"/_sandbox/requests?provider={provider}&path={path}")
        return list(found["requests"])

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)  # noqa: S310  # loopback
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
            text = reply.read()
        return json.loads(text) if text else None


class Backstage:
    """A process with the site's settings and database (`tests.browser.backstage`) that does one thing for each line."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def __call__(self, act: str, **arguments: Any) -> Any:
        """Do an act of `tests.browser.backstage.ACTS` and give its result."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"act": act, "arguments": arguments}).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the helper at the database ended:\n{self.log.read_text()[-2000:]}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["result"]


@dataclass(slots=True)
class Stage:
    """Everything that runs, and where."""

    var: Path
    site_port: int
    sandbox_port: int
    latency_ms: int = LATENCY_MS
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The site, without a slash at the end. localhost, because passkeys need a name."""
        return f"http://localhost:{self.site_port}"

    @property
    def sandbox(self) -> SandboxControl:
        """The stand-ins for the providers."""
        return SandboxControl(f"http://127.0.0.1:{self.sandbox_port}")

    @property
    def backstage(self) -> Backstage:
        """The helper at the database."""
        return Backstage(self.running[-1], self.var / "backstage.log")

    def clear(self) -> None:
        """Nobody has linked anything, no fault, no limit reached, the OAuth clients as they were seeded."""
        self.sandbox.reset()
        self.backstage("clear")

    def environment(self) -> dict[str, str]:
        """The environment of all processes; what a developer has set for her own site is left out."""
        foreign = ("_CLIENT_ID", "_CLIENT_SECRET", "_AUTH_URL", "_API_URL", "_SCOPES")
        kept = {name: value for name, value in os.environ.items() if not name.endswith(foreign)}
        return kept | {
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "BASE_URL": self.url,
            "SANDBOX_URL": self.sandbox.url,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DATABASE_URL": f"sqlite:///{self.var / 'site.sqlite3'}",
            "VAR_DIR": str(self.var),
            "EMAIL_URL": "filemail://",
            "TASKS_BACKEND": "database",
            "REDIS_URL": "",
            "PROVIDER_EXTRA_HOSTS": "",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        """Start all and wait until they answer; the helper migrates and seeds before the site starts."""
        sandbox = self._spawn(
            "sandbox",
            *("-m", "sandbox", "--port", str(self.sandbox_port), "--site-url", self.url, "--rates", "off"),
            *("--latency-ms", str(self.latency_ms), "--volume", "0.8", "--history-days", "45"),
        )
        self._spawn("backstage", "-m", "tests.browser.backstage", talks=True)
        self.backstage("prepare")
        site = self._spawn(
            "site",
            *("-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.site_port}", "--workers", "1"),
            *("--threads", "16", "--no-control-socket", "--limit-request-line", "8190", "--log-level", "warning"),
        )
        self.running.append(self.running.pop(1))  # the helper last: it is ended first, and `backstage` finds it there
        self._wait_for(sandbox, "sandbox", f"{self.sandbox.url}/healthz")
        self._wait_for(site, "site", f"http://127.0.0.1:{self.site_port}/healthz")

    def stop(self) -> None:
        """End what was started, and nothing else."""
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        for process in self.running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
        self.running.clear()

    def _spawn(self, name: str, *arguments: str, talks: bool = False) -> subprocess.Popen[bytes]:
        with (self.var / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter with fixed arguments
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def _wait_for(self, process: subprocess.Popen[bytes], name: str, url: str) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not _answers(url):
            late = time.monotonic() > deadline
            if late or process.poll() is not None:
                text = (self.var / f"{name}.log").read_text(errors="replace")[-2000:]
                raise AssertionError(f"The {name} {'does not answer' if late else 'has ended'}:\n{text}")
            time.sleep(0.1)


@contextmanager
def running_stage(var: Path, latency_ms: int = LATENCY_MS) -> Iterator[Stage]:
    """A whole installation that keeps its files in `var`."""
    stage = Stage(var, _free_port(), _free_port(), latency_ms)
    try:
        stage.start()
        yield stage
    finally:
        stage.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310  # loopback
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
