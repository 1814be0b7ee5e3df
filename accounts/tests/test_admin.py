"""The support desk: its door, and what it may see and do with people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.markup import inline_code


@pytest.fixture
def staff_browser(make_person: Callable[..., User]) -> Client:
    staff = make_person("desk@example.org", is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = Client()
    client.force_login(staff)
    return client


@pytest.mark.django_db
def test_the_admins_door_is_the_sites_own_sign_in(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_a_password_posted_to_the_admins_login_signs_nobody_in(client: Client, person: User) -> None:
    person.is_staff = True
    person.save()
    client.post("/admin/login/", {"username": person.email, "password": "correct horse battery"})
    assert "_auth_user_id" not in client.session


def test_people_without_staff_rights_are_kept_out(browser: Client) -> None:
    assert browser.get("/admin/login/").status_code == 403


def test_support_finds_people_by_name_and_address(staff_browser: Client, person: User) -> None:
    for term in ("lovelace", "ada@"):
        html = staff_browser.get(reverse("admin:accounts_user_changelist"), {"q": term}).content.decode()
        assert person.email in html


def test_support_never_sees_a_password_hash(staff_browser: Client, person: User) -> None:
    html = staff_browser.get(reverse("admin:accounts_user_change", args=[person.pk])).content.decode()
    assert person.password not in html
    assert 'name="password"' not in html
    assert "pbkdf2" not in html


def test_the_admin_changes_passwords_on_the_sites_own_page(staff_browser: Client) -> None:
    response = staff_browser.get(reverse("admin:password_change"))
    assert response.headers["Location"] == reverse("account_change_password")


@pytest.mark.parametrize("name", ["admin:index", "admin:accounts_user_changelist"])
def test_admin_pages_pass_the_content_security_policy(admin_client: Client, name: str) -> None:
    assert inline_code(admin_client.get(reverse(name)).content.decode()) == []


def test_support_switches_a_person_off_and_her_session_ends(
    staff_browser: Client, browser: Client, person: User
) -> None:
    url = reverse("admin:accounts_user_change", args=[person.pk])
    fields = {"name": person.name, "time_zone": person.time_zone, "language": "en"}
    assert staff_browser.post(url, fields).status_code == 302
    assert browser.get(reverse("accounts:profile")).status_code == 302


def test_support_cannot_hand_out_rights(staff_browser: Client, person: User) -> None:
    url = reverse("admin:accounts_user_change", args=[person.pk])
    rights = {"is_staff": "on", "is_superuser": "on"}
    staff_browser.post(url, {"name": "x", "time_zone": "UTC", "language": "en", "is_active": "on", **rights})
    person.refresh_from_db()
    assert person.name == "x"
    assert not person.is_staff
    assert not person.is_superuser


def test_support_cannot_change_a_superuser(staff_browser: Client, make_person: Callable[..., User]) -> None:
    boss = make_person("boss@example.org", is_staff=True, is_superuser=True)
    url = reverse("admin:accounts_user_change", args=[boss.pk])
    assert staff_browser.post(url, {"name": "x", "time_zone": "UTC", "language": "en"}).status_code == 403


def test_nobody_deletes_people_past_their_links(admin_client: Client, person: User) -> None:
    assert admin_client.post(reverse("admin:accounts_user_delete", args=[person.pk])).status_code == 403
