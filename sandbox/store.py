"""A small key-value store on sqlite3 for everything that must survive a restart.

Records are JSON objects in buckets. Every change is committed before the call returns, unless it stands inside
`transaction()`, where all changes are committed together at the end.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Store:
    """Buckets of JSON records, safe across threads. `path` is a file or ":memory:"."""

    def __init__(self, path: str = ":memory:") -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA busy_timeout=5000")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS record (bucket TEXT, key TEXT, body TEXT NOT NULL,"
            " PRIMARY KEY (bucket, key)) WITHOUT ROWID"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the store for a read-then-write; an exception takes back every change made inside."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def get(self, bucket: str, key: str) -> Record | None:
        """The record, or None."""
        with self._lock:
            row = self._db.execute("SELECT body FROM record WHERE bucket = ? AND key = ?", (bucket, key)).fetchone()
        return None if row is None else _load(row[0])

    def put(self, bucket: str, key: str, record: Record) -> None:
        """Write or replace a record."""
        body = json.dumps(record)
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (bucket, key, body))

    def delete(self, bucket: str, key: str) -> bool:
        """Remove a record; True when there was one."""
        with self._lock:
            return self._db.execute("DELETE FROM record WHERE bucket = ? AND key = ?", (bucket, key)).rowcount > 0

    def take(self, bucket: str, key: str) -> Record | None:
        """Remove a record and return it: only one caller ever gets it."""
        with self.transaction():
            record = self.get(bucket, key)
            if record is not None:
                self.delete(bucket, key)
            return record

    def items(self, bucket: str) -> list[tuple[str, Record]]:
        """All records of a bucket in key order."""
        with self._lock:
            rows = self._db.execute("SELECT key, body FROM record WHERE bucket = ? ORDER BY key", (bucket,)).fetchall()
        return [(key, _load(body)) for key, body in rows]

    def buckets(self) -> list[str]:
        """The names of all buckets with a record in them."""
        with self._lock:
            return [row[0] for row in self._db.execute("SELECT DISTINCT bucket FROM record ORDER BY bucket")]

    def count_up(self, bucket: str, key: str, start: int = 1) -> int:
        """The next number of a lasting counter; the first call returns `start`."""
        with self.transaction():
            record = self.get(bucket, key)
            value = start if record is None else int(record["value"]) + 1
            self.put(bucket, key, {"value": value})
            return value

    def clear(self, bucket: str | None = None) -> None:
        """Remove every record of a bucket, or of all buckets."""
        with self._lock:
            if bucket is None:
                self._db.execute("DELETE FROM record")
            else:
                self._db.execute("DELETE FROM record WHERE bucket = ?", (bucket,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _load(body: str) -> Record:
    record: Record = json.loads(body)
    return record
