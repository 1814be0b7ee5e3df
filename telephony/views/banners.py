"""The banner of an account that is not simply connected: what is wrong, since when, and the one button that helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from telephony.core.errors import GrantEnded, ProviderError, TryLater
from telephony.models import LinkedAccount, LinkState
from telephony.services.retelling import retold
from telephony.views.addresses import relink_url
from telephony.views.overviews import Overview

# The reasons that services store in English, here for the translators.
KNOWN_REASONS = frozenset(
    {
        gettext_noop("The access token has ended and the provider gave no refresh token."),
        gettext_noop("The provider refused the refresh token after an earlier answer had been lost on the way."),
        gettext_noop("The provider refused the refresh token: it was revoked, or it had expired."),
        gettext_noop("The provider refused the personal access token: it was deleted or changed."),
    }
)


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
        _reason(account, GrantEnded(account.provider_name)),
        _("What you see was read before that. Link the account again; its history is kept."),
        account.state_since,
        relink_url(account),
        _("Link again"),
    )


def _delayed(overview: Overview) -> Banner:
    account = overview.account
    troubles = [part.trouble for part in overview.parts.values() if part.trouble and part.trouble.passing]
    return Banner(
        "warn",
        _("Updates from %(provider)s are delayed") % {"provider": account.provider_name},
        troubles[0].what_happened if troubles else _reason(account, TryLater(account.provider_name)),
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
        _("Nothing is read from %(provider)s while it is disabled; you see what was read before.")
        % {"provider": overview.account.provider_name},
        _("Ask your administrator to enable it."),
        overview.account.state_since,
    )


def _unlinking(overview: Overview) -> Banner:
    account = overview.account
    return Banner(
        "warn",
        _("This account is being unlinked"),
        _("Unlinking was started and has not come to its end."),
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


def _reason(account: LinkedAccount, otherwise: ProviderError) -> str:
    """The stored reason where it can be said in the active language, else a sentence that means as much."""
    reason = account.state_reason
    said, in_english = retold(reason), (get_language() or "en").startswith("en")
    return said if said and (in_english or said != reason) else otherwise.sentence
