"""Starting processes for a benchmark, waiting until they answer, and ending them again whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 60.0  # seconds
STOP_WITHIN = 15.0


class DidNotStart(Exception):
    """A process ended, or did not answer in time; the text holds the end of what it printed."""


def free_port() -> int:
    """A port on this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a Python program to its end and return what it printed. Raises DidNotStart where it fails."""
    done = subprocess.run(  # noqa: S603  # our own interpreter with fixed arguments
        [sys.executable, *arguments], cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise DidNotStart(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def process(environment: Mapping[str, str], log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program in the background; SIGTERM, then SIGKILL, at the end."""
    with log.open("wb") as output:
        popen = subprocess.Popen(  # noqa: S603  # our own interpreter with fixed arguments
            [sys.executable, *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield popen
    finally:
        stop(popen)


def stop(popen: subprocess.Popen[bytes]) -> None:
    """End a process that we started."""
    if popen.poll() is not None:
        return
    popen.send_signal(signal.SIGTERM)
    try:
        popen.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()


def wait_for(popen: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    """Return when a GET is answered with 200. Raises DidNotStart."""
    deadline = time.monotonic() + START_WITHIN
    while not _answers(port, path):
        if popen.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(f"no answer on port {port}:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment of this process without anybody's OAuth clients and settings, plus `variables`."""
    endings = ("_CLIENT_ID", "_CLIENT_SECRET", "_AUTH_URL", "_API_URL", "_SCOPES")
    ours = {"DEBUG", "BASE_URL", "REDIS_URL", "SANDBOX_URL", "TASKS_BACKEND", "VAR_DIR", "DATABASE_URL", "SECRET_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.endswith(endings)}
    return kept | {"PYTHONUNBUFFERED": "1"} | variables
