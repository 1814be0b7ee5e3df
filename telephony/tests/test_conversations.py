"""The list of conversations, page by page: each once, by its last text, whichever way that went."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from telephony.models import LinkedAccount, Message, ReceivedText
from telephony.services import conversations as service
from telephony.tests.making import NOON, make_account

WORDS = "Amazon", "DHL"  # senders without a number


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person, state="disabled")


def _fill(account: LinkedAccount, texts: int, seed: int) -> dict[tuple[int, str], datetime]:
    """Texts with few numbers at few moments, so that many coincide; gives the last moment of each conversation."""
    draw = random.Random(seed)  # noqa: S311  # texts to try, no secrets
    last: dict[tuple[int, str], datetime] = {}
    for number in range(texts):
        at = NOON - timedelta(minutes=draw.randrange(texts))
        digits = str(4930000000 + draw.randrange(texts // 2))
        if draw.random() < 0.5:
            Message.objects.create(
                user=account.user,
                account=account,
                idempotency_key=str(number),
                recipient=f"+{digits}",
                digits=digits,
                body="Hi",
                asked_at=at,
            )
        else:
            word = draw.choice(WORDS) if draw.random() < 0.2 else ""
            sender = word or f"+{digits}"
            ReceivedText.objects.create(
                account=account, key=str(number), sender=sender, digits="" if word else digits, at=at, body="Ho"
            )
            digits = word or digits
        key = (account.pk, digits)
        last[key] = max(at, last.get(key, at))
    return last


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("looked_at", [7, 300])
def test_pages_show_each_conversation_once(
    account: LinkedAccount, monkeypatch: pytest.MonkeyPatch, seed: int, looked_at: int
) -> None:
    monkeypatch.setattr(service, "MOST_LOOKED_AT", looked_at)
    monkeypatch.setattr(service, "MOST_CONVERSATIONS", 5)
    expected = _fill(account, 60, seed)

    found, before = service.conversations(account.user)
    pages = 1
    while before is not None:
        lines, before = service.conversations(account.user, before)
        found += lines
        pages += 1

    assert pages > 3
    assert {(line.account.pk, service._digits(line)): line.at for line in found} == expected
    assert len(found) == len(expected)
    assert [line.at for line in found] == sorted((line.at for line in found), reverse=True)


def test_the_page_leads_to_older_conversations_and_back(
    browser: Client, account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_CONVERSATIONS", 5)
    _fill(account, 30, 1)

    first = browser.get("/telephony/messages/").content.decode()
    older = first.partition('rel="next" href="')[2].partition('"')[0]
    second = browser.get(older.replace("&amp;", "&")).content.decode()

    assert 'hx-get="/telephony/messages/list/"' in first
    assert "To the latest" in second
    assert "To the latest" not in first
    assert 'hx-get="/telephony/messages/list/"' not in second  # that would bring the first page
    assert browser.get("/telephony/messages/?before=nonsense").status_code == 200
