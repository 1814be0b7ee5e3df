"""Call lists: stored rows first, live readings beside them, paging by place, and honest words about how far a reading got."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.limits import RATES
from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.call_filter import CallFilter
from telephony.forms import CallFilterForm
from telephony.models import Call, LinkedAccount, OAuthClient, SyncState
from telephony.services.call_log import read_calls
from telephony.services.sync import ensure_states, sync_log
from telephony.tests.conftest import link, sign_in
from telephony.tests.making import NOON, make_account, make_calls

MakeClient = Callable[..., OAuthClient]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """Ada's account, disabled, so that nobody is asked."""
    return make_account(person, state="disabled")


def _text(browser: Client, url: str, **headers: str) -> str:
    answer = browser.get(url, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def _next(text: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', text)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize("url", ["/telephony/calls/", "/telephony/accounts/{}/calls/"])
def test_pages_follow_each_other_without_gap_or_repetition(url: str, browser: Client, account: LinkedAccount) -> None:
    make_calls(account, 120)
    page, seen = url.format(account.pk), []

    while page:
        text = _text(browser, page)
        seen += re.findall(r"/telephony/calls/(\d+)/", text)
        page = _next(text, "next")

    assert [int(pk) for pk in seen] == list(Call.objects.order_by("-started_at").values_list("pk", flat=True))


def test_newer_leads_back(browser: Client, account: LinkedAccount) -> None:
    make_calls(account, 120)
    first = _text(browser, "/telephony/calls/")
    second = _text(browser, _next(first, "next"))

    back = _text(browser, _next(second, "prev"))

    assert re.findall(r"/calls/(\d+)/", back) == re.findall(r"/calls/(\d+)/", first)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("direction=outbound", {"out"}),
        ("outcome=missed", {"lost"}),
        ("kind=fax", {"fax"}),
        ("number=0221+4711", {"lost"}),
        ("since=2026-11-03&until=2026-11-03", {"out", "lost", "fax"}),
        ("since=2026-11-04", set()),
        ("scope=company", {"theirs"}),
    ],
)
def test_the_url_is_the_filter(
    query: str, shown: set[str], browser: Client, person: User, oauth_client: MakeClient
) -> None:
    account = make_account(person, oauth_client("goto"), state="disabled")
    make_calls(account, 1, caller_name="out", direction="outbound")
    make_calls(account, 1, key="2", caller_name="lost", outcome="missed", caller_digits="492214711", caller_e164=None)
    make_calls(account, 1, key="3", caller_name="fax", kind="fax")
    make_calls(account, 1, key="4", caller_name="theirs", in_own_log=False, in_company_log=True)

    text = _text(browser, f"/telephony/accounts/{account.pk}/calls/list/?{query}", **HTMX)

    assert {name for name in ("out", "lost", "fax", "theirs") if f">{name}<" in text} == shown


def test_a_filter_keeps_the_call_log_and_can_be_taken_away(
    browser: Client, person: User, oauth_client: MakeClient
) -> None:
    account = make_account(person, oauth_client("goto"), state="disabled")

    text = _text(browser, f"/telephony/accounts/{account.pk}/calls/?scope=company&direction=inbound&at=foo")

    assert f'class="chip" href="/telephony/accounts/{account.pk}/calls/?scope=company"' in text
    assert 'name="scope" value="company"' in text


def test_a_provider_without_a_company_log_says_so(browser: Client, person: User) -> None:
    account = make_account(person, provider="sipgate")

    text = _text(browser, f"/telephony/accounts/{account.pk}/calls/?scope=company")

    assert "sipgate has no separate call log of the company" in text


