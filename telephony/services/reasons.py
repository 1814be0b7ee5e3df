"""Why an account is in its state, in one sentence: the dashboard, the account's page, its *why* page and the support desk say the same."""

from __future__ import annotations

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from telephony.core.errors import GrantEnded, TryLater
from telephony.models import LinkedAccount, LinkState
from telephony.services.retelling import retold

# The reasons that services store in English, here for the translators.
KNOWN_REASONS = frozenset(
    {
        gettext_noop("The access token has ended and the provider gave no refresh token."),
        gettext_noop("The provider refused the refresh token after an earlier answer had been lost on the way."),
        gettext_noop("The provider refused the refresh token: it was revoked, or it had expired."),
        gettext_noop("The provider refused the personal access token: it was deleted or changed."),
    }
)


def reason_of(account: LinkedAccount) -> str:
    """The reason in the active language: the stored one where it can be said there, else a sentence that means as much."""
    provider = account.provider_name
    reason, said = account.state_reason, retold(account.state_reason)
    if said and ((get_language() or "en").startswith("en") or said != reason):
        return said
    return {
        LinkState.ACTIVE: _("%(provider)s answers, and everything is read on schedule.") % {"provider": provider},
        LinkState.DELAYED: TryLater(provider).sentence,
        LinkState.NEEDS_RELINKING: GrantEnded(provider).sentence,
        LinkState.DISABLED: _("Nothing is read from %(provider)s while it is disabled; you see what was read before.")
        % {"provider": provider},
        LinkState.UNLINKING: _("Unlinking was started and has not come to its end."),
    }[account.link_state]
