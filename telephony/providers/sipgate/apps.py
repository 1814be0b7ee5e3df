"""The Django app of this folder; its `spec` is what registers the provider."""

from django.apps import AppConfig

from telephony.providers.sipgate.spec import SPEC


class SipgateConfig(AppConfig):
    """sipgate."""

    name = "telephony.providers.sipgate"
    label = "sipgate_provider"
    verbose_name = "sipgate"
    spec = SPEC
