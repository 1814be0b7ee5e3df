"""Where drills happen: a temporary database, a sandbox of their own, and nothing of the site's data."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from drills.report import Effort
from drills.witness import Witness
from sandbox.testing import RunningSandbox, running_sandbox

PAGE_SIZE = 16384  # bytes of SQLite: a file may then be large enough for a sealed pair and too small for a page
HISTORY_DAYS = 120


@dataclass(frozen=True, slots=True)
class World:
    """What every drill is given. `chance` is seeded, so that a run can be repeated."""

    sandbox: RunningSandbox
    witness: Witness
    chance: Random
    effort: Effort
    folder: Path
    sqlite: Path | None


@contextmanager
def world(seed: int, effort: Effort) -> Iterator[World]:
    """Set up everything; all of it is gone afterwards. Django is configured inside, once a process."""
    with tempfile.TemporaryDirectory(prefix="switchboard-drill-") as name:
        folder = Path(name)
        with _database(folder) as (url, sqlite), running_sandbox(volume=0.5, history_days=HISTORY_DAYS) as sandbox:
            _configure(url, sandbox.url, folder)
            yield World(sandbox, Witness(sandbox), Random(seed), effort, folder, sqlite)  # noqa: S311  # dice


def _configure(database: str, sandbox: str, folder: Path) -> None:
    endings = ("_CLIENT_ID", "_CLIENT_SECRET", "_AUTH_URL", "_API_URL", "_SCOPES")
    for name in [name for name in os.environ if name.endswith(endings)]:
        del os.environ[name]  # nobody's real clients
    os.environ.update(
        DJANGO_SETTINGS_MODULE="drills.settings",
        DEBUG="true",
        DATABASE_URL=database,
        SANDBOX_URL=sandbox,
        VAR_DIR=str(folder / "var"),
        TOKEN_SPILL_DIR=str(folder / "spill"),
        EXPORT_DIR=str(folder / "exports"),
        TASKS_BACKEND="database",
        REDIS_URL="",
        EMAIL_URL="dummymail://",
        LOG_LEVEL="CRITICAL",
    )
    import django
    from django.core.management import call_command

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


@contextmanager
def _database(folder: Path) -> Iterator[tuple[str, Path | None]]:
    """A database of our own: on the PostgreSQL server that DATABASE_URL names, else a file."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith(("postgres://", "postgresql://", "psql://")):
        file = folder / "drill.sqlite3"
        with closing(sqlite3.connect(file)) as empty:  # the size of a page stays what the first writer makes it
            empty.executescript(f"PRAGMA page_size={PAGE_SIZE}; VACUUM;")
        yield f"sqlite:///{file}", file
        return
    import psycopg

    name = f"switchboard_drill_{os.getpid()}"
    server = re.sub(r"^[a-z]+://", "postgresql://", given)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(given)._replace(path=f"/{name}").geturl(), None
    finally:
        from django.db import connections

        connections.close_all()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
