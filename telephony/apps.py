"""Everything about providers, linked accounts, tokens and calls."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TelephonyConfig(AppConfig):
    """The telephony app; its checks refuse to start on a wrong encryption key."""

    name = "telephony"
    verbose_name = _("Telephony")

    def ready(self) -> None:
        """Register the start-up checks, and the seeding of OAuth clients after each migrate."""
        from telephony.checks import check_encryption_keys

        checks.register(check_encryption_keys, checks.Tags.security)
        post_migrate.connect(seed_after_migrate, sender=self)


def seed_after_migrate(**_options: Any) -> None:
    """Create the OAuth clients that the environment describes, as soon as there is a table for them."""
    from telephony.services.clients import seed_clients

    seed_clients()
