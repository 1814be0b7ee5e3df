"""Refusals that only writes get (texts, calls), and what any error of a write means for the person who asked for it.

An error of a read loses nothing and can be had again. After a write, one thing matters more than the reason: whether it happened. Three
answers: it was refused (nothing was sent), nobody knows (look before doing it again), or it was never even tried.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    GrantEnded,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    TryLater,
)

_NOT_PROCESSED = frozenset({400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 425, 426, 428, 429})
"""Statuses that say that the request was read and turned down. 408 is not among them: proxies use it for a server that fell silent."""


class WriteRefused(RequestRefused):
    """The provider understood what was asked and turned it down: nothing was sent, nobody was called."""

    code = "write_refused"


class BalanceTooLow(WriteRefused):
    """There is not enough prepaid money for this (402)."""

    code = "balance_too_low"

    @property
    def sentence(self) -> str:
        return _("The balance at %(provider)s is too low for this.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Nothing was sent or charged. Top the account up at %(provider)s, then try again.") % {
            "provider": self.provider
        }


class NumberNotOwned(WriteRefused):
    """The sender or caller number does not belong to the person's user, or is not shared with it."""

    code = "number_not_owned"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not let your user send from this number.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _(
            "Nothing was sent. Choose another sender, or ask the administrator of your telephone system to share it."
        )


class NumberNotAble(WriteRefused):
    """The number is the person's, but does not have this feature."""

    code = "number_not_able"

    @property
    def sentence(self) -> str:
        return _("This number cannot send texts at %(provider)s.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. Choose another sender.")


class NumberNotRegistered(WriteRefused):
    """Carriers want the number registered first, as in the United States."""

    code = "number_not_registered"

    @property
    def sentence(self) -> str:
        return _("This number is not registered for texts yet; carriers block texts from such numbers.")

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. The administrator of your telephone system can register it at %(provider)s.") % {
            "provider": self.provider
        }


class RecipientInvalid(WriteRefused):
    """The number at the other end is none that the provider can reach."""

    code = "recipient_invalid"

    @property
    def sentence(self) -> str:
        return _("%(provider)s says that this is not a number it can reach.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. Check the number, with its country code, and try again.")


class RecipientBlocked(WriteRefused):
    """The other end has opted out, or the provider does not serve that destination."""

    code = "recipient_blocked"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not send to this number: it is blocked, or has asked for no texts.") % {
            "provider": self.provider
        }

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. Reach this person in another way.")


class ContentRefused(WriteRefused):
    """The text itself is not accepted: empty, too long, or with what the provider does not send."""

    code = "content_refused"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not accept this text, most likely because it is too long.") % {
            "provider": self.provider
        }

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. Shorten the text and try again.")


class AccessRenewed(TryLater):
    """A 401 although the token should have been good. It has been renewed, but a write is not repeated by itself."""

    code = "access_renewed"

    @property
    def sentence(self) -> str:
        return _("%(provider)s did not accept our access, which has been renewed meanwhile.") % {
            "provider": self.provider
        }

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. Try again now.")


class NeverTried(TryLater):
    """Our own server stopped before the provider was asked."""

    code = "never_tried"

    @property
    def sentence(self) -> str:
        return _("This site stopped before it could ask %(provider)s.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Nothing was sent. Try again.")


def is_outcome_unknown(error: ProviderError) -> bool:
    """Whether a write may have happened although it failed with this error.

    Known to have been refused is what a 4xx says, and what never left here. A 5xx, a broken or unreadable answer leaves it open.
    """
    if isinstance(error, OutcomeUnknown):
        return True
    return error.status is not None and error.status not in _NOT_PROCESSED


def after_write(error: ProviderError) -> str:
    """What the person can do after a write failed with `error`, in the active language; says whether anything was sent."""
    if is_outcome_unknown(error):
        return _("It may have happened all the same. Check before you do it again; we never repeat it by ourselves.")
    if isinstance(error, WriteRefused | AccessRenewed | NeverTried) and type(error) is not WriteRefused:
        return error.next_step
    if isinstance(error, RateLimited) and error.retry_after:
        return _("Nothing was sent. Try again in %(seconds)d seconds.") % {"seconds": max(1, round(error.retry_after))}
    if isinstance(error, ScopeMissing):
        return _("Nothing was sent. Ask for the permission with one click and agree to it at %(provider)s.") % {
            "provider": error.provider
        }
    if isinstance(error, CredentialRejected | GrantEnded):
        return _("Nothing was sent. Link the account again; its history is kept.")
    if isinstance(error, TryLater):
        return _("Nothing was sent. Try again in a minute.")
    if isinstance(error, AccessDenied):
        return _("Nothing was sent.") + " " + error.next_step
    return _("Nothing was sent. Check what you entered; if it stays like this, tell your administrator.")
