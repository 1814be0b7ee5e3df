"""``/telephony/``: linked accounts and their calls."""

from __future__ import annotations

from django.urls import path

from telephony.views import account, dashboard, link

app_name = "telephony"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("link/", link.link, name="link"),
    path("link/<slug:provider>/token/", link.link_token, name="link_token"),
    path("accounts/<int:pk>/", account.account, name="account"),
]
