"""The demo's processes: sandbox, site and worker, started together, watched, and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings

from config.environment import BASE_DIR

START_WITHIN = 30.0  # seconds for a process to answer
STOP_WITHIN = 8.0  # seconds before a process that does not stop is killed
POLL = 0.1


class PortTaken(Exception):
    """Another program listens where the demo wants to."""


class ProcessFailed(Exception):
    """A process of the demo did not start, or ended by itself."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where site and sandbox listen, on this machine only."""

    site: int
    sandbox: int

    @property
    def site_url(self) -> str:
        """The site's address. localhost, not 127.0.0.1, because passkeys need a name."""
        return f"http://localhost:{self.site}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address."""
        return f"http://127.0.0.1:{self.sandbox}"


@dataclass(slots=True)
class _Process:
    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def last_lines(self, count: int = 8) -> str:
        """The end of its log, for the message that says why it ended."""
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(f"    {line}" for line in lines)


@dataclass(slots=True)
class DemoProcesses:
    """Starts, watches and ends the three processes; only ever ends what it started itself."""

    ports: Ports
    latency_ms: int
    running: list[_Process] = field(default_factory=list)

    def check_ports(self) -> None:
        """Raise PortTaken, naming the port and the option that changes it, before anything is started."""
        for port, option, what in (
            (self.ports.site, "--port", "site"),
            (self.ports.sandbox, "--sandbox-port", "sandbox"),
        ):
            if _is_taken(port):
                raise PortTaken(
                    f"Port {port} is taken by another program, so the {what} cannot start. "
                    f"Stop that program, or choose another port: manage.py demo {option} {port + 10}"
                )

    def start(self) -> None:
        """Start all, then wait until they answer. Raises ProcessFailed with the end of the log of the one that does not."""
        state = settings.VAR_DIR / "sandbox.sqlite3"
        self._spawn(
            "sandbox",
            "-m", "sandbox", "--port", str(self.ports.sandbox), "--state", str(state),
            "--latency-ms", str(self.latency_ms), "--site-url", self.ports.site_url,
        )  # fmt: skip
        self._spawn(
            "site",
            "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.ports.site}", "--workers", "1",
            "--threads", "16", "--no-control-socket", "--limit-request-line", "8190", "--log-level", "warning",
        )  # fmt: skip
        self._spawn("worker", "manage.py", "worker")
        self._wait_for(self.running[0], f"{self.ports.sandbox_url}/healthz")
        self._wait_for(self.running[1], f"http://127.0.0.1:{self.ports.site}/healthz")

    def watch(self) -> None:
        """Block until a process ends by itself, then raise ProcessFailed."""
        while True:
            for process in self.running:
                self._check_alive(process)
            time.sleep(0.5)

    def stop(self) -> None:
        """End everything that was started, the last first; kill what does not end in time."""
        for process in reversed(self.running):
            if process.popen.poll() is None:
                process.popen.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        for process in self.running:
            try:
                process.popen.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.popen.kill()
                process.popen.wait()
        self.running.clear()

    def _spawn(self, name: str, *arguments: str) -> None:
        log = settings.VAR_DIR / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self.running.append(_Process(name, self._popen(arguments, output), log))

    def environment(self) -> dict[str, str]:
        """The environment of the processes."""
        return {
            **os.environ,
            "DEBUG": "true",
            "DEBUG_PAGES": "false",  # who tries the demo sees the pages for errors that people will see
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "BASE_URL": self.ports.site_url,
            "SANDBOX_URL": self.ports.sandbox_url,
            "PYTHONUNBUFFERED": "1",
        }

    def _popen(self, arguments: tuple[str, ...], output: IO[bytes]) -> subprocess.Popen[bytes]:
        # A session of their own keeps Ctrl-C in the terminal from reaching them before we stop them in order.
        return subprocess.Popen(  # noqa: S603  # our own interpreter with fixed arguments
            [sys.executable, *arguments],
            cwd=BASE_DIR,
            env=self.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait_for(self, process: _Process, url: str) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not _answers(url):
            self._check_alive(process)
            if time.monotonic() > deadline:
                raise ProcessFailed(
                    f"The {process.name} did not answer within {START_WITHIN:.0f} seconds. Its log, {process.log}, ends with:\n"
                    + process.last_lines()
                )
            time.sleep(POLL)

    def _check_alive(self, process: _Process) -> None:
        status = process.popen.poll()
        if status is not None:
            raise ProcessFailed(
                f"The {process.name} ended by itself (status {status}). Its log, {process.log}, ends with:\n"
                + process.last_lines()
            )


def _is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # nosec B310  # our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