def test_without_javascript_the_page_reads_before_it_answers(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"))

    text = _text(browser, f"/telephony/accounts/{account.pk}/calls/?live=1&outcome=missed")

    assert "RingCentral: Grete Beispiel: read" in text
    assert "Missed</span>" in text
    assert "being read" not in text


def test_a_live_reading_tells_the_list_to_renew_itself(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("goto"))

    answer = browser.get(f"/telephony/accounts/{account.pk}/calls/read/?outcome=busy", headers=HTMX)

    assert "calls-read" in answer["HX-Trigger"]
    assert "back to" in answer.content.decode() or "complete" in answer.content.decode()


def test_a_reading_without_news_leaves_the_list_as_it_is(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("goto"))
    url = f"/telephony/accounts/{account.pk}/calls/read/?outcome=busy"
    triggers = [json.loads(browser.get(url, headers=HTMX)["HX-Trigger"]) for _ in range(2)]

    assert set(triggers[0]) == {"calls-read", "calls-changed"}
    assert set(triggers[1]) == {"calls-read"}
    assert 'hx-trigger="calls-changed from:body' in _text(browser, f"/telephony/accounts/{account.pk}/calls/")


def test_who_pages_through_quickly_sees_what_is_stored_instead_of_an_error(
    browser: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(person, provider="goto")
    monkeypatch.setitem(RATES, "read_calls", "2/m/user")
    url = f"/telephony/accounts/{account.pk}/calls/read/?"

    answers = [browser.get(url, headers=HTMX) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert ["not read again just now" in answer.content.decode() for answer in answers] == [False, False, True]
    assert "HX-Trigger" not in answers[2]
    assert "not read again just now" in _text(browser, f"/telephony/accounts/{account.pk}/calls/?live=1")


def test_a_page_further_back_is_read_only_where_the_sync_has_not_been(person: User, browser: Client) -> None:
    account = make_account(person, provider="goto")
    make_calls(account, 120)
    state = SyncState.objects.create(account=account, scope="own", floor=NOON)
    older = _next(_text(browser, "/telephony/calls/"), "next")
    last = account.calls.order_by("-started_at", "-pk")[99].started_at

    def reads(**columns: object) -> bool:
        SyncState.objects.filter(pk=state.pk).update(**columns)
        texts = [_text(browser, older), _text(browser, older.replace("/calls/", f"/accounts/{account.pk}/calls/"))]
        assert len({"being read" in text for text in texts}) == 1
        return "being read" in texts[0]

    assert reads()
    assert not reads(covered_since=last, covered_until=NOON + timedelta(days=9))
    assert reads(covered_since=last + timedelta(seconds=1))
    assert not reads(finished_backfill_at=NOON)
    assert reads(error_code="unavailable")
    assert reads(error_code="", covered_until=last)
    assert "being read" in _text(browser, "/telephony/calls/")


def test_what_the_sync_has_counts_as_read(browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))
    state = ensure_states(account)[0]
    sync_log(state.pk, pages=2)
    state.refresh_from_db()

    result = read_calls(account, CallFilter())

    assert result.reached == state.covered_since
    assert result.requests == 1


def test_without_a_script_an_empty_search_says_so(browser: Client, person: User) -> None:
    make_account(person, provider="goto")

    text = _text(browser, "/telephony/calls/?q=zzzzq")

    without_script = "".join(re.findall(r"<noscript>(.*?)</noscript>", text, re.DOTALL))
    assert "No stored call matches" in without_script
    assert "Read now" in without_script
    assert re.search(r'<p class="with-script[^>]*>.*being read', text)


def test_without_a_script_parts_that_wait_say_how_they_are_read(browser: Client, person: User) -> None:
    account = make_account(person)
    account.readings.all().delete()

    for page in ("", "extensions/", "extensions/?q=zzz"):
        text = _text(browser, f"{account.get_absolute_url()}{page}")
        without_script = "".join(re.findall(r"<noscript>(.*?)</noscript>", text, re.DOTALL))
        assert "press “Refresh” above" in without_script
        assert ("No stored extension fits" in without_script) == ("zzz" in page)


def test_looking_further_back_goes_on_where_the_reading_stopped(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))
    url = f"/telephony/accounts/{account.pk}/calls/read/?outcome=busy"
    earliest = []

    for _ in range(2):
        found = re.search(r'hx-get="([^"]+further=[^"]+)"', _text(browser, url, **HTMX))
        earliest.append(Call.objects.earliest("started_at").started_at)
        url = found[1].replace("&amp;", "&") if found else url

    assert earliest[1] < earliest[0]


def test_the_company_log_is_refused_in_words_where_the_role_is_missing(
    browser: Client, sandbox: RunningSandbox, oauth_client: MakeClient
) -> None:
    account = link(browser, sandbox, oauth_client("ringcentral"), persona="user")

    text = _text(browser, f"/telephony/accounts/{account.pk}/calls/?live=1&scope=company")

    assert "callout--info" in text
    assert "administrator of your telephone system" in text


def test_the_empty_search_form_is_each_persons_own(browser: Client, person: User, stranger: User) -> None:
    for number in range(2):
        make_account(person, remote_id=f"1:{number}", label=f"Ada's {number}")
        make_account(stranger, remote_id=f"2:{number}", label=f"Bob's {number}")

    for _ in range(2):
        hers, his = (visitor.get("/telephony/calls/").content.decode() for visitor in (browser, sign_in(stranger)))
        assert "Bob&#x27;s" not in hers
        assert "Ada&#x27;s" not in his
    assert 'value="0211"' in browser.get("/telephony/calls/?q=0211").content.decode()
    assert 'value="0211"' not in browser.get("/telephony/calls/").content.decode()


@pytest.mark.parametrize("query", [{}, {"q": "", "period": "", "recorded": ""}])
def test_a_form_with_nothing_in_it_asks_for_nothing(account: LinkedAccount, query: dict[str, str]) -> None:
    """Pages do not even make the form then."""
    form = CallFilterForm([account, account], query, choose_account=True)

    assert form.call_filter() == CallFilter()
    assert form.chosen_accounts() == [account, account]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("jump=2026-02-30", "“2026-02-30” is not a place in this list"),
        ("jump=0001-01-01", "“0001-01-01” is not a place in this list"),
        ("at=xx", "“xx” is not a place in this list"),
        ("recorded=maybe", "“maybe” is neither yes (on) nor no"),
        ("page=-1", "“page=-1” in the address means nothing to this list"),
        ("q=" + "5" * 5000, "at most 100 characters"),
    ],
)
def test_what_an_address_says_and_nobody_understands_is_named(
    query: str, told: str, browser: Client, account: LinkedAccount
) -> None:
    make_calls(account, 1)

    text = _text(browser, f"/telephony/calls/?{query}")

    assert told in text
    assert "Ina Muster" in text  # the rest is shown


def test_what_a_search_needs_is_all_understood(browser: Client, account: LinkedAccount) -> None:
    make_calls(account, 1, recording={"id": "1"})

    text = _text(browser, "/telephony/calls/?view=all&scope=own&recorded=on&live=1&further=x&jump=2026-11-05")

    assert "in the address" not in text
    assert "Ina Muster" in text


def test_on_a_phone_one_line_stands_for_the_accounts_that_are_fine(browser: Client, person: User) -> None:
    for state in ("active", "active", "needs_relinking"):
        make_calls(make_account(person, state=state), 1)

    text = _text(browser, "/telephony/calls/")

    assert re.search(r'<details class="read-fold"><summary.*3 accounts: being read', text)
    assert text.count('class="read-status read-status--told"') == 1  # shown in any case
    assert text.count('class="read-status"') == 2
    assert "read-fold" not in _text(browser, f"/telephony/accounts/{person.linked_accounts.all()[0].pk}/calls/")
