"""What settings make of the environment: working defaults in development, a sentence for everything missing in production."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.tests.production import PRODUCTION, settings_of
from telephony.services.demo_processes import DemoProcesses, Ports

REQUIRED = sorted(PRODUCTION.keys() - {"DEBUG"})


def test_a_fresh_checkout_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, {"SWITCHBOARD_MANAGE": "1"})
    assert settings["DEBUG"] is True
    assert settings["BASE_URL"] == "http://localhost:8000"
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert Path(settings["DATABASES"]["default"]["NAME"]).name == "switchboard.sqlite3"
    assert settings["SANDBOX_URL"] == "http://127.0.0.1:8801"
    assert settings["SEED_SANDBOX_CLIENTS"] is True


def test_the_demos_errors_are_the_sites_own_pages_and_all_else_is_as_in_development(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = settings_of(monkeypatch, {"DEBUG": "true", "DEBUG_PAGES": "false"})
    assert settings["DEBUG"] is False
    assert settings["DEVELOPMENT"] is settings["PROVIDER_ALLOW_LOOPBACK"] is settings["SEED_SANDBOX_CLIENTS"] is True
    assert DemoProcesses(Ports(1, 2), latency_ms=0).environment()["DEBUG_PAGES"] == "false"


def test_debug_pages_make_no_production_site_a_development_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, PRODUCTION | {"DEBUG_PAGES": "true"})
    assert settings["DEBUG"] is settings["DEVELOPMENT"] is False


def test_a_server_process_never_assumes_development(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        settings_of(monkeypatch, {})


def test_a_secret_key_ends_the_assumption_of_development(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="BASE_URL is not set"):
        settings_of(monkeypatch, {"SWITCHBOARD_MANAGE": "1", "SECRET_KEY": "x" * 50})


def test_complete_production_settings_are_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, PRODUCTION)
    assert settings["DEBUG"] is False
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert settings["PROVIDER_ALLOW_LOOPBACK"] is settings["SEED_SANDBOX_CLIENTS"] is False
    assert settings["SANDBOX_URL"] == ""
    assert settings["DATABASES"]["default"]["CONN_HEALTH_CHECKS"] is True
    assert settings["DEFAULT_FROM_EMAIL"] == "switchboard@calls.example.org"


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_missing_variable_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    if how == "empty":
        environment[name] = ""
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_of(monkeypatch, environment)
    sentence = str(caught.value)
    assert sentence.startswith(f"The environment variable {name} is not set: ")
    assert "docs/configuration.md" in sentence
    assert not any(PRODUCTION[secret] in sentence for secret in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL"))


def test_production_is_https(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"BASE_URL is 'http://calls.example.org'.*https://"):
        settings_of(monkeypatch, PRODUCTION | {"BASE_URL": "http://calls.example.org"})


def test_lists_may_have_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = {
        "ALLOWED_HOSTS": "a.example.org, b.example.org",
        "FIELD_ENCRYPTION_KEYS": "newest , older,",
        "PROVIDER_EXTRA_HOSTS": "pbx.example.org, 127.0.0.1:9000",
    }
    settings = settings_of(monkeypatch, PRODUCTION | lists)
    assert settings["ALLOWED_HOSTS"] == ["a.example.org", "b.example.org"]
    assert settings["FIELD_ENCRYPTION_KEYS"] == ["newest", "older"]
    assert settings["PROVIDER_EXTRA_HOSTS"] == ["pbx.example.org", "127.0.0.1:9000"]


def test_a_slash_after_the_base_url_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, PRODUCTION | {"BASE_URL": "https://calls.example.org/"})
    assert settings["BASE_URL"] == "https://calls.example.org"


def test_a_proxy_is_believed_only_where_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of(monkeypatch, PRODUCTION)["SECURE_PROXY_SSL_HEADER"] is None
    behind = settings_of(monkeypatch, PRODUCTION | {"TRUSTED_PROXY_COUNT": "1"})
    assert behind["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert behind["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


def test_redis_serves_tasks_and_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    redis = {"TASKS_BACKEND": "redis", "REDIS_URL": "redis://cache.example.org:6379/0"}
    settings = settings_of(monkeypatch, PRODUCTION | redis)
    assert settings["CACHES"]["default"]["LOCATION"] == redis["REDIS_URL"]
    assert settings["RQ_QUEUES"]["default"]["URL"] == redis["REDIS_URL"]
    assert "django_rq" in settings["INSTALLED_APPS"]


def test_tasks_in_redis_need_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL is not set although TASKS_BACKEND is redis"):
        settings_of(monkeypatch, PRODUCTION | {"TASKS_BACKEND": "redis"})


def test_an_unknown_task_backend_is_named_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"TASKS_BACKEND is 'celery'.*database, redis, immediate"):
        settings_of(monkeypatch, PRODUCTION | {"TASKS_BACKEND": "celery"})


OPTIONAL = ("VAR_DIR", "TASKS_BACKEND", "TRUSTED_PROXY_COUNT", "DEFAULT_FROM_EMAIL", "LOG_LEVEL", "REDIS_URL", "DEBUG")


def test_an_empty_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = settings_of(monkeypatch, {name: value for name, value in PRODUCTION.items() if name not in OPTIONAL})
    empty = settings_of(monkeypatch, PRODUCTION | dict.fromkeys(OPTIONAL, ""))
    for name in ("VAR_DIR", "TASKS_BACKEND", "ALLAUTH_TRUSTED_PROXY_COUNT", "DEFAULT_FROM_EMAIL", "LOGGING", "DEBUG"):
        assert empty[name] == plain[name], name


@pytest.mark.parametrize("value", ["one", "-1", "1.5"])
def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"TRUSTED_PROXY_COUNT is .*a whole number"):
        settings_of(monkeypatch, PRODUCTION | {"TRUSTED_PROXY_COUNT": value})
