"""The support desk opens only for staff with a second factor, where settings ask for one: in production, unless switched off."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from pytest_django import Settings

from config.tests.production import PRODUCTION, settings_of
from tests.security.addresses import addresses
from tests.security.world import PASSKEY, Who, World


@pytest.fixture(autouse=True)
def _asked_for(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


def test_without_one_every_page_leads_to_setting_one_up(world: World) -> None:
    browser = world.browser(Who.ROOT)
    opened = []
    for address in addresses():
        if address.name.startswith("admin:") and address.name not in ("admin:login", "admin:logout"):
            response = browser.get(address.path(world.keys))
            if response.headers.get("Location") != reverse("mfa_index"):
                opened.append(address.name)

    assert opened == []
    assert "for a password alone to nobody" in browser.get(reverse("mfa_index")).content.decode()


@pytest.mark.parametrize("kind", ["app", "passkey"])
def test_with_one_it_is_open(kind: str, world: World) -> None:
    if kind == "app":
        TOTP.activate(world.people[Who.ROOT], "JBSWY3DPEHPK3PXP")
    else:
        Authenticator.objects.create(user=world.people[Who.ROOT], type=Authenticator.Type.WEBAUTHN, data=PASSKEY)

    assert world.browser(Who.ROOT).get("/admin/").status_code == 200


def test_recovery_codes_alone_are_none(world: World) -> None:
    RecoveryCodes.activate(world.people[Who.ROOT])

    assert world.browser(Who.ROOT).get("/admin/").status_code == 302


def test_people_without_staff_rights_are_kept_out_as_before(world: World) -> None:
    assert world.browser(Who.STRANGER).get("/admin/")["Location"].startswith("/admin/login/")


def test_it_is_asked_for_in_production_and_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of(monkeypatch, PRODUCTION)["STAFF_SECOND_FACTOR"] is True
    assert settings_of(monkeypatch, PRODUCTION | {"STAFF_SECOND_FACTOR": "false"})["STAFF_SECOND_FACTOR"] is False
    assert settings_of(monkeypatch, {"SWITCHBOARD_MANAGE": "1"})["STAFF_SECOND_FACTOR"] is False
