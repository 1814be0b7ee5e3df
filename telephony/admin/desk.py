"""What all pages of the support desk share: no counting of big tables, and actions that are buttons on the object's page too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from telephony.admin.paginator import PeekingPaginator

FROM_OBJECT = "_from_object"


class DeskAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """`object_actions` names the actions that are also buttons on the object's page.

    The buttons post to the list like any action, so there is one path for both, with one check of permissions.
    """

    object_actions: ClassVar[Sequence[str]] = ()
    change_form_template = "admin/telephony/desk_change_form.html"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    list_per_page = 50
    view_on_site = False

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> PeekingPaginator:
        """A paginator that never counts."""
        number = request.GET.get(PAGE_VAR, "")
        return PeekingPaginator(queryset, per_page, int(number) if re.fullmatch("[0-9]{1,9}", number) else 1)

    def object_action_names(self, request: HttpRequest, obj: Any) -> list[str]:
        """The buttons that make sense for `obj`; permissions are checked besides."""
        return list(self.object_actions)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        """Add the buttons."""
        if obj is not None:
            allowed = self.get_actions(request)
            found = [(name, allowed.get(name)) for name in self.object_action_names(request, obj)]
            context["object_actions"] = [(name, action[2]) for name, action in found if action]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_action(  # type: ignore[override]  # the stub is Django 6's, which has one more parameter
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """After a button on the object's page, go back there instead of to the list."""
        response: HttpResponse | None = super().response_action(request, queryset)
        key = request.POST.get(FROM_OBJECT, "")
        if key.isdigit() and not (response and response.status_code == 200):
            return HttpResponseRedirect(self._page_of(int(key)))
        return response

    def _page_of(self, pk: int) -> str:
        place = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if self.model._default_manager.filter(pk=pk).exists():
            return reverse(f"{place}_change", args=[pk])
        return reverse(f"{place}_changelist")


class ReadOnlyAdmin(DeskAdmin):
    """Nobody adds, changes or deletes here, whatever their rights."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
