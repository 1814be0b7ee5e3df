"""“Why is my account not updating?”: the page, the file for support, and what every page says while a provider is away."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import GrantEnded, NotAnswering, ServerFault, Unreachable
from telephony.core.sent import SentRequest
from telephony.core.tests.doors import replying
from telephony.models import AccountEvent, FailedRequest, LinkedAccount, LinkState, ProviderHost, SyncRun, Token
from telephony.services import failures, hosts, states
from telephony.services.bundle import bundle
from telephony.services.gateway import with_client
from telephony.services.reasons import reason_of
from telephony.services.sync import ensure_states
from telephony.tests.accounts import make_account, make_personal
from telephony.tests.conftest import sign_in
from telephony.tests.desk import desk, page_of, viewer
from telephony.tests.making import make_calls, make_extensions

pytestmark = pytest.mark.django_db

REQUEST = SentRequest("GET", "api.example.org", "/v2/history?limit=…", 321)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


def failed(account: LinkedAccount, **columns: Any) -> None:
    """A request that failed."""
    details: dict[str, Any] = {"status": 503, "request_id": "req-1"} | columns
    failures.keep(account, ServerFault(account.provider_name, "reading the call log", request=REQUEST, **details))


def down(account: LinkedAccount) -> ProviderHost:
    """Every host of its provider does not answer."""
    assert account.client
    now = timezone.now()
    for origin in account.client.resolved_environment().origins:
        row = ProviderHost.objects.create(
            provider=account.provider,
            origin=origin,
            in_a_row=9,
            failing_since=now - timedelta(minutes=20),
            opened_at=now - timedelta(minutes=19),
            probe_at=now + timedelta(minutes=2),
        )
    hosts.forget_snapshot()
    return row


# --- failed requests -----------------------------------------------------------------------------------------------


def test_a_request_that_fails_is_kept_in_words(account: LinkedAccount) -> None:
    with replying({}, 500, {"RCRequestId": "abc-1"}), pytest.raises(ServerFault):
        with_client(account, lambda client: client.identity())

    kept = FailedRequest.objects.get()
    assert (kept.status, kept.code, kept.request_id, kept.method) == (500, "server_fault", "abc-1", "GET")
    assert kept.path.startswith("/restapi/")
    assert "reports a fault of its own" in kept.sentence
    assert kept.next_step


def test_an_error_is_kept_once_however_often_it_is_seen(account: LinkedAccount) -> None:
    error = ServerFault("Acme", "reading", status=500, request=REQUEST)
    failures.keep(account, error)
    failures.keep(account, error)
    assert FailedRequest.objects.count() == 1


def test_what_was_not_sent_has_not_failed(account: LinkedAccount) -> None:
    failures.keep(account, NotAnswering("Acme", "reading"))
    assert not FailedRequest.objects.exists()


def test_only_so_many_are_kept_of_each_account(account: LinkedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_KEPT", 3)
    for n in range(6):
        failed(account, request_id=f"req-{n}")
    kept = FailedRequest.objects.values_list("request_id", flat=True)
    assert sorted(kept) == ["req-3", "req-4", "req-5"]


def test_old_ones_are_deleted(account: LinkedAccount) -> None:
    failed(account)
    failed(account)
    FailedRequest.objects.filter(pk=FailedRequest.objects.order_by("pk")[0].pk).update(
        at=timezone.now() - failures.KEPT_FOR - timedelta(minutes=1)
    )
    assert failures.purge() == 1
    assert FailedRequest.objects.count() == 1


def test_a_database_that_refuses_them_breaks_nothing(account: LinkedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(FailedRequest, "save", full)
    failed(account)
    assert LinkedAccount.objects.exists(), "the transaction around it is whole"


# --- the page ------------------------------------------------------------------------------------------------------


def why(browser: Client, account: LinkedAccount) -> str:
    """The page's text."""
    return browser.get(f"/telephony/accounts/{account.pk}/why/").content.decode()


def test_the_page_of_an_account_that_is_well(browser: Client, account: LinkedAccount) -> None:
    text = why(browser, account)
    assert "answers, and everything is read on schedule" in text
    assert "No request has failed" in text


