"""Click to call, in words that hold for every provider: devices to call from, and where a started call stands.

The order is the same everywhere: the person's own device rings first; when she answers, the other end is dialled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum


class CallStage(LabelledEnum):
    """Where a started call stands. HANDED_OVER: the provider has taken it and tells nothing more."""

    HANDED_OVER = "handed_over", _("Your device rings")
    RINGING_OWN = "ringing_own", _("Your device rings")
    RINGING_OTHER = "ringing_other", _("The other end rings")
    CONNECTED = "connected", _("Connected")
    ENDED = "ended", _("Ended")
    FAILED = "failed", _("No connection")
    CANCELLED = "cancelled", _("Cancelled")


OVER = frozenset({CallStage.ENDED, CallStage.FAILED, CallStage.CANCELLED})


class CallFailure(LabelledEnum):
    """Why a started call came to nothing, in words for the person."""

    OWN_NO_ANSWER = "own_no_answer", _("Your device was not answered.")
    OWN_BUSY = "own_busy", _("Your device was busy.")
    OWN_UNREACHABLE = "own_unreachable", _("Your device could not be reached. See that it is switched on and online.")
    BUSY = "busy", _("The other end was busy.")
    NO_ANSWER = "no_answer", _("Nobody answered at the other end.")
    REJECTED = "rejected", _("The other end declined the call.")
    UNREACHABLE = "unreachable", _("The other end could not be reached.")
    NOT_IN_SERVICE = "not_in_service", _("There is no such number, or it is not in service. Check it.")
    NOT_ABROAD = (
        "not_abroad",
        _("Your telephone system does not allow calls abroad. Its administrator can change that."),
    )
    BLOCKED = "blocked", _("Your telephone system does not allow calls to this number.")
    NO_FUNDS = "no_funds", _("There is not enough credit for this call.")
    OTHER = "other", _("The provider does not say why.")


@dataclass(frozen=True, slots=True)
class CallingDevice:
    """Something to call from: a device, a line or a number. `key` is given back to `start_call` and means something to its client only.

    `online` is None where the provider does not tell; `remark` (translatable) is what to know before choosing it.
    """

    key: str
    name: str
    number: str = ""
    online: bool | None = None
    remark: Any = ""


@dataclass(frozen=True, slots=True)
class CallProgress:
    """Where a started call stands. `word` is the provider's own, for support; `can_cancel` whether it can be called off now."""

    stage: CallStage
    failure: CallFailure | None = None
    word: str = ""
    can_cancel: bool = False


@dataclass(frozen=True, slots=True)
class StartedCall:
    """A provider's yes to a call: its id, "" where it gives none, and where the call stands."""

    key: str
    progress: CallProgress
