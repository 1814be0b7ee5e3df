"""Texts go where calls go: with a forgotten number, when their time is over, with the account; and into the person's own data."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.core.texts import TextRecord
from telephony.core.types import Direction
from telephony.models import LinkedAccount, Message, ReceivedText, RetentionAction, RetentionRule
from telephony.services import forgetting, own_data, retention, text_status
from telephony.tests.conftest import sign_in
from telephony.tests.making import make_account

NUMBER = "+12125550142"


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """An account with one text each way, both a hundred days old."""
    made = make_account(person)
    old = timezone.now() - timedelta(days=100)
    text = {"account": made, "digits": NUMBER[1:], "body": "Nine is fine."}
    Message.objects.create(user=person, idempotency_key="k", recipient=NUMBER, state="failed", asked_at=old, **text)
    ReceivedText.objects.create(key="r-1", sender=NUMBER, at=old, **text)
    return made


def test_a_forgotten_number_takes_its_texts_along(person: User, account: LinkedAccount) -> None:
    assert forgetting.traces(person, NUMBER).texts == 2
    forgetting.forget(person, NUMBER)
    assert not Message.objects.exists()
    assert not ReceivedText.objects.exists()


def test_a_forgotten_number_does_not_come_back(person: User, account: LinkedAccount) -> None:
    forgetting.forget(person, NUMBER)
    records = [
        TextRecord("r-1", Direction.INBOUND, NUMBER, "Again", timezone.now()),
        TextRecord("r-2", Direction.INBOUND, "+12125550143", "Hello", timezone.now()),
    ]
    assert text_status._store(account, records, timezone.now()) == 1
    assert ReceivedText.objects.get().key == "r-2"


@pytest.mark.parametrize("action", [RetentionAction.DELETE, RetentionAction.ANONYMISE])
def test_texts_go_when_their_time_is_over(account: LinkedAccount, action: RetentionAction) -> None:
    RetentionRule.objects.create(account=account, days=200, action=action)
    retention.purge(account)
    assert Message.objects.exists()
    RetentionRule.objects.update(days=30)
    retention.purge(account, dry_run=True)
    assert Message.objects.exists()
    retention.purge(account)
    assert not Message.objects.exists()
    assert not ReceivedText.objects.exists()


def test_a_text_that_waits_for_its_time_is_kept(account: LinkedAccount) -> None:
    Message.objects.update(send_at=timezone.now() + timedelta(days=1))
    RetentionRule.objects.create(account=account, days=30, action=RetentionAction.DELETE)
    retention.purge(account)
    assert Message.objects.exists()


def test_texts_that_would_go_at_once_are_not_stored(account: LinkedAccount) -> None:
    RetentionRule.objects.create(account=account, days=30, action=RetentionAction.DELETE)
    old = TextRecord("r-9", Direction.INBOUND, NUMBER, "Old", timezone.now() - timedelta(days=40))
    assert text_status._store(account, [old], timezone.now()) == 0


def test_texts_are_part_of_her_own_data(person: User, account: LinkedAccount) -> None:
    out = io.BytesIO()
    own_data.write(person, out, lambda done, total: None)
    archive = zipfile.ZipFile(out)
    assert b"Nine is fine." in archive.read("telephony.message.jsonl")
    received = archive.read("telephony.receivedtext.jsonl")
    assert b"Nine is fine." in received
    assert b'"r-1"' in received


def test_texts_go_with_their_account(account: LinkedAccount) -> None:
    account.delete()
    assert not Message.objects.exists()
    assert not ReceivedText.objects.exists()


def test_staff_see_neither_words_nor_recipient(account: LinkedAccount, db: None) -> None:
    staff = User.objects.create_user("root@example.org", "correct horse battery", is_staff=True, is_superuser=True)
    desk: Client = sign_in(staff)
    pk = Message.objects.get().pk
    for url in ("/admin/telephony/message/", f"/admin/telephony/message/{pk}/change/"):
        answer = desk.get(url)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "…142" in page
        assert "Nine is fine." not in page
        assert NUMBER[1:] not in page
