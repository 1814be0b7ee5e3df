"""Why a number is not dialled, or costs more than others, in words."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from django.utils.translation import gettext as _


class Refusal(Enum):
    """Why a number is not dialled."""

    EMPTY = "empty"
    WITHHELD = "withheld"
    LETTERS = "letters"
    ADDRESS = "address"
    SERVICE_CODE = "service_code"
    NOT_A_NUMBER = "not_a_number"
    NO_AREA_CODE = "no_area_code"
    UNKNOWN_COUNTRY = "unknown_country"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_SUCH_BEGINNING = "no_such_beginning"
    EMERGENCY = "emergency"


class Cost(Enum):
    """Why a number costs more than a normal call."""

    PREMIUM = "premium"
    SHARED = "shared"
    PERSONAL = "personal"
    SATELLITE = "satellite"


COST_SENTENCES: Final[dict[Cost, Callable[[], str]]] = {
    Cost.PREMIUM: lambda: _("This is a premium-rate number: it may cost a lot per minute or per call."),
    Cost.SHARED: lambda: _(
        "This is a service number: it costs more than a normal call and is often not part of a flat rate."
    ),
    Cost.PERSONAL: lambda: _(
        "This is a personal number that forwards to another one: it can cost more than a normal call."
    ),
    Cost.SATELLITE: lambda: _(
        "This number belongs to a satellite or international network: it can cost a lot per minute."
    ),
}


def refusal_sentence(reason: Refusal, number: str = "", country: str = "") -> str:
    """A refusal in words, in the active language. `country` is the name of the one in which a number without country code was read."""
    sentence = _REFUSALS[reason]() % {"number": number}
    return f"{sentence} {_read_in(country)}" if country and reason in _DEPENDS_ON_THE_COUNTRY else sentence


def _read_in(country: str) -> str:
    return _(
        "It was read as a national number (%(country)s). For a number of another country, type + and its country code first."
    ) % {"country": country}


_DEPENDS_ON_THE_COUNTRY: Final = frozenset(
    {Refusal.NO_AREA_CODE, Refusal.TOO_SHORT, Refusal.TOO_LONG, Refusal.NO_SUCH_BEGINNING, Refusal.NOT_A_NUMBER}
)


_REFUSALS: Final[dict[Refusal, Callable[[], str]]] = {
    Refusal.EMPTY: lambda: _("Type the number."),
    Refusal.WITHHELD: lambda: _("The caller hid the number, so it cannot be called back."),
    Refusal.LETTERS: lambda: _("“%(number)s” has letters in it. Type the digits only, without an extension."),
    Refusal.ADDRESS: lambda: _("“%(number)s” is an internet address. Type a telephone number."),
    Refusal.SERVICE_CODE: lambda: _(
        "Codes with * or # change the settings of a telephone. Enter them at the telephone itself."
    ),
    Refusal.NOT_A_NUMBER: lambda: _("“%(number)s” is not a telephone number. Check it for typing mistakes."),
    Refusal.NO_AREA_CODE: lambda: _("The area code is missing. Type the number with its area code or country code."),
    Refusal.UNKNOWN_COUNTRY: lambda: _("No country has this code. Check the digits after the plus."),
    Refusal.TOO_SHORT: lambda: _("The number is too short. Check whether digits are missing."),
    Refusal.TOO_LONG: lambda: _("The number is too long. Check whether there are digits too many."),
    Refusal.NO_SUCH_BEGINNING: lambda: _("No number begins like “%(number)s”. Check its first digits."),
    Refusal.EMERGENCY: lambda: _(
        "%(number)s is an emergency number. Use a telephone: from here nobody would learn where you are."
    ),
}
