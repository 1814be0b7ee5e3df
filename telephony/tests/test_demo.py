"""What the demo puts into the database."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.registry import all_specs, get_spec
from telephony.core.spec import ProviderSpec
from telephony.core.types import Feature
from telephony.models import OAuthClient
from telephony.services.demo import point_clients_at_sandbox


@pytest.mark.django_db
def test_the_demos_clients_ask_for_all_that_any_feature_needs(settings: Any) -> None:
    settings.SEED_SANDBOX_CLIENTS, settings.SANDBOX_URL = True, "http://127.0.0.1:8801"
    OAuthClient.objects.all().delete()

    clients = point_clients_at_sandbox()

    assert clients
    for client in clients:
        wanted = {name for ways in get_spec(client.provider).needs.values() for way in ways for name in way}
        assert wanted <= set(client.scopes)


@pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.slug)
def test_a_new_client_asks_for_what_calling_and_texting_need(spec: ProviderSpec) -> None:
    for feature in (Feature.START_CALL, Feature.SEND_TEXT, Feature.CONTACTS, Feature.EXTENSIONS, Feature.OWN_CALLS):
        if ways := spec.needs.get(feature):
            assert any(way <= set(spec.default_scopes) for way in ways)
