"""How allauth treats people here: e-mail and password sign-up. Linking is the telephony app's matter."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """E-mail and password sign-up, open to everyone."""
