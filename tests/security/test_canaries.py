"""A whole life with the site, with DEBUG logs and things that break; then every secret is looked for everywhere, in every shape."""

from __future__ import annotations

import json
import logging
import re
import zipfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.conf import settings as site_settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from config.logs import RedactSecrets
from sandbox.clients import SEEDED
from sandbox.testing import RunningSandbox
from telephony.core.registry import all_specs
from telephony.core.testing.effort import takes_seconds
from telephony.models import Export, LinkedAccount, OAuthClient, Token
from telephony.services.support import refresh_now
from telephony.services.tokens import fresh_access_token
from telephony.tests.accounts import expire
from telephony.tests.conftest import authorize_url, path_of
from telephony.tests.desk import desk

PASSWORD = "correct horse battery"
PAT = ("token-QXKJZW", "c4a40a7e-9b1d-4c4a-8f1e-5e77a11d00d5")
MakeClient = Callable[..., OAuthClient]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that any library logs, down to DEBUG, as the site's handler writes it."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactSecrets())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def shapes(secret: str) -> set[str]:
    """How a secret may look in a text: plain, escaped, encoded, and its larger half."""
    plain = secret.encode()
    found = {
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        secret[: len(secret) * 2 // 3],
        secret[len(secret) // 3 :],
    }
    for encode in (b64encode, urlsafe_b64encode):
        found |= {encode(b"x" * pad + plain).decode()[pad + 2 : -4] for pad in range(3)}
    return {shape for shape in found if len(shape) >= 8}


def secrets_of_tokens() -> set[str]:
    """Every token that is stored, opened."""
    return {
        part
        for token in Token.objects.all()
        for sealed in (token.access_token, token.refresh_token)
        if sealed
        for part in sealed.reveal(token.purpose).split(":", 1)
    }


def live(browser: Client, sandbox: RunningSandbox, make: MakeClient) -> set[str]:
    """Link everything, read, renew, export, fail, look at it as staff; returns every secret that was used on the way."""
    secrets = {secret for _id, secret in SEEDED.values()} | {PASSWORD, *PAT}
    accounts: list[LinkedAccount] = []
    for spec in all_specs():
        client = make(spec.slug)
        url = authorize_url(browser, client)
        back = path_of(sandbox.login_and_consent(url))
        secrets |= {*parse_qs(urlsplit(back).query)["code"], *_verifiers(browser)}
        assert browser.get(back).status_code == 302
        browser.get(back)  # once more, which is refused
        browser.get(f"/accounts/{spec.slug}/login/callback/?code=CANARY-refused-code&state=x")
        accounts.append(LinkedAccount.objects.latest("pk"))
    secrets.add("CANARY-refused-code")
    browser.post(reverse("telephony:link_token", args=["sipgate"]), {"token_id": PAT[0], "token": PAT[1]})
    for account in accounts:
        secrets |= secrets_of_tokens()
        expire(account)
        fresh_access_token(account)
        refresh_now(account)
    secrets |= secrets_of_tokens()
    sandbox.faults.add("unavailable", provider=accounts[0].provider)
    refresh_now(accounts[0])
    sandbox.faults.clear()
    browser.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD + " wrong"})
    return secrets


def _verifiers(browser: Client) -> set[str]:
    """The PKCE verifiers that wait in the session; they are spent with the code."""
    return set(re.findall(r"'pkce_code_verifier': '([^']+)'", str(dict(browser.session))))


def places(browser: Client, log: StringIO) -> Iterator[tuple[str, bytes]]:
    """Everything that anybody could ever read: a name and its bytes."""
    yield from _pages(
        browser,
        ["/telephony/", "/accounts/security/", "/telephony/activity/"],
        r'href="(/(?:telephony|accounts)/[^"#]*)"',
    )
    yield from _pages(desk(email="root@example.org"), ["/admin/"], r'href="(/admin/[^"#]*)"')
    yield "log", log.getvalue().encode()
    yield (
        "mails",
        "\n".join(
            f"{message.subject}\n{message.body}\n{getattr(message, 'alternatives', '')}" for message in mail.outbox
        ).encode(),
    )
    yield "cache", repr(getattr(cache, "_cache", {})).encode()
    yield "sessions", repr([session.get_decoded() for session in Session.objects.all()]).encode()
    yield "database", b"\n".join(_database())
    dump = StringIO()
    call_command("dumpdata", stdout=dump, verbosity=0)
    yield "dumpdata", dump.getvalue().encode()
    for export in Export.objects.exclude(file=""):
        content = browser.get(reverse("telephony:export_file", args=[export.pk])).getvalue()
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())


