"""What a linked account can do, from what the provider offers, what was granted, and what the provider has refused."""

from __future__ import annotations

from collections.abc import Mapping

from telephony.core.errors import AccessDenied, NotOnContract, ProviderError, RoleMissing, ScopeMissing
from telephony.core.spec import Needs, ProviderSpec
from telephony.core.types import OPTIONAL_FEATURES, Capability, CapabilityState, Feature, Json


def capability_card(
    spec: ProviderSpec,
    granted: frozenset[str] | None,
    observed: Mapping[Feature, Capability],
    keys: Json | None = None,
) -> tuple[Capability, ...]:
    """One Capability per feature, in the order of Feature.

    `granted` are the scopes of the link, None where they are not known (personal access tokens); `observed` is what reading has shown,
    which outweighs what the scopes promise. `keys` are the link's, by which some providers' accounts need other scopes than others.
    """
    declared = spec.needs.keys() | spec.not_offered.keys()
    features = (feature for feature in Feature if feature in declared or feature not in OPTIONAL_FEATURES)
    needs = spec.needs_of(keys or {})
    return tuple(_capability(spec, needs, feature, granted, observed) for feature in features)


def missing_scopes(needs: Needs, feature: Feature, granted: frozenset[str]) -> tuple[str, ...]:
    """The scopes that would have to be granted for `feature`: those of the cheapest alternative; () if none is missing."""
    ways = needs.get(feature, ())
    lacking = [way - granted for way in ways]
    if not lacking or not all(lacking):
        return ()
    cheapest = min(lacking, key=_size)
    return tuple(sorted(cheapest))


def capability_from_error(feature: Feature, error: ProviderError) -> Capability | None:
    """What a refusal says about a feature; None where it says nothing lasting (time-outs, faults)."""
    if isinstance(error, ScopeMissing):
        return Capability(feature, CapabilityState.SCOPE_MISSING, error.scopes)
    if isinstance(error, NotOnContract):
        return Capability(feature, CapabilityState.NOT_ON_CONTRACT, remark=error.detail)
    if isinstance(error, RoleMissing):
        return Capability(feature, CapabilityState.ROLE_MISSING, (error.role,) if error.role else ())
    if isinstance(error, AccessDenied):
        return Capability(feature, CapabilityState.ROLE_MISSING)
    return None


def _capability(
    spec: ProviderSpec,
    needs: Needs,
    feature: Feature,
    granted: frozenset[str] | None,
    observed: Mapping[Feature, Capability],
) -> Capability:
    if feature in spec.not_offered:
        return Capability(feature, CapabilityState.NOT_OFFERED, remark=str(spec.not_offered[feature]))
    if feature in observed:
        return observed[feature]
    if granted is None or feature not in needs:
        return Capability(feature, CapabilityState.UNKNOWN)
    if missing := missing_scopes(needs, feature, granted):
        return Capability(feature, CapabilityState.SCOPE_MISSING, missing)
    return Capability(feature, CapabilityState.UNKNOWN)


def _size(way: frozenset[str]) -> int:
    return len(way)
