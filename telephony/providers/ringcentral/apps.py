"""The Django app of this folder; its `spec` is what registers the provider."""

from django.apps import AppConfig

from telephony.providers.ringcentral.spec import SPEC


class RingCentralConfig(AppConfig):
    """RingCentral."""

    name = "telephony.providers.ringcentral"
    label = "ringcentral_provider"
    verbose_name = "RingCentral"
    spec = SPEC
