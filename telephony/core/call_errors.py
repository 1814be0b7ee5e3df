"""Refusals of a call that is to be started, and what any error of it means for the person."""

from __future__ import annotations

from django.utils.translation import gettext as _

from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    GrantEnded,
    ProviderError,
    RateLimited,
    ScopeMissing,
    TryLater,
)
from telephony.core.write_errors import AccessRenewed, BalanceTooLow, WriteRefused, is_outcome_unknown


class CannotBeCalled(WriteRefused):
    """The provider does not take the number."""

    code = "cannot_be_called"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not accept this number.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Check the number, with its country code, and try again.")


class DeviceNotAvailable(WriteRefused):
    """The device cannot be called from: offline, gone, or not of a kind that the provider can ring for this."""

    code = "device_not_available"

    @property
    def sentence(self) -> str:
        return _("%(provider)s cannot start a call on this device.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("See that it is switched on and online, or choose another device.")


def after_call(error: ProviderError) -> str:
    """What the person can do after starting a call failed with `error`, in the active language; says whether anybody was called."""
    if is_outcome_unknown(error):
        return _(
            "The call may be on its way all the same. Look at your phone before you call again; we never repeat it."
        )
    return f"{_('Nobody was called.')} {_way_out(error)}"


def _way_out(error: ProviderError) -> str:
    if isinstance(error, BalanceTooLow):
        return _("Top the account up at %(provider)s, then try again.") % {"provider": error.provider}
    if isinstance(error, CannotBeCalled | DeviceNotAvailable):
        return error.next_step
    if isinstance(error, RateLimited) and error.retry_after:
        return _("Try again in %(seconds)d seconds.") % {"seconds": max(1, round(error.retry_after))}
    if isinstance(error, ScopeMissing):
        return _("Ask for the permission with one click and agree to it at %(provider)s.") % {
            "provider": error.provider
        }
    if isinstance(error, AccessDenied):
        return error.next_step
    if isinstance(error, CredentialRejected | GrantEnded):
        return _("Link the account again; its history is kept.")
    if isinstance(error, AccessRenewed):
        return _("Try again now.")
    if isinstance(error, TryLater):
        return _("Try again in a minute.")
    return _("Check the number and the device; if it stays like this, tell your administrator.")
