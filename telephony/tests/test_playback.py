"""Listening: sound comes through the site, with ranges, for its owner only; a provider's page or fault never plays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.types import LogScope
from telephony.models import Call, LinkedAccount, OAuthClient
from telephony.services.sync import ensure_states, sync_log
from telephony.tests.conftest import link

Linking = Callable[..., OAuthClient]


def fetched(browser: Client, sandbox: RunningSandbox, client: OAuthClient) -> LinkedAccount:
    """A linked administrator whose newest company calls (or own, where there is no other log) are stored."""
    account = link(browser, sandbox, client)
    scopes = account.spec.log_scopes
    wanted = LogScope.COMPANY if LogScope.COMPANY in scopes else LogScope.OWN
    state = next(state for state in ensure_states(account) if state.scope == wanted)
    sync_log(state.pk, pages=1)
    return account


def recorded(account: LinkedAccount) -> Call:
    """The newest recorded call."""
    return Call.objects.filter(account=account).filter(recording__isnull=False).order_by("-started_at")[0]


def body(response: object) -> bytes:
    """The whole streamed body."""
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # a streaming response


@pytest.mark.parametrize("provider", ["sipgate", "ringcentral", "goto"])
def test_a_recording_plays_through_the_site(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking, provider: str
) -> None:
    client = oauth_client(provider)
    client.scopes = list(client.spec.scope_names)
    client.save()
    call = recorded(fetched(browser, sandbox, client))
    response = browser.get(reverse("telephony:recording", args=[call.pk]))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("audio/")
    assert len(body(response)) > 1000
    page = browser.get(call.get_absolute_url()).content.decode()
    assert f'src="{reverse("telephony:recording", args=[call.pk])}"' in page
    assert 'src="http' not in page


def test_a_player_can_jump(browser: Client, sandbox: RunningSandbox, oauth_client: Linking) -> None:
    client = oauth_client("ringcentral")
    client.scopes = list(client.spec.scope_names)
    client.save()
    call = recorded(fetched(browser, sandbox, client))
    response = browser.get(reverse("telephony:recording", args=[call.pk]), headers={"Range": "bytes=10-19"})
    assert response.status_code == 206
    assert response["Content-Range"].startswith("bytes 10-19/")
    assert len(body(response)) == 10


def test_a_voicemail_plays(browser: Client, sandbox: RunningSandbox, oauth_client: Linking) -> None:
    account = fetched(browser, sandbox, oauth_client("sipgate"))
    call = Call.objects.filter(account=account).filter(voicemail__isnull=False).order_by("-started_at")[0]
    response = browser.get(reverse("telephony:voicemail", args=[call.pk]))
    assert response.status_code == 200
    assert body(response)


def test_nobody_else_hears_it(browser: Client, sandbox: RunningSandbox, oauth_client: Linking, stranger: User) -> None:
    call = recorded(fetched(browser, sandbox, oauth_client("sipgate")))
    other = Client()
    other.force_login(stranger)
    assert other.get(reverse("telephony:recording", args=[call.pk])).status_code == 404
    assert Client().get(reverse("telephony:recording", args=[call.pk])).status_code == 302


def test_a_call_without_a_recording_says_so(browser: Client, sandbox: RunningSandbox, oauth_client: Linking) -> None:
    account = fetched(browser, sandbox, oauth_client("sipgate"))
    call = Call.objects.filter(account=account, recording__isnull=True)[0]
    response = browser.get(reverse("telephony:recording", args=[call.pk]))
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("kind", ["unavailable", "forbidden", "reset", "redirect"])
def test_a_fault_is_a_sentence_and_not_a_traceback(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking, kind: str
) -> None:
    call = recorded(fetched(browser, sandbox, oauth_client("sipgate")))
    sandbox.faults.add(kind, provider="sipgate")
    response = browser.get(reverse("telephony:recording", args=[call.pk]))
    assert response.status_code == 502
    assert b"sipgate" in response.content


def test_a_page_in_the_place_of_sound_is_not_served_as_a_page(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking
) -> None:
    call = recorded(fetched(browser, sandbox, oauth_client("sipgate")))
    sandbox.faults.add("html", provider="sipgate", path_prefix="/download")
    response = browser.get(reverse("telephony:recording", args=[call.pk]))
    assert response["Content-Type"] == "application/octet-stream"
