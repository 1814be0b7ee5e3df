"""Why a text that the provider had accepted did not arrive. They are never raised: a message keeps the code of one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from telephony.core.write_errors import WriteRefused


class DeliveryFailed(WriteRefused):
    """It did not arrive, for a reason that the provider does not tell or that we do not know."""

    code = "delivery_failed"

    @property
    def sentence(self) -> str:
        return _("%(provider)s accepted the text but could not deliver it.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. Check the number, or send it again later.")


class NotReachable(DeliveryFailed):
    """The number is not in use, is a landline, or its carrier takes no texts."""

    code = "delivery_not_reachable"

    @property
    def sentence(self) -> str:
        return _("The number cannot receive texts: it is not in use, or is a landline.")

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. Check the number, or call instead.")


class OptedOut(DeliveryFailed):
    """The recipient has asked for no more texts."""

    code = "delivery_opted_out"

    @property
    def sentence(self) -> str:
        return _("The recipient has asked for no more texts from this number.")

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. Do not send it again; reach this person in another way.")


class FilteredAsSpam(DeliveryFailed):
    """A filter took it for spam."""

    code = "delivery_filtered"

    @property
    def sentence(self) -> str:
        return _("A carrier's filter held the text back, because it looks like advertising or spam.")

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. Change the wording, leave links out, and try again.")


class SenderNotRegistered(DeliveryFailed):
    """The sending number is not set up, registered or verified for texts."""

    code = "delivery_sender"

    @property
    def sentence(self) -> str:
        return _("Your number is not set up, registered or verified for texts, so a carrier blocked it.")

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. The administrator of your telephone system has to register the number.")


class LimitReached(DeliveryFailed):
    """More texts than the carriers let this company send."""

    code = "delivery_limit"

    @property
    def sentence(self) -> str:
        return _("The carriers' limit of texts for your company is used up.")

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. Try again tomorrow, or ask your administrator.")


class TooLongForCarrier(DeliveryFailed):
    """The recipient's carrier does not take texts of several parts."""

    code = "delivery_too_long"

    @property
    def sentence(self) -> str:
        return _("The text is too long for the recipient's carrier.")

    @property
    def next_step(self) -> str:
        return _("The recipient did not get it. Send it in several short texts.")
