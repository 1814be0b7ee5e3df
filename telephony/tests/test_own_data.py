"""A person's own data: everything that is hers, nothing that is another's, no secret."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import User
from telephony.core.types import LogScope
from telephony.models import Export, LinkedAccount, Token
from telephony.services import own_data
from telephony.services.call_store import store_page
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in
from telephony.tests.test_selectors import record

OF_NOBODY = {"telephony.OAuthClient", "telephony.PurgeRun", "telephony.ProviderHost", "telephony.RateBucket"}


@pytest.fixture
def account(person: User) -> LinkedAccount:
    account = make_account(person)
    store_page(account, [record(number, number, raw={"vendor": number}) for number in range(5)], LogScope.OWN)
    return account


def fetched(browser: Client) -> dict[str, list[str]]:
    """The lines of each file of the ZIP."""
    assert browser.post(reverse("telephony:own_data")).status_code == 302
    response = browser.get(reverse("telephony:export_file", args=[Export.objects.latest("pk").pk]))
    with zipfile.ZipFile(BytesIO(response.getvalue())) as archive:
        return {name: archive.read(name).decode().splitlines() for name in archive.namelist()}


def test_everything_about_the_person_is_in_it(browser: Client, account: LinkedAccount) -> None:
    files = fetched(browser)
    (person,) = [json.loads(line) for line in files["accounts.user.jsonl"]]
    assert person["email"] == "ada@example.org"
    calls = [json.loads(line) for line in files["telephony.call.jsonl"]]
    assert [call["raw"] for call in calls] == [{"vendor": number} for number in range(5)]
    assert "telephony.call.jsonl: 5" in files["README.txt"]
    assert len(files["telephony.linkedaccount.jsonl"]) == 1


def test_nothing_of_anybody_else_is_in_it(person: User, account: LinkedAccount, stranger: User) -> None:
    files = fetched(sign_in(stranger))
    assert files["telephony.call.jsonl"] == []
    assert "ada@example.org" not in str(files)


def test_no_secret_is_in_it(browser: Client, person: User, account: LinkedAccount) -> None:
    text = str(fetched(browser))
    token = Token.objects.get()
    for secret in ("access-1", "refresh-1", token.access_token.stored, person.password, browser.session.session_key):
        assert secret
        assert secret not in text


def test_every_table_is_a_persons_or_known_to_be_nobodys() -> None:
    models = {model for label in ("accounts", "telephony") for model in apps.get_app_config(label).get_models()}
    nobodys = {model._meta.label for model in models - set(own_data.personal_models())}
    assert nobodys == OF_NOBODY


def test_many_rows_are_read_page_by_page(
    browser: Client, account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_data, "CHUNK", 2)
    assert len(fetched(browser)["telephony.call.jsonl"]) == 5


def test_it_wants_the_password_again(person: User) -> None:
    assert sign_in(person, stepped_up=False).post(reverse("telephony:own_data")).status_code == 302
    assert not Export.objects.exists()


def test_the_page_offers_it(browser: Client) -> None:
    assert "Prepare my data" in browser.get(reverse("telephony:own_data")).content.decode()
