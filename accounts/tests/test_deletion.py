"""Deleting an account: links first, then the person, then an honest farewell."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from accounts import deletion
from accounts.models import User


@dataclass(frozen=True, slots=True)
class Report:
    label: str
    revoked: bool
    remark: str = ""


@pytest.fixture
def unlinked(monkeypatch: pytest.MonkeyPatch) -> list[User]:
    """Stands for telephony: everybody has two links, of which one cannot be revoked. Collects whom it was asked for."""
    asked: list[User] = []

    def unlink_all(person: User) -> list[Report]:
        assert User.objects.filter(pk=person.pk).exists(), "links must go before the person"
        asked.append(person)
        return [Report("Office line", True), Report("<i>Shop</i>", False, "RingCentral did not answer.")]

    monkeypatch.setattr(deletion, "unlink_all", unlink_all)
    return asked


def test_deletion_revokes_links_then_deletes_the_person(
    trusted_browser: Client, person: User, unlinked: list[User]
) -> None:
    response = trusted_browser.post(reverse("accounts:delete"), {"email": "ADA@example.org"})
    assert response.headers["Location"] == reverse("accounts:farewell")
    assert unlinked
    assert not User.objects.exists()
    assert "_auth_user_id" not in trusted_browser.session


def test_the_farewell_names_what_could_not_be_revoked_once(
    trusted_browser: Client, person: User, unlinked: list[User]
) -> None:
    response = trusted_browser.post(reverse("accounts:delete"), {"email": person.email}, follow=True)
    html = response.content.decode()
    assert "&lt;i&gt;Shop&lt;/i&gt;" in html
    assert "RingCentral did not answer." in html
    assert "Office line" not in html
    assert trusted_browser.get(reverse("accounts:farewell")).headers["Location"] == "/"


def test_a_wrong_address_deletes_nothing(trusted_browser: Client, person: User, unlinked: list[User]) -> None:
    response = trusted_browser.post(reverse("accounts:delete"), {"email": "eve@example.org"})
    assert "“eve@example.org” is not the address of this account" in response.content.decode()
    assert User.objects.filter(pk=person.pk).exists()
    assert not unlinked


def test_deletion_asks_for_the_password_first(browser: Client, person: User, unlinked: list[User]) -> None:
    response = browser.post(reverse("accounts:delete"), {"email": person.email})
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert User.objects.filter(pk=person.pk).exists()


def test_a_person_survives_when_unlinking_breaks(
    trusted_browser: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(person: User) -> list[Report]:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(deletion, "unlink_all", broken)
    with pytest.raises(RuntimeError):
        trusted_browser.post(reverse("accounts:delete"), {"email": person.email})
    assert User.objects.filter(pk=person.pk).exists()


def test_the_telephony_service_keeps_the_promised_shape(person: User) -> None:
    assert list(deletion.unlink_all(person)) == []
