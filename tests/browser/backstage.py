"""The helper at the site's database: one JSON object for each line in, one out. Run by `tests.browser.stage`."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ["SWITCHBOARD_MANAGE"] = "1"
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  # models need the set-up
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from telephony.models import AccountEvent, Call, LinkedAccount, OAuthClient, Reading  # noqa: E402
from telephony.services.clients import seed_clients  # noqa: E402

PASSWORD = "correct horse battery"


def prepare() -> None:
    """An empty database with its tables, and the sandbox's OAuth clients."""
    call_command("migrate", verbosity=0, interactive=False)
    seed_clients()


def clear() -> None:
    """Forget links, limits and what staff have changed about OAuth clients; people stay."""
    LinkedAccount.objects.all().delete()
    AccountEvent.objects.all().delete()
    OAuthClient.objects.all().delete()
    seed_clients()
    cache.clear()


def person(
    name: str, *, staff: bool = False, stepped_up: bool = True, language: str = "en", time_zone: str = "Europe/Berlin"
) -> dict[str, str]:
    """A new person who is signed in; gives her address, password and session key."""
    email = f"{name.split()[0].lower()}-{secrets.token_hex(3)}@example.org"
    user = User.objects.create_user(
        email, PASSWORD, name=name, is_staff=staff, is_superuser=staff, language=language, time_zone=time_zone
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return {"email": email, "password": PASSWORD, "session": _session(user, stepped_up)}


def _session(user: User, stepped_up: bool) -> str:
    """A session as signing in makes it; stepped up for the whole run, or so long ago that the password is asked for."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    at = time.time() + (3600 if stepped_up else -3600)
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": at, "email": user.email}]
    session.create()
    return str(session.session_key)


def age_readings(hours: int = 24) -> None:
    """As if everything had been read long ago, so that pages read it again."""
    Reading.objects.update(
        tried_at=timezone.now() - timedelta(hours=hours), read_at=timezone.now() - timedelta(hours=hours)
    )


def disable_clients(provider: str) -> None:
    """As if staff had not set up a provider."""
    OAuthClient.objects.filter(provider=provider).update(enabled=False)


def keys() -> dict[str, Any]:
    """Primary keys that the pages of single objects need."""
    accounts = {account.provider: account.pk for account in LinkedAccount.objects.order_by("-pk")}
    calls = {
        provider: Call.objects.filter(account_id=pk).order_by("-pk").values_list("pk", flat=True).first()
        for provider, pk in accounts.items()
    }
    return {"accounts": accounts, "calls": calls}


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act for act in (prepare, clear, person, age_readings, disable_clients, keys)
}


def main() -> None:
    """Serve until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # commands may print; only answers go to the caller
    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            answer = {"result": ACTS[wanted["act"]](**wanted["arguments"])}
        except Exception:  # the caller shows it; the helper lives on
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
