"""Changing the encryption key while the site runs, after a kill, and without the old key. The plain cases are in test_secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from config.environment import BASE_DIR
from telephony.checks import check_encryption_keys, refuse_wrong_keys
from telephony.core.oauth import TokenSet
from telephony.models import LinkedAccount, OAuthClient, Secret, Token
from telephony.models.encrypted import key_id, primary_key_id
from telephony.services import key_rotation
from telephony.services.credentials import token_columns
from telephony.services.key_rotation import keys_in_use, rotate
from telephony.services.tokens import fresh_access_token
from telephony.tests.accounts import make_account, make_client

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def many_accounts(person: User, count: int) -> list[LinkedAccount]:
    """Accounts whose tokens tell which is whose."""
    client = make_client()
    with transaction.atomic():
        return [
            make_account(
                person, remote_id=f"1:{n}", client=client, tokens=TokenSet(f"access-{n}", f"refresh-{n}", 3600)
            )
            for n in range(count)
        ]


def stored(account: LinkedAccount) -> tuple[str, str]:
    """The account's pair in plain text."""
    token = Token.objects.get(account=account)
    return token.access_token.reveal(token.purpose), token.refresh_token.reveal(token.purpose)


@pytest.mark.django_db(transaction=True)
def test_refreshers_that_write_meanwhile_lose_nothing(
    person: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    accounts = many_accounts(person, 30)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    monkeypatch.setattr(key_rotation, "BATCH", 5)
    last: dict[int, tuple[str, str]] = {account.pk: stored(account) for account in accounts}
    over, written = threading.Event(), Counter[int]()

    def refresh(mine: list[LinkedAccount]) -> None:
        """As a refresher stores a pair: one UPDATE that the generation guards."""
        turn = 0
        try:
            while not over.is_set() or turn < 2:
                for account in mine:
                    token = Token.objects.get(account=account)
                    pair = TokenSet(f"access-{account.pk}-{turn}", f"refresh-{account.pk}-{turn}", 3600)
                    columns = token_columns(account.spec, token, pair)
                    guarded = Token.objects.filter(account=account, generation=token.generation)
                    if guarded.update(**columns, generation=token.generation + 1):
                        last[account.pk] = (pair.access_token, pair.refresh_token)
                        written[account.pk] += 1
                turn += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=refresh, args=(accounts[n::3],)) for n in range(3)]
    for thread in threads:
        thread.start()
    report = rotate()
    over.set()
    for thread in threads:
        thread.join()

    assert report.unreadable == []
    assert len(written) == len(accounts)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]  # the old key is removed
    assert set(keys_in_use()) == {key_id(NEW)}
    assert {account.pk: stored(account) for account in accounts} == last


KILLED = """
import os, signal
import django; django.setup()
from telephony.services import key_rotation
key_rotation.BATCH = 3
def progress(done, total):
    if done >= 6:
        os.kill(os.getpid(), signal.SIGKILL)
key_rotation.rotate(progress)
"""


@pytest.mark.django_db(transaction=True)
def test_after_a_kill_it_goes_on_where_it_was(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    accounts = many_accounts(person, 12)
    before = {account.pk: stored(account) for account in accounts}
    environment = os.environ | {"FIELD_ENCRYPTION_KEYS": f"{NEW},{OLD}", "DATABASE_URL": _url_of_the_test_database()}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"

    killed = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-c", KILLED], cwd=BASE_DIR, env=environment, check=False, timeout=60
    )

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert killed.returncode == -signal.SIGKILL
    assert Token.objects.filter(key_id=key_id(NEW)).count() == 6
    output = StringIO()
    call_command("rotate_keys", stdout=output)
    assert "13 secrets re-encrypted" in output.getvalue()  # six tokens of two secrets, and the client
    assert "12 were already" in output.getvalue()
    assert "13 of 13 rows looked at" in output.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert {account.pk: stored(account) for account in accounts} == before


def _url_of_the_test_database() -> str:
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    user = f"{found['USER']}:{found['PASSWORD']}" if found["PASSWORD"] else found["USER"]
    return f"postgres://{user}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def test_a_key_that_is_still_needed_is_not_named_as_removable(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    account = make_account(person)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    rotate()
    # Another process, which was not restarted, writes with the old key still.
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    Token.objects.update(access_token=Secret.seal("access-2", f"token:{account.pk}"))
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    assert key_id(OLD) in keys_in_use()
    output = StringIO()
    call_command("rotate_keys", stdout=output)
    assert "1 secrets re-encrypted" in output.getvalue()
    assert f"can be removed: {key_id(OLD)}" in output.getvalue()


def test_without_the_old_key_no_server_starts_and_nothing_is_destroyed(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    accounts = many_accounts(person, 3)
    before = list(Token.objects.order_by("pk").values_list("access_token", "refresh_token", "generation"))
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(ImproperlyConfigured, match=rf"{key_id(OLD)} \(4 rows\)"):
        refuse_wrong_keys()
    for account in accounts:
        with pytest.raises(Exception, match="key"):
            fresh_access_token(account)

    after = list(Token.objects.order_by("pk").values_list("access_token", "refresh_token", "generation"))
    assert [tuple(map(_text, row)) for row in after] == [tuple(map(_text, row)) for row in before]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert check_encryption_keys() == []
    assert stored(accounts[1]) == ("access-1", "refresh-1")


def test_a_site_with_some_lost_tokens_starts_and_says_how_many(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    make_account(person)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    OAuthClient.objects.update(client_secret=Secret.seal("x", OAuthClient.objects.get().purpose))

    (message,) = check_encryption_keys()

    assert message.id == "telephony.W001"
    assert f"{key_id(OLD)} (1 rows)" in message.msg
    assert "Nothing has been changed" in str(message.hint)
    assert primary_key_id() == key_id(NEW)


def _text(value: object) -> object:
    return value.stored if isinstance(value, Secret) else value
