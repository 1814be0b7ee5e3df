"""Two accounts of one person at one provider are never called alike, and an account gets its name when it is known."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.types import AccountFacts
from telephony.models import LinkedAccount, OAuthClient, ReceivedText
from telephony.services.account_labels import tell_apart
from telephony.services.readings import store_facts
from telephony.services.unlinking import unlink
from telephony.tests.conftest import link, link_through_pages
from telephony.tests.making import make_account

HTMX = {"HX-Request": "true"}


def labels() -> list[str]:
    return list(LinkedAccount.objects.order_by("pk").values_list("label", flat=True))


def test_accounts_that_would_be_called_alike_differ_by_company_or_else_by_id(person: User) -> None:
    for company in ("Nord GmbH", "Sued GmbH"):
        make_account(person, label="Grete Beispiel", company=company)
    make_account(person, label="Grete Beispiel", provider="goto")
    tell_apart(person.pk, "sipgate")
    assert labels() == ["Grete Beispiel (Nord GmbH)", "Grete Beispiel (Sued GmbH)", "Grete Beispiel"]

    make_account(person, label="Grete Beispiel", company="Nord GmbH", remote_id="3000003w0")
    tell_apart(person.pk, "sipgate")
    assert labels()[3] == "Grete Beispiel (3000003w0)"
    assert len(set(labels()[:2])) == 2


def test_the_same_server_id_at_two_servers_is_told_apart_by_the_server(person: User) -> None:
    for host in ("api.example.org", "sandbox.example.org"):
        make_account(person, label="Grete", remote_id="1", authority=f"https://{host}")
    tell_apart(person.pk, "sipgate")

    assert labels() == ["Grete (1, api.example.org)", "Grete (1, sandbox.example.org)"]


def test_long_labels_stay_within_their_column(person: User) -> None:
    for number in range(2):
        make_account(person, label="x" * 200, company=f"{number}" * 200)
    tell_apart(person.pk, "sipgate")

    assert all(len(label) == 200 for label in labels())


def test_reading_the_facts_names_an_account_and_tells_it_apart_again(person: User) -> None:
    first = make_account(person, label="Grete Beispiel", email="one@example.org")
    second = make_account(person, label="sipgate 3000001w0", remote_id="3000001w0")

    for _again in range(2):
        store_facts(second, AccountFacts(person="Grete Beispiel", email="two@example.org"))
        assert labels() == ["Grete Beispiel (one@example.org)", "Grete Beispiel (two@example.org)"]
        assert second.label == labels()[1]

    unlink(first)
    assert labels() == ["Grete Beispiel"]


def test_a_new_account_is_not_called_by_an_id_and_gets_its_name_with_the_first_reading(
    browser: Client, sandbox: RunningSandbox, oauth_client: Callable[..., OAuthClient]
) -> None:
    account = link_through_pages(browser, sandbox, oauth_client("sipgate"))
    url = account.get_absolute_url()
    page = browser.get(url).content.decode()
    assert "Your sipgate account is linked." in page
    assert f'<h1 id="label-{account.pk}">{account.label}</h1>' in page

    part = browser.get(f"{url}facts/", headers=HTMX).content.decode()

    assert f'<span id="label-{account.pk}" hx-swap-oob="innerHTML">Grete Beispiel</span>' in part
    assert "<title>Grete Beispiel" in part


def test_linking_again_keeps_the_name(
    browser: Client, sandbox: RunningSandbox, oauth_client: Callable[..., OAuthClient]
) -> None:
    client = oauth_client("sipgate")
    account = link(browser, sandbox, client)
    browser.get(f"{account.get_absolute_url()}facts/", headers=HTMX)

    assert link(browser, sandbox, client).label == "Grete Beispiel"


def test_conversations_name_their_accounts_where_there_are_several(browser: Client, person: User) -> None:
    def receive(label: str) -> None:
        account = make_account(person, label=label)
        ReceivedText.objects.create(
            account=account, key="1", sender="+491771234567", digits="491771234567", body="Hi", at=timezone.now()
        )

    receive("Phone A")
    assert "sipgate: Phone A</span></a>" not in browser.get("/telephony/messages/").content.decode()

    receive("Phone B")
    page = browser.get("/telephony/messages/").content.decode()
    assert [page.count(f"sipgate: Phone {name}</span></a>") for name in "AB"] == [1, 1]
