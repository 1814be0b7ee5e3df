"""Pages about the person herself, beside allauth's."""

from __future__ import annotations

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("security/", views.security, name="security"),
    path("language/", views.choose_language, name="language"),
    path("delete/", views.delete_account, name="delete"),
    path("deleted/", views.farewell, name="farewell"),
]
