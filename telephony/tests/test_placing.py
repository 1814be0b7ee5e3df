"""Click to call, end to end against the sandbox: one call per click, followed where the provider tells, never dialled twice."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.registry import get_spec
from telephony.core.types import CapabilityState, Feature
from telephony.models import LinkedAccount, LinkState, OAuthClient, PlacedCall
from telephony.models.acts import ActState
from telephony.services import placing
from telephony.tasks import follow_call
from telephony.tests.conftest import link, sign_in
from telephony.tests.making import make_account

PROVIDERS = ("sipgate", "ringcentral", "goto")
WRITES = {"sipgate": "/sessions/calls", "ringcentral": "/ring-out", "goto": "/calls/v2/calls"}
NUMBER = "+493023125999"
NEW, DEVICES = "/telephony/calls/new/", "/telephony/calls/new/devices/"
Linked = Callable[..., LinkedAccount]


@pytest.fixture
def linked(browser: Client, sandbox: RunningSandbox, oauth_client: Callable[..., OAuthClient]) -> Linked:
    """Links an account with every scope that the provider has."""

    def make(provider: str, persona: str = "admin") -> LinkedAccount:
        client = oauth_client(provider, scopes=get_spec(provider).scope_names)
        account = link(browser, sandbox, client, persona)
        sandbox.requests.clear()
        return account

    return make


def dialled(sandbox: RunningSandbox, provider: str) -> int:
    """How often the provider was asked to start a call."""
    asked = [one for one in sandbox.requests.entries() if one.method == "POST" and one.path.endswith(WRITES[provider])]
    return len(asked)


def devices(browser: Client, account: LinkedAccount) -> list[str]:
    """The values of the devices that the form offers."""
    page = browser.get(f"{DEVICES}?account={account.pk}", headers={"HX-Request": "true"}).content.decode()
    return [html.unescape(value) for value in re.findall(r'name="device" value="([^"]+)"', page)]


def form(browser: Client, account: LinkedAccount, number: str = NUMBER, **more: Any) -> dict[str, Any]:
    """What the form sends, as a person with this page in front of her has it."""
    page = browser.get(f"{NEW}?{urlencode({'number': number, 'account': account.pk})}").content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once, page
    return {"number": number, "account": account.pk, "once": once[1], "device": devices(browser, account)[0]} | more


def call_now(browser: Client, data: dict[str, Any]) -> PlacedCall:
    """Press *Call now*."""
    answer = browser.post(NEW, data)
    assert answer.status_code == 302, answer.content.decode()
    return PlacedCall.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def page_of(browser: Client, call: PlacedCall) -> str:
    """The call's page, as text."""
    return html.unescape(browser.get(call.get_absolute_url()).content.decode())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_is_started_once_on_the_persons_device(
    browser: Client, sandbox: RunningSandbox, linked: Linked, provider: str
) -> None:
    account = linked(provider)
    data = form(browser, account)

    call = call_now(browser, data)

    assert (call.state, call.number, bool(call.remote_id)) == (ActState.ACCEPTED, NUMBER, True)
    assert dialled(sandbox, provider) == 1
    assert "Pick up" in page_of(browser, call)
    account.refresh_from_db()
    assert account.observed_capabilities()[Feature.START_CALL].state is CapabilityState.AVAILABLE


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_second_click_and_a_form_sent_again_start_nothing(
    browser: Client, sandbox: RunningSandbox, linked: Linked, provider: str
) -> None:
    data = form(browser, linked(provider))

    first, second = call_now(browser, data), call_now(browser, data)

    assert first == second
    assert dialled(sandbox, provider) == 1


