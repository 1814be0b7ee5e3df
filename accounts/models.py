"""The person: signs in by e-mail address, sees times in her own zone and texts in her own language."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


@cache
def known_time_zones() -> tuple[str, ...]:
    """IANA zone names that a person can choose, sorted: those of the form Area/City, and UTC."""
    named = {
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    }
    return ("UTC", *sorted(named))


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` is a known IANA time zone."""
    if value not in known_time_zones():
        raise ValidationError(_("“%(value)s” is not a time zone, such as Europe/Berlin."), params={"value": value})


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address; addresses are kept in lower case, so that no two differ by case alone."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person without staff rights. Raises ValueError for an empty address."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who may do everything in the admin."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> User:
        """Look up by e-mail address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. `time_zone` is an IANA name, `language` one of settings.LANGUAGES, `region` an ISO country code or "" for a guess.

    `unseen_notices` is what the bell shows: the row is read for every page anyway, so that counting costs none of them a query.
    """

    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("Somebody uses this address already.")}
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Berlin", validators=[validate_time_zone]
    )
    region = models.CharField(_("country of numbers without country code"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switched off, the person cannot sign in; nothing is deleted.")
    )
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May open the administration."))
    unseen_notices = models.PositiveIntegerField(default=0, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """The name, or the address where none was given."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """The first word of the name, for greetings; the part before the @ where there is no name."""
        return self.name.split()[0] if self.name.strip() else self.email.partition("@")[0]


def display_name(user: User) -> str:
    """How allauth's pages and mails call a person."""
    return user.get_full_name()
