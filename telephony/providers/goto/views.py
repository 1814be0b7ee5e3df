"""The two views of the linking flow: leaving for GoTo and coming back."""

from __future__ import annotations

from telephony.core.flow import LinkingAdapter, LinkingCallbackView, LinkingLoginView
from telephony.providers.goto.spec import SLUG


class GoToAdapter(LinkingAdapter):
    """GoTo's OAuth server."""

    provider_id = SLUG


oauth2_login = LinkingLoginView.adapter_view(GoToAdapter)
oauth2_callback = LinkingCallbackView.adapter_view(GoToAdapter)
