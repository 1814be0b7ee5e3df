"""The providers that are installed. Presence is registration: every app whose config has a `spec` is one."""

from __future__ import annotations

from functools import cache

from django.apps import apps

from telephony.core.spec import ProviderSpec


@cache
def all_specs() -> tuple[ProviderSpec, ...]:
    """The specs of all installed providers, by name."""
    found = [getattr(config, "spec", None) for config in apps.get_app_configs()]
    specs = [spec for spec in found if isinstance(spec, ProviderSpec)]
    return tuple(sorted(specs, key=lambda spec: spec.name.lower()))


def find_spec(slug: str) -> ProviderSpec | None:
    """The spec of one provider, None where it is not installed."""
    return next((spec for spec in all_specs() if spec.slug == slug), None)


def get_spec(slug: str) -> ProviderSpec:
    """The spec of one provider. Raises LookupError where its folder has been removed."""
    spec = find_spec(slug)
    if spec is None:
        raise LookupError(f"No provider named {slug!r} is installed.")
    return spec
