"""Settings of the test suite: the development ones, faster and without files. DATABASE_URL still chooses the database."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

os.environ.update(
    DEBUG="true",
    BASE_URL="http://testserver",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    TASKS_BACKEND="immediate",
    EMAIL_URL="memorymail://",
    SANDBOX_URL="http://127.0.0.1:8801",
    LOG_LEVEL="CRITICAL",
    TOKEN_SPILL_DIR=str(Path(tempfile.gettempdir()) / f"switchboard-spill-{os.getpid()}"),
    EXPORT_DIR=tempfile.mkdtemp(prefix="switchboard-exports-"),
)
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
for name in [name for name in os.environ if name.endswith(("_CLIENT_ID", "_CLIENT_SECRET", "_AUTH_URL", "_API_URL"))]:
    del os.environ[name]  # the developer's own clients must not leak into tests

from config.settings import *  # noqa: E402, F403

ROOM = 1 << 30  # bytes that must be free in memory; a test database grows to a hundredth of that
TEST_RUNNER = "config.test_runner.PytestRunner"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEBUG = DEVELOPMENT = False
SEED_SANDBOX_CLIENTS = False
SEARCHES_PER_MINUTE = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, since threads of one test must meet the same locks as the processes of a real site; in memory where there is room.
    # Only for the database of a test run, named after its process.
    _memory = Path("/dev/shm")  # noqa: S108  # nosec B108
    _roomy = _memory.is_dir() and os.access(_memory, os.W_OK) and shutil.disk_usage(_memory).free > ROOM
    _folder = _memory if _roomy else Path(tempfile.gettempdir())
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / f"switchboard-test-{os.getpid()}.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
