"""Errors say what happened and what to do, in our design, whatever else is broken."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.tests.markup import inline_code
from config.environment import BASE_DIR


@pytest.mark.django_db
def test_an_unknown_address_gets_our_page(client: Client) -> None:
    response = client.get("/nothing/here/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_gets_told_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.org"})
    assert response.status_code == 403
    assert "reload the page and send it again" in response.content.decode()


@pytest.mark.parametrize("template", ["400.html", "500.html"])
def test_the_pages_of_last_resort_need_no_context(template: str) -> None:
    html = render_to_string(template)
    assert "To the start page" in html
    assert inline_code(html) == []


@pytest.mark.parametrize("template", ["403.html", "404.html", "429.html", "403_csrf.html"])
def test_error_pages_render_even_without_a_person(template: str) -> None:
    html = render_to_string(template, request=RequestFactory().get("/"))
    assert 'class="skip-link"' in html


def test_the_pages_of_last_resort_name_files_that_exist() -> None:
    html = render_to_string("500.html")
    for path in re.findall(r'(?:href|src)="/static/([^"]+)"', html):
        assert (BASE_DIR / "static" / path).is_file(), path


def test_every_icon_that_a_template_names_exists() -> None:
    sprite = (BASE_DIR / "static/img/icons.svg").read_text()
    known = set(re.findall(r'id="([\w-]+)"', sprite))
    named: set[str] = set()
    for template in (BASE_DIR / "templates").rglob("*.html"):
        text = template.read_text()
        named |= set(re.findall(r'{% icon "([\w-]+)"', text)) | set(re.findall(r'icon="([\w-]+)"', text))
    assert named - known == set()
