"""``goto/login/`` and ``goto/login/callback/``."""

from __future__ import annotations

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from telephony.providers.goto.provider import GoToProvider

urlpatterns = default_urlpatterns(GoToProvider)
