"""The people who use the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, their profile, and how allauth wears the site's design."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Let signing up and every way of signing out be noticed, and a cache that is not shared."""
        from allauth.account.signals import user_signed_up
        from django.contrib.auth.signals import user_logged_out
        from django.core import checks

        from accounts.adapters import remember_the_chosen_password
        from accounts.limits import check_shared_cache
        from config.middleware import remember_signing_out

        user_logged_out.connect(remember_signing_out, dispatch_uid="remember_signing_out")
        user_signed_up.connect(remember_the_chosen_password, dispatch_uid="remember_the_chosen_password")
        checks.register(check_shared_cache, checks.Tags.security, deploy=True)
