"""Staff for the tests of the admin, and what they type."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from telephony.core.registry import get_spec
from telephony.models import LinkedAccount
from telephony.tests.conftest import sign_in

ACCOUNTS = "/admin/telephony/linkedaccount/"
CLIENTS = "/admin/telephony/oauthclient/"


def staff(*codenames: str, email: str = "desk@example.org") -> User:
    """A staff member with these permissions of the telephony app, a superuser without any."""
    user = User.objects.create_user(email, "correct horse battery", is_staff=True, is_superuser=not codenames)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="telephony", codename__in=codenames))
    return user


def desk(*codenames: str, email: str = "desk@example.org") -> Client:
    """The browser of such a staff member."""
    return sign_in(staff(*codenames, email=email))


def viewer() -> Client:
    """The browser of somebody who may look at everything and change nothing."""
    models = ("oauthclient", "linkedaccount", "token", "accountevent")
    return desk(*(f"view_{model}" for model in models), email="viewer@example.org")


def act(browser: Client, page: str, action: str, *pks: int, **more: str) -> Any:
    """Run an action on rows of a list; gives the test client's response."""
    data = {"action": action, "index": "0", "_selected_action": [str(pk) for pk in pks], **more}
    return browser.post(page, data)


def said(response: Any) -> str:
    """The messages of an answer as people read them, one line each."""
    return "\n".join(unescape(str(message)) for message in get_messages(response.wsgi_request))


def page_of(account: LinkedAccount) -> str:
    """The account's page at the support desk."""
    return reverse("admin:telephony_linkedaccount_change", args=[account.pk])


def filled(provider: str, **changes: Any) -> dict[str, Any]:
    """A correctly filled form for a new client; None takes a field out."""
    spec = get_spec(provider)
    data = {
        "name": "Ours",
        "enabled": "on",
        "client_id": "client-1",
        "client_secret": "hush-hush-secret",
        "environment": spec.environments[0].key,
        "auth_url": "",
        "api_url": "",
        "scopes": list(spec.default_scopes),
        **changes,
    }
    return {name: value for name, value in data.items() if value is not None}
