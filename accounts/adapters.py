"""How allauth behaves here: social sign-up is closed, and OAuth clients come from the telephony app's table."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """E-mail and password sign-up, open to everyone."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Linking only: see telephony/linking for what happens with a completed OAuth flow."""