def test_a_second_tab_asks_before_it_calls_the_same_number_again(
    browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    account = linked("goto")
    first, second = form(browser, account), form(browser, account)
    call_now(browser, first)

    answer = browser.post(NEW, second)

    assert answer.status_code == 200
    assert "You have just called this number" in answer.content.decode()
    assert dialled(sandbox, "goto") == 1
    call_now(browser, second | {"again": "on"})
    assert dialled(sandbox, "goto") == 2


@pytest.mark.parametrize(
    ("provider", "fault"),
    [
        *((provider, "lost_reply") for provider in PROVIDERS),
        *(("goto", fault) for fault in ("server_error", "html", "truncated", "empty")),
    ],
)
def test_an_answer_that_is_not_learnt_is_unknown_and_never_dialled_again(
    browser: Client, sandbox: RunningSandbox, linked: Linked, provider: str, fault: str
) -> None:
    data = form(browser, linked(provider))
    sandbox.faults.add(fault, provider=provider, method="POST")

    call = call_now(browser, data)
    page = page_of(browser, call)
    call_now(browser, data)
    sandbox.faults.clear()
    call_now(browser, data)

    assert fault != "lost_reply" or "We did not learn whether" in page
    assert fault != "lost_reply" or "started the call." in page
    assert call.act_state is ActState.UNKNOWN, call.error_code
    assert "Look at your phone before you call again" in page
    assert "Call again" in page
    assert dialled(sandbox, provider) == 1


@pytest.mark.parametrize(
    ("provider", "status", "words"),
    [("goto", 401, "Try again now"), ("sipgate", 402, "balance"), ("ringcentral", 429, "slow down")],
)
def test_a_refusal_is_told_and_nobody_was_called(
    browser: Client, sandbox: RunningSandbox, linked: Linked, provider: str, status: int, words: str
) -> None:
    data = form(browser, linked(provider))
    sandbox.faults.add(
        "server_error", provider=provider, method="POST", path_prefix=f"*{WRITES[provider]}", status=status
    )

    call = call_now(browser, data)
    page = page_of(browser, call)

    assert call.act_state is ActState.FAILED, call.error_code
    assert "Nobody was called." in page
    assert words in page
    assert dialled(sandbox, provider) == 1


def test_a_pause_that_the_provider_asks_for_is_told_in_seconds(
    browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    data = form(browser, linked("ringcentral"))
    sandbox.faults.add("rate_limited", provider="ringcentral", method="POST", retry_after=17)

    assert "Nobody was called. Try again in 17 seconds." in page_of(browser, call_now(browser, data))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_missing_scope_is_one_click_away(
    browser: Client, person: User, oauth_client: Callable[..., OAuthClient], provider: str
) -> None:
    spec = get_spec(provider)
    needed = {name for way in spec.needs[Feature.START_CALL] for name in way}
    granted = [name for name in spec.scope_names if name not in needed]
    account = make_account(person, oauth_client(provider), granted_scopes=granted)

    page = html.unescape(browser.get(f"{NEW}?number=%2B493023125999").content.decode())

    assert "Ask for the permission" in page
    assert "Call now" not in page
    for name in needed:
        assert urlencode({"": name})[1:] in page
    assert f"relink={account.pk}" in page


def test_a_ring_out_is_followed_to_its_end(browser: Client, sandbox: RunningSandbox, linked: Linked) -> None:
    call = call_now(browser, form(browser, linked("ringcentral")))
    seen = [stage_after(browser, sandbox, call, seconds) for seconds in (0, 5, 5, 300)]

    assert seen == ["ringing_own", "ringing_other", "connected", "ended"]
    assert "is over" in page_of(browser, call)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+12125550199", "The other end was busy."),
        ("+12125550198", "Nobody answered"),
        ("+12125550197", "does not allow calls abroad"),
        ("+12125550196", "not enough credit"),
    ],
)
def test_a_ring_out_that_fails_says_why(
    browser: Client, sandbox: RunningSandbox, linked: Linked, number: str, words: str
) -> None:
    call = call_now(browser, form(browser, linked("ringcentral"), number))

    assert stage_after(browser, sandbox, call, 10) == "failed"
    assert words in page_of(browser, call)


def test_a_ring_out_is_cancelled_until_it_is_answered(browser: Client, sandbox: RunningSandbox, linked: Linked) -> None:
    account = linked("ringcentral")
    call = call_now(browser, form(browser, account))
    assert "Cancel the call" in page_of(browser, call)
    browser.post(f"{call.get_absolute_url()}cancel/")
    assert "cancelled before anybody answered" in page_of(browser, call)

    late = call_now(browser, form(browser, account, "+12125550123"))
    sandbox.clock.advance(6)
    answer = browser.post(f"{late.get_absolute_url()}cancel/", follow=True)
    assert "too late to cancel" in answer.content.decode()


def test_a_ring_out_rings_a_forwarding_number(browser: Client, sandbox: RunningSandbox, linked: Linked) -> None:
    account = linked("ringcentral")
    data = form(browser, account)
    offered = devices(browser, account)
    assert len(offered) == 2  # not those that are used for nothing, or for outages

    call = call_now(browser, data | {"device": offered[1]})

    assert call.device.startswith("forwarding:")
    assert stage_after(browser, sandbox, call, 5) == "ringing_other"


def stage_after(browser: Client, sandbox: RunningSandbox, call: PlacedCall, seconds: float) -> str:
    """Where the call stands when so much time has gone by, as the page learns it."""
    sandbox.clock.advance(seconds)
    PlacedCall.objects.filter(pk=call.pk).update(next_check_at=timezone.now())
    browser.get(f"{call.get_absolute_url()}progress/", headers={"HX-Request": "true"})
    call.refresh_from_db()
    return call.stage


