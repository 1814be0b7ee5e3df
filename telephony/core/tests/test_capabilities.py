"""What a linked account can do: the offer, the grant, and what reading has shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.capabilities import capability_card, capability_from_error, missing_scopes
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotOnContract,
    ProviderError,
    RateLimited,
    RoleMissing,
    ScopeMissing,
    ServerFault,
    Unreachable,
)
from telephony.core.tests.acme import spec
from telephony.core.types import Capability, CapabilityState, Feature

ACME = spec()
scopes = st.frozensets(st.sampled_from(["read", "log", "all", "other"]))


def state(feature: Feature, granted: frozenset[str] | None, *observed: Capability) -> Capability:
    """One line of the card."""
    card = capability_card(ACME, granted, {capability.feature: capability for capability in observed})
    return next(capability for capability in card if capability.feature is feature)


def test_the_card_has_one_line_for_each_feature_in_order() -> None:
    assert [capability.feature for capability in capability_card(ACME, None, {})] == [
        feature for feature in Feature if feature is not Feature.CONTACTS
    ], "a feature that is optional, and of which a provider says nothing, has no line"


def test_what_the_provider_does_not_have_is_said_in_its_words() -> None:
    line = state(Feature.BALANCE, frozenset({"read"}))
    assert (line.state, line.remark) == (CapabilityState.NOT_OFFERED, "Acme has no balance.")


def test_what_was_not_granted_is_named() -> None:
    line = state(Feature.OWN_CALLS, frozenset({"read"}))
    assert (line.state, line.missing) == (CapabilityState.SCOPE_MISSING, ("log",))


@pytest.mark.parametrize("granted", [frozenset({"log"}), frozenset({"all"}), frozenset({"all", "read"})])
def test_one_sufficient_way_is_enough(granted: frozenset[str]) -> None:
    assert missing_scopes(ACME.needs, Feature.OWN_CALLS, granted) == ()
    assert state(Feature.OWN_CALLS, granted).state is CapabilityState.UNKNOWN


def test_the_way_with_the_fewest_new_scopes_is_proposed() -> None:
    assert missing_scopes(ACME.needs, Feature.EXTENSIONS, frozenset({"read"})) == ("log",)
    assert missing_scopes(ACME.needs, Feature.EXTENSIONS, frozenset()) == ("all",)


def test_the_scopes_are_those_that_this_account_needs() -> None:
    old_or_new = {Feature.START_CALL: (frozenset({"old"}), frozenset({"new"}))}
    two = replace(ACME, needs=old_or_new, own_needs=lambda keys: {Feature.START_CALL: (frozenset({str(keys["is"])}),)})

    def line(granted: str, **keys: str) -> Capability:
        (found,) = (one for one in capability_card(two, frozenset({granted}), {}, keys) if one.feature in old_or_new)
        return found

    assert (line("none", **{"is": "new"}).state, line("none", **{"is": "new"}).missing) == (
        CapabilityState.SCOPE_MISSING,
        ("new",),
    )
    assert line("old", **{"is": "new"}).missing == ("new",), "the other kind's scope opens nothing"
    assert line("new", **{"is": "new"}).state is CapabilityState.UNKNOWN


def test_unknown_grants_promise_and_deny_nothing() -> None:
    assert state(Feature.OWN_CALLS, None).state is CapabilityState.UNKNOWN


def test_a_feature_nobody_declared_is_unknown() -> None:
    assert state(Feature.START_CALL, frozenset()).state is CapabilityState.UNKNOWN
    assert missing_scopes(ACME.needs, Feature.START_CALL, frozenset()) == ()


@pytest.mark.parametrize("granted", [None, frozenset({"log"})])
def test_what_reading_has_shown_outweighs_an_unknown_or_whole_grant(granted: frozenset[str] | None) -> None:
    seen = Capability(Feature.OWN_CALLS, CapabilityState.ROLE_MISSING, ("Reports",))
    assert state(Feature.OWN_CALLS, granted, seen) == seen


def test_what_is_not_offered_cannot_be_observed() -> None:
    seen = Capability(Feature.BALANCE, CapabilityState.AVAILABLE)
    assert state(Feature.BALANCE, None, seen).state is CapabilityState.NOT_OFFERED


@given(st.sampled_from(list(Feature)), scopes)
def test_granting_what_is_missing_is_enough(feature: Feature, granted: frozenset[str]) -> None:
    missing = missing_scopes(ACME.needs, feature, granted)
    assert not set(missing) & granted
    assert missing_scopes(ACME.needs, feature, granted | set(missing)) == ()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ScopeMissing("Acme", scopes=["log"]), Capability(Feature.OWN_CALLS, CapabilityState.SCOPE_MISSING, ("log",))),
        (
            RoleMissing("Acme", role="Reports"),
            Capability(Feature.OWN_CALLS, CapabilityState.ROLE_MISSING, ("Reports",)),
        ),
        (RoleMissing("Acme"), Capability(Feature.OWN_CALLS, CapabilityState.ROLE_MISSING)),
        (
            NotOnContract("Acme", detail="classic only"),
            Capability(Feature.OWN_CALLS, CapabilityState.NOT_ON_CONTRACT, remark="classic only"),
        ),
        (AccessDenied("Acme"), Capability(Feature.OWN_CALLS, CapabilityState.ROLE_MISSING)),
        (ServerFault("Acme"), None),
        (RateLimited("Acme"), None),
        (Unreachable("Acme"), None),
        (CredentialRejected("Acme"), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_a_refusal_says_something_lasting(error: ProviderError, expected: Capability | None) -> None:
    assert capability_from_error(Feature.OWN_CALLS, error) == expected
