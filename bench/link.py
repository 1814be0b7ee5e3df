"""Links six accounts at the sandbox by walking through the site's own pages. Run by `bench.dashboard` with the site's settings."""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402  # models can be imported from here on only
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.test import Client  # noqa: E402

from bench.seed import make_person  # noqa: E402
from bench.site import PROXY_HEADERS, SESSION_COOKIE  # noqa: E402
from sandbox.testing import walk_consent  # noqa: E402
from telephony.core.environment import SANDBOX  # noqa: E402
from telephony.core.registry import all_specs  # noqa: E402
from telephony.models import LinkedAccount, OAuthClient  # noqa: E402

PERSONAS = ("admin", "user")


def signed_in_browser() -> tuple[Client, str]:
    """A browser behind the proxy whose person has just typed her password, and the key of her session."""
    user, key = make_person()
    session = SessionStore(session_key=key)
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session.save()
    proxy = {name: value for name, value in PROXY_HEADERS.items() if name != "Host"}
    browser = Client(headers=proxy, HTTP_HOST=PROXY_HEADERS["Host"])
    browser.cookies[SESSION_COOKIE] = key
    return browser, key


def make_clients() -> list[OAuthClient]:
    """One OAuth client per provider, as the sandbox knows it."""
    clients = []
    for spec in all_specs():
        client_id, secret = spec.sandbox_credentials
        client = OAuthClient(provider=spec.slug, name=spec.name, client_id=client_id, environment=SANDBOX)
        client.scopes = list(spec.default_scopes)
        client.set_secret(secret)
        client.save()
        clients.append(client)
    return clients


def link(browser: Client, client: OAuthClient, persona: str) -> None:
    """From the confirmation page over the provider's consent to the account's page."""
    start = browser.post(f"/accounts/{client.provider}/login/?process=connect&client={client.pk}")
    back = walk_consent(settings.SANDBOX_URL, start["Location"], persona, "allow")
    answer = browser.get(back.removeprefix(settings.BASE_URL))
    assert answer.status_code == 302, answer.content.decode()


def main() -> None:
    """Link them all, and print the session's key as JSON; with ``--only-clients`` leave the linking to who asked."""
    browser, key = signed_in_browser()
    clients = make_clients()
    if "--only-clients" in sys.argv:
        print(json.dumps({"session": key, "clients": {client.provider: client.pk for client in clients}}))
        return
    for client in clients:
        for persona in PERSONAS:
            link(browser, client, persona)
    print(json.dumps({"session": key, "accounts": LinkedAccount.objects.count()}))


if __name__ == "__main__":
    main()
