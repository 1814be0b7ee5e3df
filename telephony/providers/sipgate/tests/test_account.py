"""Account, identity, balance, addresses and the claims of a token."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from telephony.core.environment import Environment
from telephony.core.errors import UnusableReply
from telephony.core.http import Reply
from telephony.core.types import AccountFacts
from telephony.providers.sipgate import account
from telephony.providers.sipgate.addresses import api_url, endpoints
from telephony.providers.sipgate.claims import read_claims
from telephony.providers.sipgate.spec import SPEC
from telephony.providers.sipgate.tests.samples import bearer, load


def reply(body: object) -> Reply:
    """An answer with this JSON."""
    return Reply("sipgate", "testing", 200, {}, json.dumps(body).encode(), 0.1)


def test_the_account_id_stands_before_the_user_id_because_w0_is_everywhere() -> None:
    found = account.identity(reply(load("userinfo")))
    assert found.remote_id == "3000001w0"
    assert found.keys == {"account": "3000001", "user": "w0", "region": "DE"}


@pytest.mark.parametrize(
    ("domain", "locale", "region"),
    [("sipgate.de", "en_GB", "DE"), ("sipgate.co.uk", "de_DE", "GB"), ("example.org", "fr_FR", "FR"), ("", "de", None)],
)
def test_the_country_comes_from_the_domain_and_then_from_the_locale(
    domain: str, locale: str, region: str | None
) -> None:
    found = account.identity(reply({**load("userinfo"), "domain": domain, "locale": locale}))
    assert found.keys.get("region") == region


@pytest.mark.parametrize("lacking", [{"sub": ""}, {"sub": None}, {"masterSipId": []}, {"sub": "w 0"}])
def test_half_an_identity_is_none(lacking: dict[str, Any]) -> None:
    with pytest.raises(UnusableReply):
        account.identity(reply({**load("userinfo"), **lacking}))


def test_a_numeric_account_id_is_the_same_as_a_text() -> None:
    assert account.identity(reply({**load("userinfo"), "masterSipId": 3000001})).remote_id == "3000001w0"


@pytest.mark.parametrize(
    ("amount", "euros"),
    [(123450, "12.345"), (0, "0"), (-5, "-0.0005"), ("99", "0.0099"), (588.0, "0.0588"), (10_000, "1")],
)
def test_amounts_are_ten_thousandths(amount: object, euros: str) -> None:
    money = account.money(reply({"amount": amount, "currency": "EUR"}))
    assert (money.amount, money.currency) == (Decimal(euros), "EUR")


@pytest.mark.parametrize("amount", [None, True, "", "12.5", 12.5, "1e9", [], 10**15, "9" * 30, "²"])
def test_a_balance_is_never_guessed(amount: object) -> None:
    with pytest.raises(UnusableReply):
        account.money(reply({"amount": amount, "currency": "EUR"}))


@pytest.mark.parametrize("currency", [None, "", "E", "EURO", "€€€", 978])
def test_a_balance_needs_its_currency(currency: object) -> None:
    with pytest.raises(UnusableReply):
        account.money(reply({"amount": 1, "currency": currency}))


def facts(row: dict[str, Any], user: dict[str, Any] | None = None, neo: bool | None = False) -> AccountFacts:
    """The facts of an account."""
    return account.facts(row, user or {}, account_id="3000001", neo=neo)


def test_facts_tell_company_person_product_and_system() -> None:
    found = facts(load("account"), load("users")["items"][0])
    assert (found.company, found.person, found.email) == ("Müller & Söhne GmbH", "Grete Beispiel", "grete@example.org")
    assert (found.plan, found.verified, found.is_admin) == ("sipgate team", True, True)
    assert {str(fact.label): fact.value for fact in found.facts} == {
        "sipgate ID": "3000001",
        "Product": "sipgate team",
        "Telephone system": "classic",
        "Events are kept": "unlimited",
        "Time zone": "Europe/Berlin",
    }
    assert found.keys == {"neo": False}
    assert found.unknown_values == ()


def test_what_is_not_told_is_not_shown() -> None:
    found = facts({"company": "Example GmbH", "mainProductType": "UNKNOWN"}, neo=None)
    assert [str(fact.label) for fact in found.facts] == ["sipgate ID"]
    assert (found.plan, found.verified, found.is_admin, found.keys) == ("", None, None, {})


def test_new_products_are_shown_and_named() -> None:
    found = facts({"mainProductType": "HOVER", "historyLifeTime": "ONE_YEAR"})
    assert found.plan == "sipgate HOVER"
    assert found.unknown_values == ("mainProductType=HOVER", "historyLifeTime=ONE_YEAR")


REALM = "https://login.sipgate.com/auth/realms/third-party"


@pytest.mark.parametrize(
    ("auth", "realm"),
    [
        ("http://127.0.0.1:9999", "http://127.0.0.1:9999/auth/realms/third-party"),
        ("http://127.0.0.1:9999/", "http://127.0.0.1:9999/auth/realms/third-party"),
        ("http://127.0.0.1:9999/auth", "http://127.0.0.1:9999/auth/realms/third-party"),
        ("http://127.0.0.1:9999/x/realms/sipgate-apps/", "http://127.0.0.1:9999/x/realms/sipgate-apps"),
        (f"{REALM}/protocol/openid-connect", REALM),
        (REALM, REALM),
    ],
)
def test_the_oauth_server_is_found_from_a_host_or_a_realm(auth: str, realm: str) -> None:
    found = endpoints(Environment("any", "Any", auth, ""))
    assert found.authorize == f"{realm}/protocol/openid-connect/auth"
    assert found.token == f"{realm}/protocol/openid-connect/token"
    assert found.issuer == realm


@pytest.mark.parametrize("url", ["http://127.0.0.1:9999", "http://127.0.0.1:9999/", "http://127.0.0.1:9999/v2"])
def test_the_api_is_found_with_and_without_its_version(url: str) -> None:
    assert api_url(Environment("any", "Any", "", url)) == "http://127.0.0.1:9999/v2"


def test_a_custom_server_may_call_itself_otherwise() -> None:
    assert endpoints(SPEC.custom_environment("http://127.0.0.1:9999", "")).issuer == ""


def test_claims_tell_scopes_and_system() -> None:
    claims = read_claims(bearer(scope="account:read sessions:write", featureScope="NEO_PBX"))
    assert claims.neo is True
    assert not claims.may_lack("account:read")
    assert not claims.may_lack("sessions:sms:write"), "the parent suffices"
    assert claims.may_lack("sessions:read")
    assert claims.may_lack("balance:read")


def test_older_tokens_list_their_scopes_as_roles() -> None:
    claims = read_claims(bearer(realm_access={"roles": ["all"]}, featureScope="CLASSIC"))
    assert (claims.scopes, claims.neo) == (frozenset({"all"}), False)
    assert not claims.may_lack("balance:read")


@pytest.mark.parametrize(
    "header",
    [
        "Basic dG9rZW46c2VjcmV0",
        "Bearer opaque",
        "Bearer a.b.c",
        "Bearer a.bm90IGpzb24.c",
        "Bearer ..",
        "",
        "Bearer a.WzFd.c",
    ],
)
def test_other_credentials_claim_nothing(header: str) -> None:
    claims = read_claims(header)
    assert (claims.scopes, claims.neo) == (None, None)
    assert claims.may_lack("balance:read")
