"""People at the support desk: find somebody, see her state, switch her off. Rights are for superusers only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Never shows a password, not even its hash; people are created by signing up and deleted by themselves."""

    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    search_help_text = _("Search by e-mail address or name.")
    ordering = ("email",)
    show_full_result_count = False
    list_per_page = 50
    readonly_fields = ("email", "date_joined", "last_login")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("email", "name", "time_zone", "language", "is_active")}),
        (_("Dates"), {"fields": ("date_joined", "last_login")}),
        (_("Rights"), {"fields": RIGHTS}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: an account begins with a confirmed e-mail address."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: deletion must revoke the links first, which the person's own page does. Support switches off."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Staff cannot change people who have more rights than themselves."""
        may_change = super().has_change_permission(request, obj)
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return may_change

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights are read-only for everybody but superusers; nobody locks herself out."""
        fields: tuple[str, ...] = self.readonly_fields
        if not request.user.is_superuser:
            fields += RIGHTS
        if obj is not None and obj.pk == request.user.pk:
            fields += ("is_active", "is_staff", "is_superuser")
        return tuple(dict.fromkeys(fields))
