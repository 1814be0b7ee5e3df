"""Name, time zone and language."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User

PROFILE = {"name": "Ada King", "time_zone": "America/New_York", "language": "de"}


def test_the_profile_changes_name_time_zone_and_language(browser: Client, person: User) -> None:
    response = browser.post(reverse("accounts:profile"), PROFILE)
    assert response.headers["Location"] == reverse("accounts:profile")
    person.refresh_from_db()
    assert (person.name, person.time_zone, person.language) == ("Ada King", "America/New_York", "de")


def test_pages_are_in_the_chosen_language(browser: Client) -> None:
    browser.post(reverse("accounts:profile"), PROFILE)
    html = browser.get(reverse("accounts:profile")).content.decode()
    assert '<html lang="de">' in html


def test_a_wrong_time_zone_is_named_in_the_error(browser: Client, person: User) -> None:
    response = browser.post(reverse("accounts:profile"), {**PROFILE, "time_zone": "Europe/Atlantis"})
    html = response.content.decode()
    assert response.status_code == 200
    assert "“Europe/Atlantis” is not a time zone" in html
    assert 'id="id_time_zone_error"' in html
    person.refresh_from_db()
    assert person.time_zone == "Europe/Berlin"


def test_an_unknown_language_is_refused(browser: Client, person: User) -> None:
    browser.post(reverse("accounts:profile"), {**PROFILE, "language": "tlh"})
    person.refresh_from_db()
    assert person.language == "en"


def test_the_time_zone_is_left_behind_after_the_request(browser: Client, person: User) -> None:
    person.time_zone = "Asia/Tokyo"
    person.save()
    browser.get(reverse("accounts:profile"))
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE


def test_a_visitor_switches_the_language_by_cookie(client: Client, db: None) -> None:
    response = client.post(reverse("accounts:language"), {"language": "de", "next": "/"})
    assert response.headers["Location"] == "/"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "de"
    assert '<html lang="de">' in client.get("/").content.decode()


def test_a_signed_in_person_keeps_the_switched_language(browser: Client, person: User) -> None:
    browser.post(reverse("accounts:language"), {"language": "de", "next": "/"})
    person.refresh_from_db()
    assert person.language == "de"


def test_switching_the_language_never_leads_off_the_site(client: Client, db: None) -> None:
    response = client.post(reverse("accounts:language"), {"language": "de", "next": "https://evil.example/"})
    assert "evil" not in response.headers["Location"]


def test_the_language_cannot_be_switched_by_a_link(client: Client, db: None) -> None:
    assert client.get(reverse("accounts:language"), {"language": "de"}).status_code == 405


def test_profile_and_security_are_for_signed_in_people(client: Client, db: None) -> None:
    for name in ("accounts:profile", "accounts:security", "accounts:delete"):
        response = client.get(reverse(name))
        assert response.headers["Location"].startswith(reverse("account_login"))
