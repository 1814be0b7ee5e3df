"""The list of countries in forms."""

from __future__ import annotations

from django.utils.translation import override

from accounts.countries import COUNTRIES, country_choices


def test_every_country_is_there_once_in_the_order_of_each_language() -> None:
    for language, in_order in {
        "en": ["Afghanistan", "Åland Islands", "Albania", "Zambia"],
        "de": ["Ägypten", "Albanien", "Österreich", "Zypern"],
    }.items():
        with override(language):
            choices = country_choices()
        names = [name for _code, name in choices]
        assert {code for code, _name in choices} == set(COUNTRIES)
        assert [name for name in names if name in in_order] == in_order