def _pages(browser: Client, waiting: list[str], links: str) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    while waiting and len(seen) < 45:
        path = waiting.pop(0).replace("&amp;", "&")
        if path in seen or "logout" in path or "login" in path:
            continue
        seen.add(path)
        response = browser.get(path, follow=True)
        body = response.getvalue()
        yield path, body
        waiting += [target for target in re.findall(links, body.decode("utf-8", "replace")) if "?" not in target]


def _database() -> Iterator[bytes]:
    """Every value of every table, and of SQLite the bytes of the file, its write-ahead log included."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "telephony_callsearch":
                continue  # an index without rows of its own; the tables behind it are among the others
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # a name from the database itself
            yield repr(cursor.fetchall()).encode()
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for file in (name, name.with_name(name.name + "-wal")):
            if file.exists():
                yield file.read_bytes()


@takes_seconds
@pytest.mark.django_db(transaction=True)
def test_after_a_whole_run_no_secret_is_anywhere(
    browser: Client, person: User, sandbox: RunningSandbox, oauth_client: MakeClient, log: StringIO, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.ADMINS = [("Operator", "operator@example.org")]
    secrets = live(browser, sandbox, oauth_client)
    # A bug that puts tokens into its message, on a request that has secrets in its query, its cookies and its form.
    token = next(found for found in secrets_of_tokens() if len(found) > 20 and not found.startswith("eyJ"))

    def breaks(*_arguments: object, **_options: object) -> None:
        raise RuntimeError(f"could not use {token} nor {quote(token, safe='')}")

    monkeypatch.setattr("telephony.views.care.refresh_now", breaks)
    broken = Client(raise_request_exception=False)
    broken.cookies = browser.cookies
    account = LinkedAccount.objects.first()
    assert account is not None
    answer = broken.post(
        reverse("telephony:refresh", args=[account.pk]) + "?code=CANARY-refused-code",
        {"token": PAT[1], "password": PASSWORD},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 500
    assert len([message for message in mail.outbox if "operator@example.org" in message.to]) == 1
    monkeypatch.undo()
    assert browser.post(reverse("telephony:own_data")).status_code == 302

    session_key = browser.session.session_key
    found = []
    wanted = {secret: shapes(secret) for secret in secrets if len(secret) >= 8}
    for name, content in places(browser, log):
        text = content.decode("utf-8", "replace")
        found += [f"{secret[:6]}… in {name}" for secret, looks in wanted.items() if any(look in text for look in looks)]
        if name in ("log", "mails") and str(session_key) in text:
            found.append(f"the key of the session in {name}")

    assert len(wanted) > 12
    assert "Traceback" in log.getvalue()
    assert found == []


def test_the_error_page_of_production_tells_nothing(
    browser: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object) -> None:
        raise RuntimeError("CANARY in the message")

    monkeypatch.setattr("telephony.views.dashboard.render", breaks)
    browser.raise_request_exception = False

    page = browser.get("/telephony/").content.decode()

    assert "Something broke on our side" in page
    assert not [word for word in ("CANARY", "Traceback", "RuntimeError", "/views/", "Django") if word in page]


def test_a_secret_that_was_opened_is_removed_from_logs_by_its_value_alone(log: StringIO) -> None:
    from telephony.models import Secret

    sealed = Secret.seal("zebra/crossing+4711", "token:1")
    encoded = b64encode(b"zebra/crossing+4711").decode()
    logging.getLogger("else").warning("zebra/crossing+4711, %s or %s", quote("zebra/crossing+4711", safe=""), encoded)

    assert sealed.reveal("token:1")
    assert "crossing" not in log.getvalue()
    assert "emVicmE" not in log.getvalue()
    assert log.getvalue().count("[redacted]") == 3


def test_debug_is_off_unless_somebody_develops() -> None:
    assert site_settings.DEBUG is False
    assert site_settings.DEFAULT_EXCEPTION_REPORTER == "config.logs.RedactedReporter"
