"""The banner of an account that is not simply connected: what is wrong, since when, and the one button that helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from telephony.models import LinkedAccount, LinkState
from telephony.services.reasons import reason_of
from telephony.views.addresses import relink_url
from telephony.views.overviews import Overview


@dataclass(frozen=True, slots=True)
class Banner:
    """`url` is a page that helps; `posts` tells that it is the address of a form instead."""

    tone: str
    title: str
    what_happened: str
    what_to_do: str
    since: datetime
    url: str = ""
    label: str = ""
    posts: bool = False
    retry_at: datetime | None = None


def banner_of(overview: Overview) -> Banner | None:
    """The banner of an account, None where all is well."""
    account = overview.account
    if overview.spec is None:
        return _not_installed(account)
    makers = {
        LinkState.NEEDS_RELINKING: _needs_relinking,
        LinkState.DELAYED: _delayed,
        LinkState.DISABLED: _disabled,
        LinkState.UNLINKING: _unlinking,
    }
    make = makers.get(account.link_state)
    return make(overview) if make else None


def _needs_relinking(overview: Overview) -> Banner:
    account = overview.account
    return Banner(
        "danger",
        _("This account needs to be linked again"),
        reason_of(account),
        _("What you see was read before that. Link the account again; its history is kept."),
        account.state_since,
        relink_url(account),
        _("Link again"),
    )


def _delayed(overview: Overview) -> Banner:
    account = overview.account
    return Banner(
        "warn",
        _("Updates from %(provider)s are delayed") % {"provider": account.provider_name},
        reason_of(account),
        _("You see what was read last. Nothing is lost, and we keep trying."),
        account.state_since,
        reverse("telephony:refresh", args=[account.pk]),
        _("Try now"),
        posts=True,
        retry_at=account.retry_at,
    )


def _disabled(overview: Overview) -> Banner:
    return Banner(
        "info",
        _("Staff have disabled this account"),
        reason_of(overview.account),
        _("Ask your administrator to enable it."),
        overview.account.state_since,
    )


def _unlinking(overview: Overview) -> Banner:
    account = overview.account
    return Banner(
        "warn",
        _("This account is being unlinked"),
        reason_of(account),
        _("If it stays like this, start it again."),
        account.state_since,
        reverse("telephony:unlink", args=[account.pk]),
        _("Unlink"),
    )


def _not_installed(account: LinkedAccount) -> Banner:
    return Banner(
        "warn",
        _("This provider is not installed any more"),
        _("This site cannot talk to %(provider)s now; you see what was read before.")
        % {"provider": account.provider_name},
        _("Ask your administrator, or unlink the account."),
        account.state_since,
        reverse("telephony:unlink", args=[account.pk]),
        _("Unlink"),
    )
