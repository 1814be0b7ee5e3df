"""The `url` tag with a memory gives what Django's gives."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import override_settings
from django.urls import NoReverseMatch, reverse, set_script_prefix

from config.addresses import address


def render(source: str, **context: object) -> str:
    return str(Template(source).render(Context(context)))


@pytest.mark.parametrize("times", [1, 2])
def test_an_address_is_what_django_says(times: int) -> None:
    for _ in range(times):
        assert render("{% url 'telephony:account' pk %}", pk=7) == reverse("telephony:account", args=[7])
        assert render("{% url 'telephony:account' pk=key %}", key=8) == reverse("telephony:account", args=[8])
        assert render("{% url 'home' as there %}[{{ there }}]") == f"[{reverse('home')}]"


def test_a_page_that_is_not_there_is_an_error_or_an_empty_variable() -> None:
    with pytest.raises(NoReverseMatch):
        render("{% url 'no-such-page' %}")
    assert render("{% url 'no-such-page' as there %}[{{ there }}]") == "[]"


def test_arguments_are_told_apart_and_escaped() -> None:
    assert render("{% url 'telephony:account' a %} {% url 'telephony:account' b %}", a=1, b=11) == (
        "/telephony/accounts/1/ /telephony/accounts/11/"
    )
    with pytest.raises(NoReverseMatch):
        render("{% url 'telephony:account' pk %}", pk="<b>")


def test_the_memory_knows_where_the_site_is_mounted_and_which_urls_it_has() -> None:
    before = address("home")
    try:
        set_script_prefix("/below/")
        assert address("home") == "/below/"
    finally:
        set_script_prefix("/")
    assert address("home") == before
    with override_settings(ROOT_URLCONF="telephony.urls"), pytest.raises(NoReverseMatch):
        address("home")
