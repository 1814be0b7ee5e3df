"""Started calls: forgotten with their number, deleted by the retention rule, and part of a person's own data."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from telephony.models import LinkedAccount, PlacedCall, RetentionAction, RetentionRule
from telephony.services import own_data, retention
from telephony.services.forgetting import forget, traces
from telephony.tests.desk import desk
from telephony.tests.making import make_account

NUMBER, DIGITS = "+493023125001", "493023125001"


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """Ada's account."""
    return make_account(person)


def placed(account: LinkedAccount, days_ago: int = 0, digits: str = DIGITS) -> PlacedCall:
    """A call that was started some days ago."""
    return PlacedCall.objects.create(
        user=account.user,
        account=account,
        idempotency_key=f"{days_ago}-{digits}",
        number=f"+{digits}",
        digits=digits,
        asked_at=timezone.now() - timedelta(days=days_ago),
    )


def test_a_forgotten_number_is_in_no_started_call(account: LinkedAccount, stranger: User) -> None:
    placed(account)
    other, theirs = placed(account, digits="4915112345678"), placed(make_account(stranger, remote_id="other"))

    assert (traces(account.user, NUMBER).placed, traces(account.user, NUMBER).nothing) == (1, False)
    forget(account.user, NUMBER)

    assert set(PlacedCall.objects.all()) == {other, theirs}


@pytest.mark.parametrize("action", RetentionAction)
def test_the_retention_rule_deletes_started_calls(account: LinkedAccount, action: RetentionAction) -> None:
    RetentionRule.objects.create(account=account, days=30, action=action.value)
    placed(account, days_ago=40)
    kept = placed(account, days_ago=10)

    retention.purge(account, dry_run=True)
    assert PlacedCall.objects.count() == 2
    retention.purge(account)

    assert list(PlacedCall.objects.all()) == [kept]


def test_started_calls_are_part_of_the_persons_own_data(account: LinkedAccount, stranger: User) -> None:
    placed(account)
    placed(make_account(stranger, remote_id="other"), digits="4915112345678")
    out = io.BytesIO()

    own_data.write(account.user, out, lambda done, total: None)

    told = zipfile.ZipFile(out).read("telephony.placedcall.jsonl").decode()
    assert NUMBER in told
    assert "4915112345678" not in told


def test_the_name_that_staff_see_has_only_the_end_of_the_number(account: LinkedAccount) -> None:
    call = placed(account)

    assert NUMBER not in str(call)
    assert str(call).startswith("…001 ")


def test_staff_see_what_became_of_a_call_and_not_whom_it_went_to(account: LinkedAccount) -> None:
    pk, browser = placed(account).pk, desk()
    for url in ("/admin/telephony/placedcall/", f"/admin/telephony/placedcall/{pk}/change/"):
        answer = browser.get(url)
        assert answer.status_code == 200
        assert f"…{DIGITS[-3:]}" in answer.content.decode()
        assert DIGITS not in answer.content.decode()
    assert browser.post(f"/admin/telephony/placedcall/{pk}/change/", {"state": "queued"}).status_code == 403
