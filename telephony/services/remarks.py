"""What we could not do at a provider, in the person's words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from telephony.core.registry import find_spec
from telephony.models import LinkedAccount


def personal_token_stays(account: LinkedAccount) -> str:
    """A personal access token can only be deleted by the person who made it."""
    spec = find_spec(account.provider)
    if spec is None or spec.personal_token is None:
        return not_revocable(account)
    return _("Your personal access token still exists at %(provider)s: delete it there, at %(url)s.") % {
        "provider": spec.name,
        "url": spec.personal_token.create_url,
    }


def not_revocable(account: LinkedAccount) -> str:
    """The provider has no way to revoke."""
    return _("%(provider)s offers no way to revoke access: remove Switchboard in your account settings there.") % {
        "provider": account.provider_name
    }


def not_revoked(account: LinkedAccount) -> str:
    """Revoking was tried and failed."""
    return _(
        "%(provider)s did not confirm that access has been revoked. Our copy is deleted; to be sure, remove Switchboard in your "
        "account settings there, or change your password."
    ) % {"provider": account.provider_name}


def revoked_at_provider(account: LinkedAccount) -> str:
    """What unlinking will do there."""
    return _("Our access is revoked at %(provider)s.") % {"provider": account.provider_name}
