"""When a session was used last is known to the minute, without a write per page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.middleware import SessionActivityMiddleware

PAGE = "/accounts/profile/"


@pytest.fixture
def last_seen(browser: Client) -> datetime:
    """When the browser was seen last, set back by an hour after its first page."""
    browser.get(PAGE)
    long_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=long_ago)
    return long_ago


def test_a_second_page_within_the_minute_writes_nothing(browser: Client, last_seen: datetime) -> None:
    browser.get(PAGE)

    assert UserSession.objects.get().last_seen_at == last_seen


def test_a_page_after_the_minute_is_noted(
    browser: Client, last_seen: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SessionActivityMiddleware, "NOTE_EVERY", 0)

    browser.get(PAGE)

    assert UserSession.objects.get().last_seen_at > last_seen


@pytest.mark.parametrize("change", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_USER_AGENT": "Another"}])
def test_another_address_or_browser_is_noted_at_once(
    change: dict[str, str], browser: Client, last_seen: datetime
) -> None:
    browser.defaults.update(change)

    browser.get(PAGE)

    assert UserSession.objects.get().last_seen_at > last_seen


def test_only_so_many_sessions_are_remembered(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionActivityMiddleware, "REMEMBERED", 0)
    browser.get(PAGE)
    UserSession.objects.all().delete()

    browser.get(PAGE)

    assert UserSession.objects.exists()
