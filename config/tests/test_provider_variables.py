"""OAuth clients from environment variables, and the hosts that they may point at."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from config.environment import ClientSeed, client_seed, provider_slugs
from config.tests.production import PRODUCTION, settings_of
from telephony.core.registry import all_specs
from telephony.core.spec import ProviderSpec
from telephony.services.environments import host_refusal

SLUGS = provider_slugs()
PRODUCTION_HOSTS = [
    (spec, url) for spec in all_specs() for place in spec.environments for url in (place.auth_url, place.api_url)
]


def test_a_provider_without_variables_has_no_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of(monkeypatch, PRODUCTION)["PROVIDER_SEEDS"] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_half_a_client_stops_the_start(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    prefix = slug.upper()
    for given, missing in (("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_SECRET", "CLIENT_ID")):
        half = {f"{prefix}_{given}": "half-of-a-client"}
        with pytest.raises(ImproperlyConfigured) as caught, monkeypatch.context() as patched:
            settings_of(patched, PRODUCTION | half)
        assert str(caught.value).startswith(f"The environment variable {prefix}_{missing} is not set")
        assert "half-of-a-client" not in str(caught.value)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_whole_client_is_read(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    prefix = slug.upper()
    monkeypatch.setenv(f"{prefix}_CLIENT_ID", "id")
    monkeypatch.setenv(f"{prefix}_CLIENT_SECRET", "secret")
    assert client_seed(slug) == ClientSeed(slug, "id", "secret", (), "", "")
    monkeypatch.setenv(f"{prefix}_SCOPES", "one, two three")
    monkeypatch.setenv(f"{prefix}_AUTH_URL", "https://login.example.org/")
    monkeypatch.setenv(f"{prefix}_API_URL", "https://api.example.org")
    assert client_seed(slug) == ClientSeed(
        slug, "id", "secret", ("one", "two", "three"), "https://login.example.org", "https://api.example.org"
    )


@pytest.mark.parametrize(("spec", "url"), PRODUCTION_HOSTS)
def test_a_providers_own_hosts_are_allowed_over_https_only(spec: ProviderSpec, url: str) -> None:
    assert host_refusal(url, spec) == ""
    assert host_refusal(url.replace("https://", "http://"), spec)


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.org",
        "https://169.254.169.254/latest/meta-data",
        "http://10.0.0.1",
        "http://127.0.0.1:8801",
        "http://localhost:8801",
        "http://[::1]:8801",
        "https://user:password@login.example.org",
        "file:///etc/passwd",
        "login.example.org",
        "",
    ],
)
def test_other_hosts_are_refused_in_production(settings: Settings, url: str) -> None:
    settings.PROVIDER_ALLOW_LOOPBACK, settings.PROVIDER_EXTRA_HOSTS = False, []
    for spec in all_specs():
        assert host_refusal(url, spec).strip()


def test_an_operator_allows_a_host_by_name_or_with_its_port(settings: Settings) -> None:
    settings.PROVIDER_ALLOW_LOOPBACK, settings.PROVIDER_EXTRA_HOSTS = False, ["pbx.example.org", "127.0.0.1:9000"]
    spec = all_specs()[0]
    assert host_refusal("https://pbx.example.org/api", spec) == ""
    assert host_refusal("http://127.0.0.1:9000", spec) == ""
    assert "127.0.0.1:9001" in host_refusal("http://127.0.0.1:9001", spec)
    assert host_refusal("https://pbx.example.org.evil.example", spec)


def test_loopback_is_for_development(settings: Settings) -> None:
    settings.PROVIDER_ALLOW_LOOPBACK, settings.PROVIDER_EXTRA_HOSTS = True, []
    for url in ("http://127.0.0.1:8801", "http://localhost:1", "http://[::1]:1"):
        assert host_refusal(url, all_specs()[0]) == ""
