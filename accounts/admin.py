"""People at the support desk: find somebody, see her state, switch her off. Rights are for superusers only."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import admin as account_pages
from allauth.mfa import admin as mfa_pages
from allauth.usersessions import admin as session_pages
from django.contrib import admin
from django.contrib.auth import admin as group_pages
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# allauth's pages show the secrets of authenticator apps and the keys of sessions, and let staff confirm addresses in another's name;
# Django's page for groups is replaced below. # The imports above have registered them.
for _model in (account_pages.EmailAddress, mfa_pages.Authenticator, session_pages.UserSession, Group):
    admin.site.unregister(_model)

# Django's own two-column chooser gives names to elements that may not have one, so screen readers stumble over it.
CHECK_BOXES = {"widget": CheckboxSelectMultiple, "help_text": ""}
DEEDS = {"add": _("add"), "change": _("change"), "delete": _("delete"), "view": _("look at")}
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class RightsInWords:
    """Mixed into an admin with a field for permissions, whose names Django keeps in English in the database."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name each permission in the active language."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin
        if db_field.remote_field.model is Permission and isinstance(field, ModelMultipleChoiceField):
            field.label_from_instance = name_of_right  # type: ignore[method-assign, assignment]  # of one field
        return field


def name_of_right(permission: Permission) -> str:
    """Such as *Telephony | Linked account | look at*."""
    thing = permission.content_type
    deed = DEEDS.get(permission.codename.removesuffix(f"_{thing.model}"), permission.name)
    return f"{thing.app_labeled_name.rpartition(' | ')[0]} | {capfirst(thing.name)} | {deed}"


@admin.register(User)
class UserAdmin(RightsInWords, admin.ModelAdmin[User]):
    """Never shows a password, not even its hash; people are created by signing up and deleted by themselves."""

    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    search_help_text = _("Search by e-mail address or name.")
    ordering = ("email",)
    show_full_result_count = False
    list_per_page = 50
    readonly_fields = ("email", "date_joined", "last_login")
    formfield_overrides: ClassVar = {ManyToManyField: CHECK_BOXES}
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


@admin.register(Group)
class GroupAdmin(RightsInWords, group_pages.GroupAdmin):  # type: ignore[misc]  # the mixin takes what the base takes
    """Groups of staff and their rights."""

    filter_horizontal = ()
    formfield_overrides: ClassVar = {ManyToManyField: CHECK_BOXES}


@admin.register(account_pages.EmailAddress)
class EmailAddressAdmin(admin.ModelAdmin[account_pages.EmailAddress]):
    """Read-only: shows whether an address is confirmed. Only its owner can do that, by the link in the mail."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("verified",)
    list_select_related = ("user",)
    search_fields = ("email", "user__email")
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: account_pages.EmailAddress | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: account_pages.EmailAddress | None = None) -> bool:
        """Nobody."""
        return False
