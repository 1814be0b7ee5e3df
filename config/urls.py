"""Every address of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config import views
from telephony.views.status import status

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("status", status, name="status"),
    path("accounts/", include("accounts.urls")),
    # Linked accounts are managed on the dashboard; allauth's own page would remove rows without revoking anything.
    path("accounts/3rdparty/", RedirectView.as_view(pattern_name="telephony:dashboard")),
    path("accounts/", include("allauth.urls")),
    path("telephony/", include("telephony.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}img/favicon.svg")),
]

handler429 = "accounts.limits.too_many_at_the_door"  # allauth looks for it here

if settings.DEVELOPMENT:
    urlpatterns.append(path("dev/", include("config.dev_urls")))