def test_the_page_says_state_reason_failures_and_what_happens_next(browser: Client, account: LinkedAccount) -> None:
    failed(account)
    failed(account)
    states.delayed(account, Unreachable("RingCentral"), timezone.now() + timedelta(minutes=7))

    text = why(browser, account)

    assert "Delayed" in text
    assert "RingCentral did not answer in time." in text
    assert "Next attempt" in text
    assert "2 times, from" in text
    assert "req-1" in text
    assert "/refresh/" in text, "she can try now"


def test_the_page_of_an_ended_link_offers_the_one_click(browser: Client, account: LinkedAccount) -> None:
    states.needs_relinking(account, "The provider refused the refresh token: it was revoked, or it had expired.")
    text = why(browser, account)
    assert "it was revoked, or it had expired" in text
    assert f"relink={account.pk}" in text


@pytest.mark.parametrize("state", LinkState)
def test_the_same_words_everywhere(browser: Client, account: LinkedAccount, state: LinkState) -> None:
    reason = "RingCentral did not answer in time." if state is LinkState.DELAYED else ""
    LinkedAccount.objects.update(state=state, state_reason=reason)
    account.refresh_from_db()
    expected = reason_of(account)
    pages = [why(browser, account), desk().get(page_of(account)).content.decode()]
    if state is not LinkState.ACTIVE:
        pages += [browser.get(url).content.decode() for url in ("/telephony/", account.get_absolute_url())]
    assert all(expected in page for page in pages)
    assert all(str(state.label) in page for page in pages)


def test_the_pages_that_show_a_trouble_lead_there(browser: Client, account: LinkedAccount) -> None:
    states.delayed(account, Unreachable("RingCentral"), None)
    for url in ("/telephony/", account.get_absolute_url(), account.get_absolute_url() + "history/"):
        assert f"/telephony/accounts/{account.pk}/why/" in browser.get(url).content.decode()


def test_the_page_is_the_persons_own(account: LinkedAccount, stranger: User) -> None:
    for name in ("", "bundle/"):
        assert sign_in(stranger).get(f"/telephony/accounts/{account.pk}/why/{name}").status_code == 404


def test_the_support_desk_sees_the_requests_with_their_ids(account: LinkedAccount) -> None:
    failed(account)
    text = desk().get(page_of(account)).content.decode()
    assert "GET api.example.org/v2/history?limit=…" in text
    assert "req-1" in text
    assert "server_fault" in text


# --- while a provider is away --------------------------------------------------------------------------------------


def test_every_page_says_so_in_her_time_zone(account: LinkedAccount, person: User) -> None:
    person.time_zone = "Asia/Tokyo"
    person.save()
    row = down(account)
    browser = sign_in(person)
    assert row.failing_since
    tokyo = row.failing_since.astimezone(ZoneInfo("Asia/Tokyo"))
    for url in ("/telephony/", "/telephony/calls/", "/accounts/profile/", f"/telephony/accounts/{account.pk}/why/"):
        text = browser.get(url).content.decode()
        assert "RingCentral is not answering since" in text
        assert tokyo.strftime("%Y-%m-%dT%H:%M") in text


def test_whom_it_does_not_concern_is_not_told(account: LinkedAccount, stranger: User) -> None:
    down(account)
    assert "is not answering" not in sign_in(stranger).get("/telephony/").content.decode()
    assert "is not answering" not in Client().get("/").content.decode()


def test_ordinary_pages_ask_nothing_for_it(
    browser: Client, account: LinkedAccount, django_assert_num_queries: Any
) -> None:
    hosts.outages()
    with django_assert_num_queries(0):
        assert hosts.outages() == []


def test_the_status_page_names_the_host(account: LinkedAccount) -> None:
    row = down(account)
    text = desk().get("/status").content.decode()
    assert row.origin in text
    assert "Not answering" in text
    assert row.origin in desk(email="other@example.org").get(page_of(account)).content.decode()


# --- the file for support ------------------------------------------------------------------------------------------

