"""Listening: sound comes through the site, with ranges, for its owner only; a provider's page or fault never plays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.replies import StreamedReply
from telephony.core.types import LogScope
from telephony.models import Call, LinkedAccount, OAuthClient
from telephony.services import playback, sync_steps
from telephony.services.sync import ensure_states, sync_log
from telephony.tests.conftest import link
from telephony.tests.making import make_account, make_calls

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


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest calls have recordings of each kind: it need not be a thousand of them."""
    monkeypatch.setattr(sync_steps, "PAGE_SIZE", 100)


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


@pytest.fixture(params=["sipgate", "ringcentral", "goto"])
def sound(browser: Client, sandbox: RunningSandbox, oauth_client: Linking, request: pytest.FixtureRequest) -> str:
    """The address of a recording. sipgate and GoTo send the whole whatever is asked for, RingCentral sends the part."""
    client = oauth_client(request.param)
    client.scopes = list(client.spec.scope_names)
    client.save()
    return reverse("telephony:recording", args=[recorded(fetched(browser, sandbox, client)).pk])


def test_a_player_can_jump_at_every_provider(browser: Client, sound: str) -> None:
    whole = body(browser.get(sound))
    length = len(whole)
    for asked, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, length - 1),
        ("bytes=-50", length - 50, length - 1),
        ("bytes=1000-999999999", 1000, length - 1),
    ):
        response = browser.get(sound, headers={"Range": asked})
        assert (response.status_code, response["Content-Range"]) == (206, f"bytes {first}-{last}/{length}")
        assert response["Content-Length"] == str(last + 1 - first)
        assert body(response) == whole[first : last + 1]
        assert response["Content-Type"].startswith("audio/")

    response = browser.get(sound, headers={"Range": "bytes=999999999-"})
    assert (response.status_code, response.content) == (416, b"")
    assert response.get("Content-Range", f"bytes */{length}") == f"bytes */{length}"

    for odd in ("bytes=0-1,5-6", "bytes=5-2", "bytes=-", "bytes=a-b", "items=0-5", "0-5", f"bytes={'9' * 40}-"):
        response = browser.get(sound, headers={"Range": odd})
        assert (response.status_code, len(body(response)), odd) == (200, length, odd)


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


def answering(monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str]) -> list[bool]:
    """Let the provider answer so, with ten bytes; gives what is filled when the connection is let go."""
    closed: list[bool] = []
    reply = StreamedReply(
        status, {"content-type": "audio/mpeg"} | headers, iter([b"01234", b"56789"]), lambda: closed.append(True)
    )
    monkeypatch.setattr(playback, "with_client", lambda account, work: reply)
    return closed


@pytest.fixture
def quiet(person: User) -> str:
    """The address of a recording at a provider that is not asked."""
    (call,) = make_calls(make_account(person), 1, recording={"key": "1"})
    return reverse("telephony:recording", args=[call.pk])


def test_the_whole_comes_where_its_length_is_not_known(
    browser: Client, quiet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 200, {"content-length": "7", "content-encoding": "gzip"})
    response = browser.get(quiet, headers={"Range": "bytes=2-3"})
    assert (response.status_code, body(response)) == (200, b"0123456789")
    assert not response.has_header("Content-Length")
    assert not response.has_header("Accept-Ranges")


def test_a_part_without_its_place_is_a_fault(browser: Client, quiet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = answering(monkeypatch, 206, {"content-length": "10"})
    assert browser.get(quiet, headers={"Range": "bytes=2-3"}).status_code == 502
    assert closed


@pytest.mark.parametrize(("headers", "place"), [({"content-range": "bytes */9"}, "bytes */9"), ({}, None)])
def test_a_refused_range_is_passed_on(
    browser: Client, quiet: str, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], place: str | None
) -> None:
    closed = answering(monkeypatch, 416, headers)
    response = browser.get(quiet, headers={"Range": "bytes=99-"})
    assert (response.status_code, response.get("Content-Range")) == (416, place)
    assert closed


def test_a_player_learns_that_it_can_jump(browser: Client, quiet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 200, {"content-length": "10"})
    assert browser.get(quiet)["Accept-Ranges"] == "bytes"
    closed = answering(monkeypatch, 200, {"content-length": "10"})
    response = browser.get(quiet, headers={"Range": "bytes=3-6"})
    assert (response.status_code, body(response)) == (206, b"3456")
    assert closed
