"""allauth's view of Acme Phone."""

from __future__ import annotations

from telephony.core.flow import LinkingProvider
from telephony.providers.acme.spec import SPEC
from telephony.providers.acme.views import AcmeAdapter


class AcmeProvider(LinkingProvider):
    """Acme Phone, for linking only."""

    id = SPEC.slug
    name = SPEC.name
    spec = SPEC
    oauth2_adapter_class = AcmeAdapter


provider_classes = [AcmeProvider]
