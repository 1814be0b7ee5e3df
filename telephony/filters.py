"""What the extension list can be searched for."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from telephony.core.phone import digits
from telephony.core.types import ExtensionKind
from telephony.models import Extension


class ExtensionFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Free text over names, owners and numbers, and the kind."""

    q = django_filters.CharFilter(
        label=_("Name, number or owner"),
        method="search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ExtensionKind.choices(), empty_label=_("All kinds"))

    class Meta:
        model = Extension
        fields: tuple[str, ...] = ()

    def search(self, found: QuerySet[Extension], _name: str, text: str) -> QuerySet[Extension]:
        """Digits are searched in numbers without the zeros of a written prefix: 0211 58 finds +4921158."""
        wanted = Q(name__icontains=text) | Q(owner__icontains=text) | Q(number__icontains=text)
        if number := digits(text).lstrip("0"):
            wanted |= Q(number__contains=number) | Q(all_numbers__contains=number)
        return found.annotate(all_numbers=Cast("numbers", TextField())).filter(wanted)

    @property
    def active(self) -> dict[str, Any]:
        """The values that narrow the list."""
        return {name: value for name, value in self.form.cleaned_data.items() if value}
