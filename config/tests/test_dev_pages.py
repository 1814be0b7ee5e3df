"""The development mailbox and the style guide, and that production has neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from pytest_django import Settings

from accounts.tests.markup import inline_code
from config import dev_mail

pytestmark = [pytest.mark.django_db, pytest.mark.urls("config.tests.urls_with_dev")]


@pytest.fixture(autouse=True)
def mailbox(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = dev_mail.FILE_BACKEND
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def test_a_mail_is_shown_decoded_with_its_link_to_click(client: Client) -> None:
    send_mail("Bestätige deine Adresse", "Grüße: http://testserver/x?a=1", None, ["jörg@example.org"])
    html = client.get("/dev/mail/").content.decode()
    assert "Bestätige deine Adresse" in html
    assert '<a href="http://testserver/x?a=1"' in html
    assert "Grüße" in html


def test_markup_in_a_mail_is_escaped(client: Client) -> None:
    mail = EmailMultiAlternatives("<script>x</script>", "<img src=x onerror=alert(1)>", to=["a@example.org"])
    mail.attach_alternative("<p>html</p>", "text/html")
    mail.send()
    html = client.get("/dev/mail/").content.decode()
    assert inline_code(html) == []
    assert "&lt;img" in html


def test_the_newest_mail_comes_first_and_all_are_counted(client: Client) -> None:
    for number in range(3):
        send_mail(f"Mail {number}", "text", None, ["a@example.org"])
    assert dev_mail.count_mails() == 3
    assert {mail.subject for mail in dev_mail.read_mails()} == {"Mail 0", "Mail 1", "Mail 2"}


def test_clearing_needs_a_post_and_empties_the_mailbox(client: Client) -> None:
    send_mail("Mail", "text", None, ["a@example.org"])
    assert client.get("/dev/mail/clear/").status_code == 405
    client.post("/dev/mail/clear/")
    assert dev_mail.count_mails() == 0
    assert "No mail yet" in client.get("/dev/mail/").content.decode()


def test_the_style_guide_shows_every_component(client: Client) -> None:
    response = client.get("/dev/design/")
    assert response.status_code == 200
    assert inline_code(response.content.decode()) == []


@pytest.mark.urls("config.urls")
@pytest.mark.parametrize("path", ["/dev/mail/", "/dev/design/"])
def test_production_has_no_development_pages(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
