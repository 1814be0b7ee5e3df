"""Forged ids, hand-written query strings and names with markup."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony.core.testing.effort import tries
from telephony.models import LinkedAccount, Reading
from telephony.tests.conftest import sign_in
from telephony.tests.making import make_account, make_calls, make_extensions
from telephony.urls import urlpatterns

WITH_ID = sorted({str(pattern.name) for pattern in urlpatterns if "<int:pk>" in str(pattern.pattern)})
POST_ONLY = {
    "refresh",
    "fill_gap",
    "change_view",
    "delete_entry",
    "export_again",
    "export_remove",
    "settle_missed",
    "cancel_call",
    "import_contacts",
}
HTMX = {"HX-Request": "true"}
NASTY = "<script>alert(1)</script><b>"
FIELDS = (
    "since",
    "until",
    "direction",
    "outcome",
    "kind",
    "number",
    "account",
    "scope",
    "at",
    "page",
    "q",
    "sort",
    "further",
)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    """Ada's account, read a moment ago and disabled, so that nobody is asked."""
    return make_account(person, state="disabled")


def _address(name: str, pk: int) -> str:
    return reverse(f"telephony:{name}", kwargs={"pk": pk} | ({"gap": pk} if name == "fill_gap" else {}))


@pytest.mark.parametrize("name", WITH_ID)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_somebody_elses_id_is_not_found(
    name: str, headers: dict[str, str], account: LinkedAccount, stranger: User
) -> None:
    (call,) = make_calls(account, 1)
    url = _address(name, call.pk if name == "call" else account.pk)
    theirs = sign_in(stranger)

    for address in (url, url.replace(f"/{account.pk}/", "/999999999999/")):
        posted = name in POST_ONLY
        answer = theirs.post(address, headers=headers) if posted else theirs.get(address, headers=headers, follow=True)
        assert answer.status_code == 404


@pytest.mark.parametrize("name", WITH_ID)
def test_who_is_signed_out_is_asked_to_sign_in(name: str, account: LinkedAccount) -> None:
    url = _address(name, account.pk)

    answer = Client().post(url) if name in POST_ONLY else Client().get(url)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_a_fragment_reloads_the_page_of_who_is_signed_out(account: LinkedAccount) -> None:
    answer = Client().get(reverse("telephony:facts", args=[account.pk]), headers=HTMX)

    assert answer["HX-Refresh"] == "true"


def test_a_fragment_asked_for_without_htmx_is_the_whole_page(browser: Client, account: LinkedAccount) -> None:
    answer = browser.get(reverse("telephony:account_call_list", args=[account.pk]) + "?direction=inbound")

    assert answer["Location"] == f"/telephony/accounts/{account.pk}/calls/?direction=inbound"
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=xyz", "Enter a valid date"),
        ("since=0001-01-01", "Calls before 1990"),
        ("until=9999-12-31", "too far in the future"),
        ("since=2026-11-03&until=2026-11-01", "before the first one"),
        ("direction=xyz", "xyz is not one of the available choices"),
        ("outcome=xyz", "xyz is not one of the available choices"),
        ("kind=xyz", "xyz is not one of the available choices"),
        ("number=abc", "Enter a few digits"),
        ("scope=xyz", "There is no such call log"),
        ("at=xyz", "is not a place in this list"),
        ("at=o:0001-01-01T00:00:00%2B14:00:1", "is not a place in this list"),
    ],
)
def test_a_wrong_field_says_so_and_the_calls_are_shown(
    query: str, sentence: str, browser: Client, account: LinkedAccount
) -> None:
    make_calls(account, 1)

    for url in ("/telephony/calls/", f"/telephony/accounts/{account.pk}/calls/"):
        page = browser.get(f"{url}?{query}")
        assert page.status_code == 200
        assert sentence in page.content.decode()
        assert "Ina Muster" in page.content.decode()


@pytest.mark.parametrize("page", ["-1", "0", "99", "abc", "1e9", ""])
def test_a_wrong_page_number_says_so_and_the_nearest_page_is_shown(
    page: str, browser: Client, account: LinkedAccount
) -> None:
    make_extensions(account, 60)

    answer = browser.get(f"/telephony/accounts/{account.pk}/extensions/?page={page}&per_page=0").content.decode()

    assert "There is no page" in answer
    assert "Person" in answer


def test_an_unknown_kind_of_extension_says_so(browser: Client, account: LinkedAccount) -> None:
    make_extensions(account, 1)

    answer = browser.get(f"/telephony/accounts/{account.pk}/extensions/?kind=xyz").content.decode()

    assert "xyz is not one of the available choices" in answer
    assert "Person 0" in answer


@settings(max_examples=tries(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=60), max_size=5))
def test_no_query_string_breaks_a_page(query: dict[str, str], browser: Client, account: LinkedAccount) -> None:
    for url in ("calls/", f"accounts/{account.pk}/calls/", f"accounts/{account.pk}/extensions/", "link/"):
        assert browser.get(f"/telephony/{url}", query).status_code == 200
    assert browser.get(f"/telephony/accounts/{account.pk}/calls/read/", query, headers=HTMX).status_code == 200


def test_names_with_markup_are_escaped(browser: Client, account: LinkedAccount) -> None:
    LinkedAccount.objects.update(
        label=NASTY, company=NASTY, person=NASTY, facts={"plan": NASTY, "facts": [[NASTY, NASTY]]}
    )
    make_extensions(account, 1, name=NASTY, owner=NASTY, status=NASTY, numbers=[NASTY])
    (call,) = make_calls(
        account,
        1,
        caller_name=NASTY,
        note=NASTY,
        raw={NASTY: NASTY},
        legs=[{"label": NASTY, "caller": {"name": NASTY}, "callee": NASTY, "duration": None}],
        voicemail={"transcript": NASTY},
        unknown_values=[NASTY],
    )
    account.refresh_from_db()

    base = account.get_absolute_url()
    for url in ("/telephony/", base, f"{base}extensions/", f"{base}calls/", f"{base}unlink/", call.get_absolute_url()):
        text = browser.get(url).content.decode()
        assert "alert(1)" in text
        assert NASTY not in text


def test_an_account_unlinked_while_it_is_read_is_not_found(
    browser: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(person)

    def unlinked_meanwhile(*_arguments: object) -> None:
        LinkedAccount.objects.filter(pk=account.pk).delete()
        raise IntegrityError("FOREIGN KEY constraint failed")

    monkeypatch.setattr("telephony.views.account.refresh_sections", unlinked_meanwhile)
    Reading.objects.filter(account=account).delete()

    assert browser.get(reverse("telephony:facts", args=[account.pk]), headers=HTMX).status_code == 404
