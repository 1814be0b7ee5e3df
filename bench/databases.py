"""Databases that live as long as a benchmark: an SQLite file, or a PostgreSQL cluster of its own on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import DidNotStart, free_port

BINARIES = Path("/usr/lib/postgresql")
ROLE = "postgres"
# What the packager's defaults leave out on a machine of this size; durability stays on.
SETTINGS = ("shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=4GB", "random_page_cost=1.1", "jit=off")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Gives the DATABASE_URL of an empty database; it is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    with _cluster(folder / "cluster") as port:
        yield f"postgres://{ROLE}@127.0.0.1:{port}/postgres"


@contextmanager
def _cluster(folder: Path) -> Iterator[int]:
    binaries, port = _newest(), free_port()
    folder.mkdir()
    folder.parent.chmod(0o755)  # so that its owner gets there
    if os.geteuid() == 0:
        shutil.chown(folder, ROLE, pwd.getpwnam(ROLE).pw_gid)
    data = str(folder / "data")
    _run(folder, binaries / "initdb", "-D", data, "--auth", "trust", "--username", ROLE, "--encoding", "UTF8")
    options = [f"-p {port}", f"-k {folder}", "-c listen_addresses=127.0.0.1", *(f"-c {one}" for one in SETTINGS)]
    start = ["start", "-w", "-D", data, "-l", str(folder / "log"), "-o", " ".join(options)]
    _run(folder, binaries / "pg_ctl", *start)
    try:
        yield port
    finally:
        _run(folder, binaries / "pg_ctl", "stop", "-w", "-D", data, "-m", "immediate")


def _newest() -> Path:
    """PostgreSQL refuses to run as root and keeps the programs that start it off the path."""
    found = sorted(BINARIES.glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise DidNotStart(f"There is no PostgreSQL below {BINARIES}.")
    return found[-1]


def _run(folder: Path, *command: str | Path) -> None:
    as_owner = ["runuser", "-u", ROLE, "--"] if os.geteuid() == 0 else []
    output = folder / "output"
    with output.open("wb") as log:  # no pipe: the server would keep it open
        done = subprocess.run(  # noqa: S603  # fixed arguments
            [*as_owner, *map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    if done.returncode:
        raise DidNotStart(f"{command[0]}:\n{output.read_text(errors='replace')[-2000:]}")
