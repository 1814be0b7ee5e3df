"""When a link ends, and why: from what the provider declares (core.spec.RefreshRule) and what renewing has shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.registry import find_spec
from telephony.core.spec import RefreshRule
from telephony.models import CredentialKind, LinkedAccount, LinkState, Token

RENEWALS_MISSED = 2  # renewals in a row that may fail before a link counts as one that is not renewed
STAGES = (timedelta(days=7), timedelta(days=2))  # a mail goes out as each begins


class EndReason(LabelledEnum):
    """Why a link will end."""

    FIXED = "fixed", _("The provider ends every link after a fixed time, however often it is used.")
    NOT_RENEWABLE = "not_renewable", _("The provider gave nothing to renew this link with.")
    NOT_RENEWED = "not_renewed", _("Renewing has not worked for some time.")


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """`event` names this end, and stays the same while it is told differently by a few seconds with each renewal."""

    at: datetime
    reason: EndReason
    event: str

    def stage(self, now: datetime) -> int | None:
        """How many days ahead people are warned now: 7, 2, or None where it is too early or too late."""
        left = self.at - now
        if left <= timedelta(0):
            return None
        return min((stage.days for stage in STAGES if left <= stage), default=None)


def link_end(account: LinkedAccount, token: Token, now: datetime | None = None) -> LinkEnd | None:
    """When the link ends as things stand; None where it is renewed by itself, or nobody can tell."""
    spec = find_spec(account.provider)
    if spec is None or token.kind == CredentialKind.PERSONAL or account.link_state is LinkState.NEEDS_RELINKING:
        return None
    now = now or timezone.now()
    granted = token.granted_at or account.linked_at
    if token.refresh_obtained_at is None or token.refresh_expires_at is None:
        if token.expires_at is None:
            return None
        return LinkEnd(token.expires_at, EndReason.NOT_RENEWABLE, f"{granted.isoformat()}")
    rule = spec.refresh_rule
    if not rule.slides:
        return LinkEnd(granted + timedelta(seconds=rule.refresh_lifetime), EndReason.FIXED, granted.isoformat())
    if token.end_is_fixed:
        return LinkEnd(token.refresh_expires_at, EndReason.FIXED, granted.isoformat())
    if now > renewal_due(token.refresh_obtained_at, rule):
        return LinkEnd(token.refresh_expires_at, EndReason.NOT_RENEWED, token.refresh_obtained_at.isoformat())
    return None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What is known about the end of a link. `ends` is set where it has an end as things stand; else `renewed_until` is when it would end
    if it were not renewed any more; neither is set for a personal token or a link that has ended.
    """

    ends: LinkEnd | None = None
    renewed_until: datetime | None = None
    personal: bool = False
    days_left: int = 0


def lifetime_of(account: LinkedAccount, now: datetime | None = None) -> Lifetime:
    """The lifetime of an account's link; its token is read unless it was read with the account."""
    now, token = now or timezone.now(), getattr(account, "token", None)
    if token is None or account.link_state is LinkState.NEEDS_RELINKING:
        return Lifetime()
    if token.kind == CredentialKind.PERSONAL:
        return Lifetime(personal=True)
    end = link_end(account, token, now)
    if end is not None:
        return Lifetime(ends=end, days_left=max(0, (end.at - now).days))
    return Lifetime(renewed_until=token.refresh_expires_at)


def renewal_due(obtained: datetime, rule: RefreshRule) -> datetime:
    """Until when a new refresh token should have come."""
    seconds = rule.replaced_after * rule.refresh_lifetime + RENEWALS_MISSED * rule.idle_refresh
    return obtained + timedelta(seconds=seconds)
