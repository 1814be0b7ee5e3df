"""``/accounts/acme/login/`` and its callback."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from telephony.providers.acme.provider import AcmeProvider

urlpatterns = default_urlpatterns(AcmeProvider)
