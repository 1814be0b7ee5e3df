"""Everything about providers, linked accounts, tokens and calls."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TelephonyConfig(AppConfig):
    """The telephony app; its checks refuse to start on a wrong encryption key."""

    name = "telephony"
    verbose_name = _("Telephony")
