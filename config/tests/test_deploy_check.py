"""`check --deploy` has nothing to say about the production settings, and would: each of them changed makes it speak."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Warning as CheckWarning
from django.core.checks import run_checks
from pytest_django import Settings

from config.environment import BASE_DIR
from config.tests.production import PRODUCTION, settings_of

NAMES = (
    "DEBUG", "DEVELOPMENT", "SECRET_KEY", "ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD", "SECURE_REFERRER_POLICY", "X_FRAME_OPTIONS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "CACHES",
    "MIDDLEWARE",
)  # fmt: skip
WITHOUT: dict[str, dict[str, Any]] = {
    "security.W001": {"MIDDLEWARE": "django.middleware.security.SecurityMiddleware"},
    "security.W002": {"MIDDLEWARE": "django.middleware.clickjacking.XFrameOptionsMiddleware"},
    "security.W003": {"MIDDLEWARE": "django.middleware.csrf.CsrfViewMiddleware"},
    "security.W004": {"SECURE_HSTS_SECONDS": 0},
    "security.W005": {"SECURE_HSTS_INCLUDE_SUBDOMAINS": False},
    "security.W006": {"SECURE_CONTENT_TYPE_NOSNIFF": False},
    "security.W008": {"SECURE_SSL_REDIRECT": False},
    "security.W009": {"SECRET_KEY": "django-insecure-too-short"},
    "security.W012": {"SESSION_COOKIE_SECURE": False},
    "security.W016": {"CSRF_COOKIE_SECURE": False},
    "security.W018": {"DEBUG": True},
    "telephony.W002": {"DEVELOPMENT": True},
    "security.W019": {"X_FRAME_OPTIONS": "SAMEORIGIN"},
    "security.W020": {"ALLOWED_HOSTS": []},
    "security.W021": {"SECURE_HSTS_PRELOAD": False},
    "security.W022": {"SECURE_REFERRER_POLICY": None},
    "security.E024": {"SECURE_CROSS_ORIGIN_OPENER_POLICY": "none"},
    "accounts.W001": {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
}


@pytest.fixture
def production(settings: Settings) -> Settings:
    """The settings that the check looks at, as they are in production."""
    with pytest.MonkeyPatch.context() as patch:
        real = settings_of(patch, PRODUCTION)
    for name in NAMES:
        setattr(settings, name, real[name])
    return settings


def said() -> set[str]:
    """The ids of everything that the check would say, with the hints for development left out."""
    found = run_checks(tags=["security"], include_deployment_checks=True)
    return {str(message.id) for message in found if isinstance(message, CheckWarning) or message.is_serious()}


def test_production_has_nothing_to_hear(production: Settings, db: None) -> None:
    assert said() == set()


@pytest.mark.parametrize("expected", WITHOUT)
def test_each_setting_taken_away_is_noticed(expected: str, production: Settings, db: None) -> None:
    for name, value in WITHOUT[expected].items():
        value = [entry for entry in production.MIDDLEWARE if entry != value] if name == "MIDDLEWARE" else value
        setattr(production, name, value)

    assert said() == {expected}


def test_a_production_site_starts_without_debug_whatever_the_checkout_holds(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.DEBUG, settings.PROVIDER_ALLOW_LOOPBACK)"
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings"} | PRODUCTION
    del environment["DEBUG"]

    told = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True
    )

    assert told.stdout.split() == ["False", "False"]
