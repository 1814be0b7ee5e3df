"""The Django app of this folder; its `spec` is what registers the provider."""

from django.apps import AppConfig

from telephony.providers.acme.spec import SPEC


class AcmeConfig(AppConfig):
    """Acme Phone."""

    name = "telephony.providers.acme"
    label = "acme_provider"
    verbose_name = "Acme Phone"
    spec = SPEC
