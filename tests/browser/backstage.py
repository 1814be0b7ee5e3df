"""The helper at the site's database: one JSON object for each line in, one out. Run by `tests.browser.stage`."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import django
import requests

os.environ["SWITCHBOARD_MANAGE"] = "1"
django.setup()

# ruff: noqa: E402  # models can only be imported now
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from config.environment import BASE_DIR
from telephony.core.call_filter import CallFilter
from telephony.core.types import LogScope
from telephony.models import (
    AccountEvent,
    BalanceReading,
    Call,
    LinkedAccount,
    Message,
    Notice,
    NoticeKind,
    OAuthClient,
    PlacedCall,
    ProviderHost,
    Reading,
    ReceivedText,
    Token,
)
from telephony.models.exports import Export
from telephony.services import notice_checks, notice_mail, notices
from telephony.services.call_log import read_calls
from telephony.services.clients import seed_clients
from telephony.tasks import refresh_account

PASSWORD = "correct horse battery"
PASSKEY = BASE_DIR / "accounts" / "tests" / "passkey.json"


def prepare() -> None:
    """An empty database with its tables, and the sandbox's OAuth clients."""
    call_command("migrate", verbosity=0, interactive=False)
    seed_clients()


def clear() -> None:
    """Forget links, limits and what staff have changed about OAuth clients; people stay."""
    LinkedAccount.objects.all().delete()
    AccountEvent.objects.all().delete()
    OAuthClient.objects.all().delete()
    ProviderHost.objects.all().delete()
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
    session["account_authentication_methods"] = [{"method": "password", "at": at, "reauthenticated": stepped_up}]
    session.create()
    return str(session.session_key)


def link(email: str, provider: str, persona: str = "admin") -> int:
    """Link an account through the site and the sandbox's consent, without a browser; gives its primary key."""
    browser = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    browser.cookies[settings.SESSION_COOKIE_NAME] = _session(User.objects.get(email=email), stepped_up=True)
    client = OAuthClient.objects.get(provider=provider, enabled=True)
    at_provider = browser.post(f"/accounts/{provider}/login/?process=connect&client={client.pk}")
    with requests.Session() as sandbox:
        sandbox.trust_env = False
        page = sandbox.get(at_provider["Location"], timeout=10)
        page = sandbox.post(_form_target(page), {"person": persona}, timeout=10)
        answer = sandbox.post(_form_target(page), {"decision": "allow"}, timeout=10, allow_redirects=False)
    way = urlsplit(answer.headers["Location"])
    linked = browser.get(f"{way.path}?{way.query}")
    assert linked.status_code == 302, linked.content.decode()
    return int(linked["Location"].rstrip("/").rpartition("/")[2])


def _form_target(page: requests.Response) -> str:
    found = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return f"{settings.SANDBOX_URL}{found[1]}"


def age_readings(hours: int = 24) -> None:
    """As if everything had been read long ago, so that pages read it again."""
    Reading.objects.update(
        tried_at=timezone.now() - timedelta(hours=hours), read_at=timezone.now() - timedelta(hours=hours)
    )


def end_pauses() -> None:
    """As if the time had come at which hosts that do not answer are asked again."""
    ProviderHost.objects.update(probe_at=timezone.now())
    LinkedAccount.objects.update(retry_at=timezone.now())
    Reading.objects.update(retry_at=None)


def disable_clients(provider: str) -> None:
    """As if staff had not set up a provider."""
    OAuthClient.objects.filter(provider=provider).update(enabled=False)


def no_clients() -> None:
    """As on the first day: staff have set up nothing."""
    OAuthClient.objects.all().delete()


def forget_limits() -> None:
    """As if nobody had tried too often, and no code had been used."""
    cache.clear()


def read(account: int) -> None:
    """Read everything about an account, as the worker does, with the calls of the whole company."""
    refresh_account.call(account)
    read_calls(LinkedAccount.objects.get(pk=account), CallFilter(scope=LogScope.COMPANY))


def guard(email: str) -> int:
    """Give a person an authenticator app, recovery codes and a passkey; gives the passkey's primary key."""
    user = User.objects.get(email=email)
    TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    data = json.loads(PASSKEY.read_text(encoding="utf-8"))
    return int(Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data).pk)


def speak(email: str, language: str) -> None:
    """Change a person's language."""
    User.objects.filter(email=email).update(language=language)


def render(template: str) -> str:
    """A template as a visitor gets it who is not signed in."""
    request = RequestFactory(headers={"host": urlsplit(settings.BASE_URL).netloc}).get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    return render_to_string(template, request=request)


