"""The two views of the linking flow."""

from __future__ import annotations

from telephony.core.flow import LinkingAdapter, LinkingCallbackView, LinkingLoginView
from telephony.providers.ringcentral.spec import SPEC


class RingCentralAdapter(LinkingAdapter):
    """RingCentral's OAuth server, seen by the linking flow."""

    provider_id = SPEC.slug


oauth2_login = LinkingLoginView.adapter_view(RingCentralAdapter)
oauth2_callback = LinkingCallbackView.adapter_view(RingCentralAdapter)
