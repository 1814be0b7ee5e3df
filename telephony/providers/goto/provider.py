"""GoTo Connect, as allauth sees it."""

from __future__ import annotations

from telephony.core.flow import LinkingProvider
from telephony.providers.goto.spec import NAME, SLUG, SPEC
from telephony.providers.goto.views import GoToAdapter


class GoToProvider(LinkingProvider):
    """Linking GoTo Connect accounts."""

    id = SLUG
    name = NAME
    spec = SPEC
    oauth2_adapter_class = GoToAdapter


provider_classes = [GoToProvider]
