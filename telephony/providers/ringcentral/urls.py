"""``/accounts/ringcentral/login/`` and its callback."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from telephony.providers.ringcentral.provider import RingCentralProvider

urlpatterns = default_urlpatterns(RingCentralProvider)
