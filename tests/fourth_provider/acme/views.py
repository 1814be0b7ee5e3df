"""The two views of the linking flow."""

from __future__ import annotations

from telephony.core.flow import LinkingAdapter, LinkingCallbackView, LinkingLoginView
from telephony.providers.acme.spec import SPEC


class AcmeAdapter(LinkingAdapter):
    """Acme's OAuth server, seen by the linking flow."""

    provider_id = SPEC.slug


oauth2_login = LinkingLoginView.adapter_view(AcmeAdapter)
oauth2_callback = LinkingCallbackView.adapter_view(AcmeAdapter)