def tell(email: str) -> None:
    """Give a person notices of several kinds, open and over, and a month of balances that fall towards their limit."""
    user, now = User.objects.get(email=email), timezone.now()
    account = LinkedAccount.objects.get(user=user, provider="sipgate")
    others = list(LinkedAccount.objects.filter(user=user).exclude(pk=account.pk))
    for one in (account, *others):
        read_calls(one, CallFilter())
    BalanceReading.objects.filter(account=account).delete()
    for day in range(30):
        amount = Decimal("4.10") + (day if day < 12 else day - 10) * Decimal("1.37")
        read_at = now - timedelta(days=day, minutes=5)
        BalanceReading.objects.create(account=account, amount=amount, currency="EUR", read_at=read_at)
    read_now = {"tried_at": now, "read_at": now, "error_code": "", "summary": {"amount": "4.10", "currency": "EUR"}}
    Reading.objects.update_or_create(account=account, section="balance", defaults=read_now)
    notice_checks.check(user)
    end = {"at": (now + timedelta(days=6)).isoformat(), "reason": "not_renewed"}
    for other in others:
        notices.announce(user, NoticeKind.LINK_ENDING, f"{other.pk}", end, account=other)
    notices.announce(user, NoticeKind.MISSED_CALLS, "some", {"count": 4, "newest": now.isoformat()})
    notices.settle(Notice.objects.filter(account=others[0]))


def keys(email: str) -> dict[str, Any]:
    """The keys that the pages of single things need; `email` is the person who has linked."""
    user = User.objects.get(email=email)
    address = EmailAddress.objects.get(user=user)
    newcomer = User.objects.create_user(f"new-{email}", PASSWORD)
    unconfirmed = EmailAddress.objects.create(user=newcomer, email=newcomer.email, primary=True)
    spare = OAuthClient(provider="goto", name="Spare", client_id="spare", environment="sandbox", enabled=False)
    spare.save()
    calls = Call.objects.filter(account__user=user).exclude(legs=[]).order_by("-pk")
    tell(email)
    return {
        "user": user.pk,
        "opt_out": notice_mail.opt_out_path(user, NoticeKind.LINK_ENDED),
        "address": address.pk,
        "confirmation": EmailConfirmationHMAC(unconfirmed).key,
        "reset": _reset_path(user),
        "group": Group.objects.get_or_create(name="Support")[0].pk,
        "token": Token.objects.get(account__user=user, account__provider="sipgate").pk,
        "event": AccountEvent.objects.filter(account__user=user)[0].pk,
        "task": str(refresh_account.enqueue(0).id),
        "client_spare": spare.pk,
        "export": Export.objects.get_or_create(user=user, format="csv", zone="Europe/Berlin", language="en")[0].pk,
        **{f"placed_{stage}": _placed_call(user, stage) for stage in ("ringing_own", "connected", "failed")},
        **_texts(user),
        **{f"client_{client.provider}": client.pk for client in OAuthClient.objects.filter(enabled=True)},
        **{f"call_{call.account.provider}": call.pk for call in calls[:3000]},
    }


def _placed_call(user: User, stage: str) -> int:
    account = user.linked_accounts.order_by("pk")[0]
    defaults = {
        "account": account,
        "number": "+493023125999",
        "device_name": "Desk phone",
        "stage": stage,
        "state": "failed" if stage == "failed" else "accepted",
        "failure": "busy" if stage == "failed" else "",
        "can_cancel": stage == "ringing_own",
    }
    return PlacedCall.objects.get_or_create(user=user, idempotency_key=stage, defaults=defaults)[0].pk


def due_texts(email: str) -> None:
    """Let it be time to look what became of a person's texts."""
    Message.objects.filter(user__email=email).exclude(next_check_at=None).update(next_check_at=timezone.now())


def _texts(user: User) -> dict[str, int]:
    """A conversation with texts in every state."""
    account, now = LinkedAccount.objects.get(user=user, provider="ringcentral"), timezone.now()
    states: dict[str, dict[str, Any]] = {
        "message": {"state": "succeeded", "delivery": "delivered"},
        "message_failed": {
            "state": "failed",
            "error_code": "balance_too_low",
            "error_status": 402,
            "request_id": "r-1",
        },
        "message_unknown": {"state": "unknown", "error_code": "outcome_unknown", "checks": 9},
        "message_accepted": {"state": "accepted"},
    }
    found: dict[str, int] = {}
    for place, (name, columns) in enumerate(states.items()):
        asked_at = now - timedelta(minutes=30 - place)
        message, _created = Message.objects.get_or_create(
            user=user,
            idempotency_key=name,
            defaults={
                "account": account,
                "sender": "+12125550101",
                "sender_name": "+12125550101",
                "recipient": "+12125550142",
                "digits": "12125550142",
                "body": "Shall we meet at nine? The café at the corner opens at eight. 👍",
                "asked_at": asked_at,
                "claimed_at": asked_at,
                **columns,
            },
        )
        found[name] = message.pk
    text, _created = ReceivedText.objects.get_or_create(
        account=account,
        key="text-1",
        defaults={"sender": "+12125550142", "digits": "12125550142", "body": "Nine is fine.", "at": now},
    )
    return found | {"received": text.pk}


def _reset_path(user: User) -> str:
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return reverse(
        "account_reset_password_from_key", kwargs=dict(zip(("uidb36", "key"), key.split("-", 1), strict=True))
    )


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        prepare,
        clear,
        person,
        link,
        age_readings,
        end_pauses,
        disable_clients,
        no_clients,
        forget_limits,
        read,
        guard,
        speak,
        render,
        keys,
        due_texts,
        tell,
    )
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
