"""The site's development settings on a throw-away database, without the debugging that would remember every query."""

from __future__ import annotations

from config.settings import *  # noqa: F403  # Django's way to derive settings

DEBUG = DEVELOPMENT = False
SEED_SANDBOX_CLIENTS = False
LOGGING = {"version": 1, "disable_existing_loggers": True, "root": {"handlers": [], "level": "CRITICAL"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    DATABASES["default"]["OPTIONS"]["timeout"] = 10  # noqa: F405
