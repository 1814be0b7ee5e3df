"""Filters of the support desk's lists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from telephony.core.registry import all_specs


class ProviderFilter(admin.SimpleListFilter):
    """The installed providers, from the registry."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Slug and name of each."""
        return [(spec.slug, spec.name) for spec in all_specs()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of the chosen provider."""
        return queryset.filter(provider=self.value()) if self.value() else queryset
