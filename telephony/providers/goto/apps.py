"""GoTo Connect: one folder is the whole of the provider."""

from django.apps import AppConfig

from telephony.providers.goto.spec import SPEC


class GoToConfig(AppConfig):
    """Registers GoTo Connect by being installed."""

    name = "telephony.providers.goto"
    label = "goto_provider"
    verbose_name = SPEC.name
    spec = SPEC