def test_the_page_is_told_only_what_is_new(browser: Client, linked: Linked) -> None:
    call = call_now(browser, form(browser, linked("ringcentral")))
    page = page_of(browser, call)
    seen = re.search(r"progress/\?seen=([^\"]+)", page)
    assert seen

    again = browser.get(f"{call.get_absolute_url()}progress/?seen={seen[1]}", headers={"HX-Request": "true"})

    assert again.status_code == 204


def test_a_fault_while_following_changes_nothing(browser: Client, sandbox: RunningSandbox, linked: Linked) -> None:
    call = call_now(browser, form(browser, linked("ringcentral")))
    sandbox.faults.add("html", provider="ringcentral", method="GET")

    assert stage_after(browser, sandbox, call, 0) == "ringing_own"


def test_neo_accounts_are_called_by_their_own_path(browser: Client, sandbox: RunningSandbox, linked: Linked) -> None:
    account = linked("sipgate", "neo-admin")

    call = call_now(browser, form(browser, account))

    assert call.state == ActState.ACCEPTED, call.error_code
    assert [one.path for one in sandbox.requests.entries() if one.method == "POST"][-1].endswith("/v2/calls")


@pytest.mark.parametrize(("provider", "login"), [("sipgate", "neo-admin"), ("sipgate", "admin"), ("goto", "admin")])
def test_where_nothing_is_told_afterwards_the_page_says_so_and_asks_nobody(
    browser: Client, sandbox: RunningSandbox, linked: Linked, provider: str, login: str
) -> None:
    account = linked(provider, login)
    call = call_now(browser, form(browser, account))
    asked = len(sandbox.requests.entries())

    page = page_of(browser, call)

    assert f"{account.provider_name} does not tell how the call goes on, and cannot cancel it from here" in page
    assert "Cancel the call" not in page
    assert (call.stage, call.next_check_at) == ("handed_over", None)
    browser.get(f"{call.get_absolute_url()}progress/", headers={"HX-Request": "true"})
    assert placing.due_calls() == []
    assert len(sandbox.requests.entries()) == asked


@pytest.mark.parametrize(
    ("number", "words"), [("112", "emergency"), ("+1 55555", "too short"), ("abc", "letters"), ("", "Type")]
)
def test_what_must_not_be_dialled_is_refused_before_anybody_is_asked(
    browser: Client, sandbox: RunningSandbox, linked: Linked, number: str, words: str
) -> None:
    data = form(browser, linked("goto")) | {"number": number}

    page = browser.post(NEW, data).content.decode()

    assert (words in page, dialled(sandbox, "goto"), PlacedCall.objects.count()) == (True, 0, 0)


