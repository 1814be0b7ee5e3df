"""Who the account is, and what there is instead of a balance."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.types import AccountFacts
from telephony.providers.ringcentral.account import AccountAnswers, account_facts, identity_of
from telephony.providers.ringcentral.tests.samples import load


def described(**changes: Any) -> AccountFacts:
    """The facts of the sample company; `account` and `company` may be replaced."""
    parts = {"extension": load("own_extension"), "account": load("account"), "company": load("company")} | changes
    return account_facts(AccountAnswers(**parts))


def lines(facts: Any) -> dict[str, str]:
    """Facts by their English label."""
    return {str(fact.label): fact.value for fact in facts}


def test_the_identity_is_account_and_extension() -> None:
    identity = identity_of(load("own_extension"))
    assert identity is not None
    assert identity.remote_id == "801001001:802002002"
    assert (identity.label, identity.email, identity.company) == (
        "Mia O'Brien",
        "mia.obrien@example.org",
        "Umbra & Söhne",
    )
    assert identity.keys == {
        "account_id": "801001001",
        "extension_id": "802002002",
        "extension_number": "101",
        "region": "US",
        "time_zone": "US/Pacific",
    }


def test_the_account_is_read_from_the_address_where_it_is_not_told() -> None:
    identity = identity_of(load("own_extension") | {"account": None})
    assert identity is not None
    assert identity.remote_id == "801001001:802002002"


@pytest.mark.parametrize("changes", [{"id": None}, {"id": "a b"}, {"id": 1.5}, {"account": {}, "uri": ""}])
def test_an_extension_without_ids_is_nobody(changes: dict[str, Any]) -> None:
    assert identity_of(load("own_extension") | changes) is None


def test_someone_without_a_name_is_labelled_by_what_there_is() -> None:
    bare = {"id": 7, "account": {"id": "8"}, "extensionNumber": "105"}
    nameless = identity_of(bare)
    numberless = identity_of({"id": 7, "account": {"id": "8"}})
    assert nameless is not None
    assert numberless is not None
    assert (nameless.label, numberless.label) == ("105", "7")


def test_the_account_page_says_who_where_and_what() -> None:
    facts = described()
    assert (facts.company, facts.person, facts.plan) == ("Umbra & Söhne GmbH", "Mia O'Brien", "RingEX Advanced")
    assert (facts.is_admin, facts.verified) == (True, True)
    assert lines(facts.facts)["Main number"] == "+1 212-555-0100"
    assert lines(facts.facts)["Time zone"] == "Pacific Time (US & Canada)"


def test_instead_of_a_balance_there_are_plan_and_billing() -> None:
    assert lines(described().instead_of_balance) == {
        "Plan": "RingEX Advanced",
        "Billing plan": "Monthly",
        "Billing type": "Regular",
        "Billing period": "1 month",
        "Billing active": "yes",
        "Account status": "Confirmed",
        "Included phone lines": "12",
        "Currency": "USD",
    }


def test_nothing_is_shown_that_was_not_read() -> None:
    facts = described(account={}, company={})
    assert facts.instead_of_balance == ()
    assert (facts.plan, facts.verified, facts.company) == ("", None, "Umbra & Söhne")


def test_a_suspended_account_says_why_and_until_when() -> None:
    account = load("account") | {
        "status": "Disabled",
        "statusInfo": {"reason": "SuspendedVoluntarily", "till": "2026-12-01T00:00:00.000Z"},
    }
    shown = lines(described(account=account).instead_of_balance)
    assert (shown["Account status"], shown["Reason of the status"]) == ("Disabled", "SuspendedVoluntarily")
    assert shown["Status until"] == "2026-12-01T00:00:00.000Z"


def test_words_nobody_knows_are_shown_and_listed() -> None:
    account = load("account")
    account["status"] = "Levitating"
    account["serviceInfo"]["billingPlan"] |= {"type": "Barter", "durationUnit": "Moon", "duration": 2}
    facts = described(account=account)
    assert facts.unknown_values == (
        "billingPlan.type=Barter",
        "billingPlan.durationUnit=Moon",
        "account.status=Levitating",
    )
    assert lines(facts.instead_of_balance)["Billing period"] == "2 Moon"


def test_what_the_role_may_not_read_is_said_once() -> None:
    facts = described(account={}, company={}, withheld=("Not for you.", "Not for you."))
    assert [fact.value for fact in facts.facts if str(fact.label) == "Company details"] == ["Not for you."]


def test_the_edition_is_not_said_twice() -> None:
    account = load("account")
    account["serviceInfo"]["servicePlan"] |= {"name": "RingEX Advanced"}
    assert described(account=account).plan == "RingEX Advanced"