CANARIES: dict[str, Any] = {
    "label": "Canaryphone Ada",
    "company": "Canaryworks GmbH",
    "person": "Ada Canarywoman",
    "email": "canary@canary.example",
    "remote_id": "canary-62264425008",
}


@pytest.fixture
def full(person: User) -> LinkedAccount:
    """An account of which everything holds something that must not get out."""
    person.email, person.name = "ada.canary@example.org", "Ada Canarysurname"
    person.save()
    account = make_account(person, **CANARIES)
    make_calls(account, 2, caller_name="Canarycaller", caller_e164="+4921158000777")
    make_extensions(account, 2, name="Canaryextension", number="+4921158000778")
    Token.objects.update(fingerprint="canaryprint")
    account.observed = {"balance": {"state": "role_missing", "missing": ["R"], "remark": "Canaryremark"}}
    account.facts = {"facts": [["Canaryfact", "x"]]}
    account.save()
    leaky = "Canaryworks GmbH refused +49 211 58000777 for ada.canary@example.org, Bearer canarytoken123456"
    for reason in (leaky, "Canaryphone Ada is away"):
        states.delayed(account, Unreachable("Canaryworks GmbH"), None)
        states.needs_relinking(account, reason)
    failures.keep(account, GrantEnded("Canaryworks GmbH", "reading Canaryphone Ada", detail=leaky, request=REQUEST))
    state = ensure_states(account)[0]
    state.cursor, state.sentence, state.boundary_keys = "canarycursor", leaky, ["canarykey"]
    state.save()
    state.gaps.create(since=timezone.now(), until=timezone.now(), reason=leaky)
    SyncRun.objects.create(state=state, kind="backfill", sentence=leaky, failed=True)
    AccountEvent.objects.create(account=account, user=person, kind="failed", label="Canarylabel", sentence=leaky)
    return account


@pytest.mark.parametrize("by_staff", [True, False])
def test_the_file_for_support_names_nobody(full: LinkedAccount, by_staff: bool) -> None:
    text = json.dumps(bundle(full, by_staff=by_staff), ensure_ascii=False).lower()
    for leak in ("canary", "58000777", "58000778", "62264425008", "access-1", "refresh-1", "secret-1"):
        assert leak not in text, text[max(0, text.find(leak) - 80) : text.find(leak) + 40]


def test_the_file_for_support_holds_what_is_needed(full: LinkedAccount) -> None:
    found = bundle(full, by_staff=False)
    assert found["account"]["state"] == "needs_relinking"
    assert found["failed_requests"][0]["path"] == REQUEST.path
    assert found["sync"][0]["gaps"]
    assert found["sync_runs"][0]["failed"] is True
    assert {event["kind"] for event in found["events"]} >= {"failed", "needs_relinking"}
    assert found["versions"]["django"]
    assert found["token"]["generation"] == 1
    assert found["settings"]["providers"]


def test_an_account_with_a_personal_token_has_one_too(person: User) -> None:
    found = bundle(make_personal(person), by_staff=False)
    assert found["account"]["client"] is None
    assert "11111111-2222" not in json.dumps(found)


def test_the_person_fetches_it_as_a_file(browser: Client, account: LinkedAccount) -> None:
    response = browser.get(f"/telephony/accounts/{account.pk}/why/bundle/")
    assert response["Content-Disposition"].startswith('attachment; filename="switchboard-support-ringcentral-')
    assert response.json()["made_by"] == "the person"


def test_staff_fetch_it_and_leave_an_event(account: LinkedAccount) -> None:
    url = f"/admin/telephony/linkedaccount/{account.pk}/bundle/"
    response = viewer().get(url)
    assert response.json()["made_by"] == "staff"
    assert AccountEvent.objects.get(kind="viewed").actor
    assert desk("view_token").get(url).status_code == 403


def test_settings_tell_no_secret(account: LinkedAccount, settings: Any) -> None:
    text = json.dumps(bundle(account, by_staff=True))
    assert settings.SECRET_KEY not in text
    assert not any(key in text for key in settings.FIELD_ENCRYPTION_KEYS)
