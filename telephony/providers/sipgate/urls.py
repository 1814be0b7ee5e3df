"""``/accounts/sipgate/login/`` and its callback."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from telephony.providers.sipgate.provider import SipgateProvider

urlpatterns = default_urlpatterns(SipgateProvider)
