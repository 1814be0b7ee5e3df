"""The people who use the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, their profile, and how allauth wears the site's design."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Let every way of signing out be noticed."""
        from django.contrib.auth.signals import user_logged_out

        from config.middleware import remember_signing_out

        user_logged_out.connect(remember_signing_out, dispatch_uid="remember_signing_out")
