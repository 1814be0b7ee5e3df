"""allauth's view of RingCentral."""

from __future__ import annotations

from telephony.core.flow import LinkingProvider
from telephony.providers.ringcentral.spec import SPEC
from telephony.providers.ringcentral.views import RingCentralAdapter


class RingCentralProvider(LinkingProvider):
    """RingCentral, for linking only."""

    id = SPEC.slug
    name = SPEC.name
    spec = SPEC
    oauth2_adapter_class = RingCentralAdapter


provider_classes = [RingCentralProvider]