def test_a_premium_number_is_called_after_a_confirmation_only(
    browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    data = form(browser, linked("goto")) | {"number": "0900 3 123456"}

    page = browser.post(NEW, data).content.decode()
    assert "premium-rate number" in page
    assert dialled(sandbox, "goto") == 0

    call = call_now(browser, data | {"cost_known": "on"})
    assert (call.number, call.cost_confirmed, dialled(sandbox, "goto")) == ("+499003123456", True, 1)


def test_nothing_rings_but_what_was_offered_for_this_account(
    browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    account = linked("ringcentral")
    other = linked("goto")
    data = form(browser, account)

    for device in ("+15550001111", devices(browser, other)[0], ""):
        assert "Choose the device" in browser.post(NEW, data | {"device": device}).content.decode()
    assert dialled(sandbox, "ringcentral") == 0


def test_the_last_choice_is_offered_before_the_provider_is_asked(
    browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    linked("sipgate")
    account = linked("goto")
    call = call_now(browser, form(browser, account))
    sandbox.requests.clear()

    page = browser.get(f"{NEW}?number=%2B15550001111").content.decode()

    assert f'<option value="{account.pk}" selected>' in page
    assert call.device_name in html.unescape(page)
    assert not sandbox.requests.entries()


def test_without_scripts_the_devices_are_in_the_page(browser: Client, linked: Linked) -> None:
    account = linked("goto")

    page = browser.get(f"{NEW}?account={account.pk}&devices=1").content.decode()

    assert 'name="device"' in page


def test_a_device_that_is_known_by_its_number_alone_is_named_once_and_in_groups(
    browser: Client, linked: Linked
) -> None:
    account = linked("ringcentral")
    page = browser.get(f"{NEW}?account={account.pk}&devices=1").content.decode()

    assert re.findall(r'party__main">([^<]+)</span>(?:<span class="small muted">)?([^<]*)', page) == [
        ("+1 212-555-0101", ""),
        ("Mobile", "+1 917-555-0000"),
    ]


def test_devices_that_cannot_be_read_say_why(browser: Client, sandbox: RunningSandbox, linked: Linked) -> None:
    account = linked("goto")
    sandbox.faults.add("unavailable", provider="goto")

    page = browser.get(f"{DEVICES}?account={account.pk}", headers={"HX-Request": "true"}).content.decode()

    assert "The devices could not be read" in page
    assert "fault of its own" in page


def test_a_person_cannot_start_calls_without_end(
    person: User, browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    account = linked("goto")
    data = form(browser, account)
    for number in range(placing.MOST_A_MINUTE):
        PlacedCall.objects.create(user=person, account=account, idempotency_key=str(number), number="1", digits="1")

    answer = browser.post(NEW, data)

    assert "many calls in a short time" in answer.content.decode()
    assert dialled(sandbox, "goto") == 0


def test_a_session_that_ended_keeps_what_was_typed(db: None) -> None:
    answer = Client().post(NEW, {"number": "030 23125001", "account": "4"})

    assert answer.status_code == 302
    assert answer["Location"].endswith("next=/telephony/calls/new/%3Fnumber%3D030%2B23125001%26account%3D4")


def test_a_delayed_link_says_so_and_may_be_tried(browser: Client, person: User) -> None:
    account = make_account(person, state=LinkState.DELAYED)

    page = browser.get(f"{NEW}?account={account.pk}").content.decode()

    assert "sipgate is delayed" in page
    assert "Call now" in page


def test_an_account_that_needs_relinking_says_so(browser: Client, person: User) -> None:
    make_account(person, state=LinkState.NEEDS_RELINKING)

    page = browser.get(NEW).content.decode()

    assert "Needs re-linking" in page
    assert "Call now" not in page


def test_calls_of_others_are_not_found(browser: Client, person: User, stranger: User) -> None:
    account = make_account(person)
    call = PlacedCall.objects.create(
        user=person, account=account, idempotency_key="1", number=NUMBER, digits="493023125999"
    )
    other = sign_in(stranger)

    for path in ("", "progress/"):
        assert other.get(f"{call.get_absolute_url()}{path}", headers={"HX-Request": "true"}).status_code == 404
    assert other.post(f"{call.get_absolute_url()}cancel/").status_code == 404
    assert call.shown_number not in other.get("/telephony/calls/placed/").content.decode()
    assert call.shown_number in browser.get("/telephony/calls/placed/").content.decode()


def test_a_call_whose_page_was_closed_is_followed_by_the_clock(
    browser: Client, sandbox: RunningSandbox, linked: Linked
) -> None:
    call = call_now(browser, form(browser, linked("ringcentral")))
    sandbox.clock.advance(10)
    PlacedCall.objects.update(next_check_at=timezone.now() - placing.UNWATCHED_AFTER - timedelta(seconds=1))

    assert placing.due_calls() == [call.pk]
    follow_call.call(call.pk)

    call.refresh_from_db()
    assert (call.stage, call.state) == ("connected", ActState.SUCCEEDED)
    assert placing.due_calls() == []


def test_a_call_whose_link_is_away_is_followed_when_it_is_back(browser: Client, linked: Linked) -> None:
    call_now(browser, form(browser, linked("ringcentral")))
    PlacedCall.objects.update(next_check_at=timezone.now() - placing.UNWATCHED_AFTER - timedelta(seconds=1))
    call = PlacedCall.objects.get()
    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)

    follow_call.call(call.pk)
    LinkedAccount.objects.update(state=LinkState.ACTIVE)

    assert placing.due_calls() == [call.pk]


def test_a_call_that_is_never_told_of_again_is_given_up(browser: Client, linked: Linked) -> None:
    call_now(browser, form(browser, linked("ringcentral")))
    long_ago = timezone.now() - placing.FOLLOW_FOR - timedelta(minutes=1)
    PlacedCall.objects.update(asked_at=long_ago, next_check_at=long_ago)

    assert placing.due_calls() == []
    assert PlacedCall.objects.get().next_check_at is None


def test_a_call_whose_server_died_is_unknown(browser: Client, person: User) -> None:
    account, long_ago = make_account(person), timezone.now() - timedelta(minutes=5)
    call = PlacedCall.objects.create(
        user=person, account=account, idempotency_key="1", number=NUMBER, state=ActState.ASKING, claimed_at=long_ago
    )
    assert "Look at your phone before you call again" in page_of(browser, call)

    placing.due_calls()

    call.refresh_from_db()
    assert call.state == ActState.UNKNOWN


def test_an_account_that_had_to_be_replaced_is_named(browser: Client, person: User) -> None:
    ready = make_account(person)
    wanted = make_account(person, state=LinkState.NEEDS_RELINKING)

    page = browser.get(f"{NEW}?number=101&account={wanted.pk}").content.decode()

    assert f"{wanted} cannot start calls now, so {ready} is chosen." in page
    assert "so " + str(ready) not in browser.get(f"{NEW}?number=101&account={ready.pk}").content.decode()
