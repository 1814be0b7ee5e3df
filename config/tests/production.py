"""The environment of a production machine, and what settings make of an environment."""

from __future__ import annotations

import os
import runpy
from typing import Any

import pytest

from config.environment import BASE_DIR

PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "fifty-random-characters-that-nobody-else-knows-0123456789",
    "BASE_URL": "https://calls.example.org",
    "ALLOWED_HOSTS": "calls.example.org",
    "DATABASE_URL": "postgres://site:secret@db.example.org:5432/switchboard",
    "FIELD_ENCRYPTION_KEYS": "ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleS0=",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}
_KEPT = ("PATH", "HOME", "PYTHONPATH", "LANG")


def settings_of(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> dict[str, Any]:
    """The module config.settings, run anew with `environment` and nothing else of ours. Raises what it raises."""
    for name in os.environ.keys() - set(_KEPT):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(BASE_DIR / "config" / "settings.py"))
