"""The support desk: OAuth clients, linked accounts, their tokens (never a character of one) and their events.

Calls, extensions and balances are people's own data and have no page here; of texts and started calls, only what became of them is
shown. The newest calls of an account are shown to staff who say why, and the person sees that they did.
"""

from allauth.socialaccount import admin as _socialaccount_admin  # registers its pages now, so that they can go
from django.contrib import admin

from telephony.admin.accounts import LinkedAccountAdmin
from telephony.admin.acts import MessageAdmin, PlacedCallAdmin
from telephony.admin.clients import OAuthClientAdmin
from telephony.admin.events import AccountEventAdmin
from telephony.admin.tokens import TokenAdmin

__all__ = [
    "AccountEventAdmin",
    "LinkedAccountAdmin",
    "MessageAdmin",
    "OAuthClientAdmin",
    "PlacedCallAdmin",
    "TokenAdmin",
]

# OAuthClient, LinkedAccount and Token are the one record of a link; allauth's tables stay empty and its pages show token characters.
for _model in (
    _socialaccount_admin.SocialApp,
    _socialaccount_admin.SocialToken,
    _socialaccount_admin.SocialAccount,
):
    admin.site.unregister(_model)
