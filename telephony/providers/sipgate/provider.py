"""allauth's view of sipgate."""

from __future__ import annotations

from telephony.core.flow import LinkingProvider
from telephony.providers.sipgate.spec import SPEC
from telephony.providers.sipgate.views import SipgateAdapter


class SipgateProvider(LinkingProvider):
    """sipgate, for linking only."""

    id = SPEC.slug
    name = SPEC.name
    spec = SPEC
    oauth2_adapter_class = SipgateAdapter


provider_classes = [SipgateProvider]
