"""Environments, specs, enumerations and the registry."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext_lazy, override

from telephony.core.enums import LabelledEnum
from telephony.core.environment import CUSTOM
from telephony.core.registry import all_specs, find_spec, get_spec
from telephony.core.tests.acme import PRODUCTION, SANDBOX, spec
from telephony.core.types import Direction, Feature, Outcome


def test_an_environment_knows_the_only_places_it_may_contact() -> None:
    assert PRODUCTION.origins == {"https://auth.acme.example", "https://api.acme.example"}


@pytest.mark.parametrize("base", ["http://127.0.0.1:8801", "http://127.0.0.1:8801/"])
def test_the_sandbox_becomes_absolute_under_its_base(base: str) -> None:
    at_home = SANDBOX.at(base)
    assert at_home.auth_url == "http://127.0.0.1:8801/acme/auth"
    assert at_home.other_url("media") == "http://127.0.0.1:8801/acme/media"
    assert at_home.origins == {"http://127.0.0.1:8801"}


def test_absolute_addresses_stay_where_they_are() -> None:
    assert PRODUCTION.at("http://127.0.0.1:8801") == PRODUCTION


def test_a_host_that_an_environment_lacks_is_the_apis() -> None:
    assert PRODUCTION.other_url("media") == "https://api.acme.example"


def test_a_custom_environment_falls_back_to_the_first_one() -> None:
    custom = spec().custom_environment("", "http://127.0.0.1:9999")
    assert (custom.key, custom.auth_url, custom.api_url) == (
        CUSTOM,
        "https://auth.acme.example",
        "http://127.0.0.1:9999",
    )


def test_scopes_know_what_they_are_for() -> None:
    acme = spec()
    assert acme.scope_names == ("read", "log", "all")
    assert acme.default_scopes == ("read", "log")
    assert acme.features_of_scope("log") == (Feature.EXTENSIONS, Feature.OWN_CALLS)
    assert acme.features_of_scope("nothing") == ()


def test_environments_are_found_by_key() -> None:
    assert spec().environment("production") is PRODUCTION
    assert spec().environment("sandbox") is None


def test_installed_providers_are_registered_by_name() -> None:
    names = [one.name.lower() for one in all_specs()]
    assert names == sorted(names)
    assert names
    for one in all_specs():
        assert find_spec(one.slug) is get_spec(one.slug) is one


def test_a_provider_whose_folder_is_gone_is_missing() -> None:
    assert find_spec("acme") is None
    with pytest.raises(LookupError, match="acme"):
        get_spec("acme")


def test_enumerations_carry_labels() -> None:
    assert Direction("inbound") is Direction.INBOUND
    assert Direction.INBOUND.label == "Inbound"
    assert ("missed", "Missed") in [(value, str(label)) for value, label in Outcome.choices()]
    assert Outcome.values()[0] == "answered"
    assert f"{Direction.INBOUND}" == "inbound"


class Switch(LabelledEnum):
    """An enumeration without labels, and one in the active language."""

    ON = "on"
    MAYBE = "maybe", gettext_lazy("Yes")


def test_a_missing_label_is_the_value_and_a_lazy_one_is_translated_late() -> None:
    assert Switch.ON.label == "on"
    with override("de"):
        assert Switch.MAYBE.label == "Ja"
    with override("en"):
        assert Switch.MAYBE.label == "Yes"
