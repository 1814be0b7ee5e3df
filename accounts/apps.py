"""The people who use the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, their profile, and how allauth wears the site's design."""

    name = "accounts"
    verbose_name = _("People")
