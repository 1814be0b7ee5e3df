"""The capability card: what works for an account, and for the rest why not and who can change that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from telephony.core.capabilities import capability_card
from telephony.core.spec import ProviderSpec
from telephony.core.types import Capability, CapabilityState
from telephony.models import LinkedAccount
from telephony.views.addresses import relink_url

TONES = {
    CapabilityState.AVAILABLE: ("ok", ""),
    CapabilityState.SCOPE_MISSING: ("warn", "key"),
    CapabilityState.ROLE_MISSING: ("warn", "user"),
    CapabilityState.NOT_ON_CONTRACT: ("neutral", "minus"),
    CapabilityState.NOT_OFFERED: ("neutral", "minus"),
    CapabilityState.UNKNOWN: ("neutral", "help"),
}


@dataclass(frozen=True, slots=True)
class CapabilityRow:
    """One line of the card. `ask_url` leads to where the person can agree to what is missing."""

    label: str
    state: str
    tone: str
    icon: str
    remark: str = ""
    ask_url: str = ""


def capability_rows(account: LinkedAccount, spec: ProviderSpec) -> list[CapabilityRow]:
    """One row per feature."""
    granted = None if account.granted_scopes is None else frozenset(account.granted_scopes)
    card = capability_card(spec, granted, account.observed_capabilities(), account.keys)
    return [_row(account, capability) for capability in card]


def _row(account: LinkedAccount, capability: Capability) -> CapabilityRow:
    tone, icon = TONES[capability.state]
    missing = capability.state is CapabilityState.SCOPE_MISSING and capability.missing
    return CapabilityRow(
        capability.feature.label,
        capability.state.label,
        tone,
        icon,
        remark_of(account, capability),
        relink_url(account, capability.missing) if missing and account.usable else "",
    )


def refused_token(account: LinkedAccount, scopes: Iterable[str]) -> str:
    """What a refusal means for a personal access token, whose permissions nobody lists: two reasons look the same."""
    return _(
        "Either the token does not include %(scopes)s, or your user at %(provider)s may not do this. Replace the token with one that "
        "includes it; if it does, ask the administrator of your telephone system."
    ) % {"scopes": ", ".join(scopes) or _("a permission that is needed"), "provider": account.provider_name}


def remark_of(account: LinkedAccount, capability: Capability) -> str:
    """Why it does not work, and who can change that; "" where there is nothing to say."""
    names = ", ".join(capability.missing)
    if capability.state is CapabilityState.SCOPE_MISSING and account.client is None:
        return refused_token(account, capability.missing)
    if capability.state is CapabilityState.SCOPE_MISSING:
        return _("You have not agreed to %(scopes)s.") % {"scopes": names or _("a permission that is needed")}
    if capability.state is CapabilityState.ROLE_MISSING:
        advice = _("The administrator of your telephone system can grant it.")
        return f"{names}. {advice}" if names else advice
    if capability.state is CapabilityState.UNKNOWN:
        return _("This shows when it is used for the first time.")
    return capability.remark
