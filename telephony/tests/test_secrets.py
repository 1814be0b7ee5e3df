"""Secrets at rest: sealed, bound to their row, readable with old keys, and never shown."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from telephony.checks import check_encryption_keys
from telephony.core.errors import GrantEnded
from telephony.models import OAuthClient, Secret, SecretUnreadable, Token
from telephony.models.encrypted import key_id
from telephony.services.tokens import fresh_access_token
from telephony.tests.accounts import make_account, make_client

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(alphabet="abc:1234567890", min_size=1))
def test_what_is_sealed_opens_with_its_purpose_only(plain: str, purpose: str) -> None:
    secret = Secret.seal(plain, purpose)
    assert secret.reveal(purpose) == plain
    with pytest.raises(SecretUnreadable):
        secret.reveal(purpose + "x")


def test_printing_formatting_and_logging_a_secret_shows_nothing() -> None:
    secret = Secret.seal("CANARY", "test")
    assert f"{secret} {secret!r} {[secret]}".count("sealed") == 3
    assert "CANARY" not in secret.stored


def test_a_column_refuses_plain_text(person: User) -> None:
    token = make_account(person).token
    token.access_token = "plain"
    with pytest.raises(TypeError):
        token.save()


def test_the_database_holds_no_byte_of_a_token(person: User) -> None:
    make_account(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM telephony_token")
        row = cursor.fetchone()
    assert all(value.startswith("v1:") for value in row)
    assert "access-1" not in str(row)


def test_serialisers_get_no_secret(person: User) -> None:
    make_account(person)
    dumped = serializers.serialize("json", [*Token.objects.all(), *OAuthClient.objects.all()])
    assert "v1:" not in dumped


def test_a_ciphertext_copied_to_another_row_does_not_open(person: User) -> None:
    first, second = make_account(person), make_account(person, remote_id="1:2")
    Token.objects.filter(account=second).update(access_token=Token.objects.get(account=first).access_token)
    with pytest.raises(GrantEnded):
        fresh_access_token(second)


def test_rotation_reseals_everything_and_names_the_key_that_may_go(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    account = make_account(person)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert fresh_access_token(account) == "access-1"
    output = StringIO()
    call_command("rotate_keys", stdout=output)
    assert "3 secrets re-encrypted" in output.getvalue()
    assert key_id(OLD) in output.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert fresh_access_token(account) == "access-1"
    assert OAuthClient.objects.get().config().client_secret == "secret-1"


def test_rotation_can_be_run_again_and_does_nothing_then(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    make_account(person)
    before = Token.objects.get().access_token.stored
    call_command("rotate_keys", stdout=StringIO())
    assert Token.objects.get().access_token.stored == before


def test_rotation_leaves_what_it_cannot_read_and_says_so(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    make_account(person)
    before = Token.objects.get().access_token.stored
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="3 secrets could not be read"):
        call_command("rotate_keys", stdout=StringIO())
    assert Token.objects.get().access_token.stored == before


def test_a_malformed_key_fails_the_start_with_a_sentence(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["not a key"]
    assert [message.id for message in check_encryption_keys()] == ["telephony.E001"]


def test_a_lost_key_fails_the_start_and_names_how_many_rows_it_touches(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    make_account(person)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    (message,) = check_encryption_keys()
    assert message.id == "telephony.E003"
    assert f"{key_id(OLD)} (2 rows)" in message.msg


def test_a_partly_lost_key_is_a_warning(person: User, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    make_client("goto")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    make_account(person)
    assert [message.id for message in check_encryption_keys()] == ["telephony.W001"]


def test_with_the_right_keys_nothing_is_reported(person: User) -> None:
    make_account(person)
    assert check_encryption_keys() == []
