"""What a person typed, as a number that a provider can dial or text: E.164, a short number, or a refusal with its reason.

Four classes of number can be dialled: fine ones, short ones, and after a confirmation costly ones and those that nobody seems to have.
Everything else raises NumberRefused, which says in a sentence what to do. Emergency numbers are always refused: a call that
a web page starts carries no location, and may ring a telephone that nobody is near.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Final

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult, shortnumberinfo

from accounts.countries import country_name
from telephony.core.number_words import COST_SENTENCES, Cost, Refusal, refusal_sentence
from telephony.core.phone import for_display, is_withheld

LONGEST_INPUT: Final = 80
_LONGEST_SHORT: Final = 6
_EVERYWHERE: Final = frozenset({"112", "911"})  # mobile networks take these to the emergency services in every country
_PLUSES: Final = "+＋"
_NOISE: Final = re.compile(r"[\s().\-‐-―−/\u00ad\u00b7]+")
_TRUNK_IN_BRACKETS: Final = re.compile(r"^(\s*[+＋][^(]*)\(0\)")
_INTERNATIONAL: Final = re.compile(
    r"^00(?=[1-9]\d{4})"
)  # also where another prefix is dialled: nobody means anything else by it
_SCHEME: Final = re.compile(r"^(tel|callto|sms):(//)?", re.IGNORECASE)
_COSTLY_PREFIXES: Final = {
    1: ("900", "976"),
    41: ("900", "901", "906"),
    43: ("810", "820", "821", "900", "901", "930", "931", "939"),
    44: ("84", "87", "9", "118"),
    49: ("118", "137", "138", "180", "190", "900"),
}
"""National prefixes, by calling code, that cost more than a normal call although the number plan leaves a length or a gap open."""
_NORTH_AMERICA: Final = 1
_NORTH_AMERICAN: Final = re.compile(r"[2-9]\d\d[2-9]\d{6}")  # area code and exchange begin with neither 0 nor 1
_SATELLITE: Final = frozenset({870, 878, 881, 882, 883})  # satellite and international networks
_PREMIUM_INTERNATIONAL: Final = 979


class NumberClass(Enum):
    """How a number that can be dialled is treated."""

    FINE = "fine"
    COSTLY = "costly"
    UNASSIGNED = "unassigned"
    SHORT = "short"


class NumberRefused(ValueError):
    """What was typed is not dialled. `sentence` says why and what to do, in the active language.

    `region` is the country that it was read in, where that mattered.
    """

    def __init__(self, reason: Refusal, number: str = "", region: str = "") -> None:
        self.reason = reason
        self.number = number
        self.region = region
        super().__init__(f"{reason.value}: {number}")

    @property
    def sentence(self) -> str:
        """What is wrong with it, and what to do instead."""
        return refusal_sentence(self.reason, self.number, country_name(self.region))


@dataclass(frozen=True, slots=True)
class DialledNumber:
    """A number that can be dialled. `number` is E.164, or the digits of a short number; `e164` is None for the latter."""

    number: str
    number_class: NumberClass = NumberClass.FINE
    cost: Cost | None = None

    @property
    def e164(self) -> str | None:
        """The number in E.164 form; None for a short number."""
        return None if self.number_class is NumberClass.SHORT and not self.number.startswith("+") else self.number

    @property
    def shown(self) -> str:
        """The number in groups, as a person compares it."""
        return for_display(self.number)

    @property
    def needs_confirmation(self) -> bool:
        """Whether the person has to say that she means it: it costs more, or nobody seems to have it."""
        return self.cost is not None or self.number_class is NumberClass.UNASSIGNED

    @property
    def remark(self) -> str:
        """What the person should know before she goes on, in the active language; "" where there is nothing to say."""
        if self.cost is not None:
            return COST_SENTENCES[self.cost]()
        if self.number_class is NumberClass.UNASSIGNED:
            return _(
                "This number is in no range that we know to be in use. It may be a new one, or mistyped: compare it before you go on."
            )
        if self.number_class is NumberClass.SHORT:
            return _(
                "This is a short number: it reaches an extension of the telephone system or a service, and is sent as it stands."
            )
        return ""


def read_number(typed: str, region: str, *others: str) -> DialledNumber:
    """The number that a person in `region` (ISO code) means by what she typed or pasted.

    `others` are further regions whose emergency numbers count, such as that of the linked account. Raises NumberRefused.
    """
    text = _tidied(typed)
    compact = _INTERNATIONAL.sub("+", _NOISE.sub("", text))
    _refuse_what_is_no_number(text, compact)
    regions = (region.upper(), *(other.upper() for other in others))
    if _is_emergency(compact, regions):
        raise NumberRefused(Refusal.EMERGENCY, compact)
    if _is_short(compact, regions[0]):
        return _short(compact, regions[0])
    return _long(compact, regions[0])


def as_written(typed: str) -> str:
    """What somebody wrote as a number, without what comes along with pasted ones. Raises NumberRefused unless it is digits and separators.

    Unlike `read_number` it asks nothing about the country, and takes extensions and emergency numbers, which have names as well.
    """
    text = _tidied(typed)
    _refuse_what_is_no_number(text, _NOISE.sub("", text))
    return text


def _tidied(typed: str) -> str:
    """Without the invisible marks, the scheme and the bracketed trunk zero that come along with pasted numbers."""
    text = "".join(
        char for char in unicodedata.normalize("NFKC", typed[: LONGEST_INPUT * 2]) if unicodedata.category(char) != "Cf"
    )
    text = _SCHEME.sub("", text.strip())
    return _TRUNK_IN_BRACKETS.sub(r"\1", text)


def _refuse_what_is_no_number(text: str, compact: str) -> None:
    """Raise NumberRefused unless `compact` is digits, with a plus at most in front."""
    if not compact:
        raise NumberRefused(Refusal.EMPTY)
    if is_withheld(text):
        raise NumberRefused(Refusal.WITHHELD, text)
    if "@" in text or text.lower().startswith(("sip:", "sips:")):
        raise NumberRefused(Refusal.ADDRESS, text[:40])
    if any(char.isalpha() for char in text):
        raise NumberRefused(Refusal.LETTERS, text[:40])
    if "*" in text or "#" in text:
        raise NumberRefused(Refusal.SERVICE_CODE, text[:40])
    if not compact.removeprefix("+").isdecimal() or compact[0] not in "+0123456789":
        raise NumberRefused(Refusal.NOT_A_NUMBER, text[:40])
    if len(compact) > LONGEST_INPUT // 2:
        raise NumberRefused(Refusal.TOO_LONG, text[:40])


def _is_emergency(compact: str, regions: tuple[str, ...]) -> bool:
    """Whether dialling this could reach the emergency services of one of `regions`, however it is prefixed."""
    digits = compact.removeprefix("+")
    if digits.removeprefix("0") in _EVERYWHERE or digits in _EVERYWHERE:
        return True
    outside = digits[1:]  # behind the 0 or 9 that some exchanges want for an outside line
    for region in regions:
        if _reaches_emergency(digits, region) and not _is_valid(compact, region):
            return True
        through_exchange = digits.startswith(("0", "99"))
        if through_exchange and shortnumberinfo.is_emergency_number(outside, region):
            return True
    return _is_foreign_emergency(compact, regions[0])


def _reaches_emergency(digits: str, region: str) -> bool:
    return bool(shortnumberinfo.connects_to_emergency_number(digits, region))


def _is_foreign_emergency(compact: str, region: str) -> bool:
    """Such as +49 112 and 0049 110: the emergency number of the country whose code stands in front."""
    parsed = _parsed(compact, region)
    if parsed is None:
        return False
    there = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    national = str(parsed.national_number)
    return any(shortnumberinfo.is_emergency_number(national, code) for code in there) or national in _EVERYWHERE


def _is_valid(compact: str, region: str) -> bool:
    parsed = _parsed(compact, region)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parsed(compact: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        return None


def _is_short(compact: str, region: str) -> bool:
    """Few digits, without a prefix that announces more."""
    if compact.startswith("+") or len(compact) > _LONGEST_SHORT:
        return False
    return not (compact.startswith("0") and _trunk_prefix(region) == "0")


def _trunk_prefix(region: str) -> str:
    """What is dialled before the area code within the country."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return str(metadata.national_prefix or "") if metadata is not None else ""


def _short(digits: str, region: str) -> DialledNumber:
    """An extension or a service such as 115. Raises NumberRefused for a single digit."""
    if len(digits) < 2:
        raise NumberRefused(Refusal.TOO_SHORT, digits)
    cost = Cost.PREMIUM if digits.startswith("118") or _is_costly_service(digits, region) else None
    return DialledNumber(digits, NumberClass.SHORT, cost)


def _is_costly_service(digits: str, region: str) -> bool:
    """Whether the country's list of services has it, without a word that it is free or costs what a normal call does."""
    parsed = _parsed(digits, region)
    if parsed is None or len(digits) < 5 or not shortnumberinfo.is_valid_short_number_for_region(parsed, region):
        return False
    cost = shortnumberinfo.expected_cost_for_region(parsed, region)
    return cost in (shortnumberinfo.ShortNumberCost.PREMIUM_RATE, shortnumberinfo.ShortNumberCost.UNKNOWN_COST)


def _long(compact: str, region: str) -> DialledNumber:
    try:
        parsed = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException as error:
        raise NumberRefused(_reason_of(error), compact, "" if compact.startswith("+") else region) from error
    read_in = "" if compact.startswith("+") else region
    _refuse_impossible(parsed, compact, read_in)
    if _lacks_area_code(compact, parsed, region):
        raise NumberRefused(Refusal.NO_AREA_CODE, compact, read_in)
    e164 = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    if cost := _cost_of(parsed):
        return DialledNumber(e164, NumberClass.COSTLY, cost)
    return DialledNumber(e164, NumberClass.FINE if phonenumbers.is_valid_number(parsed) else NumberClass.UNASSIGNED)


def _reason_of(error: phonenumbers.NumberParseException) -> Refusal:
    kinds = phonenumbers.NumberParseException
    return {
        kinds.INVALID_COUNTRY_CODE: Refusal.UNKNOWN_COUNTRY,
        kinds.TOO_SHORT_AFTER_IDD: Refusal.TOO_SHORT,
        kinds.TOO_SHORT_NSN: Refusal.TOO_SHORT,
        kinds.TOO_LONG: Refusal.TOO_LONG,
    }.get(error.error_type, Refusal.NOT_A_NUMBER)


def _refuse_impossible(parsed: PhoneNumber, compact: str, region: str) -> None:
    """Raise NumberRefused where the number cannot exist in its country. Numbers that are only not assigned pass."""
    verdict = phonenumbers.is_possible_number_with_reason(parsed)
    if verdict == ValidationResult.IS_POSSIBLE:
        if _begins_impossibly(parsed):
            raise NumberRefused(Refusal.NO_SUCH_BEGINNING, compact, region)
        return
    reason = {
        ValidationResult.TOO_LONG: Refusal.TOO_LONG,
        ValidationResult.INVALID_COUNTRY_CODE: Refusal.UNKNOWN_COUNTRY,
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Refusal.NO_AREA_CODE,
    }.get(verdict, Refusal.TOO_SHORT)
    if compact.startswith("+") and reason is Refusal.NO_AREA_CODE:
        reason = Refusal.TOO_SHORT
    raise NumberRefused(reason, compact, region)


def _begins_impossibly(parsed: PhoneNumber) -> bool:
    """Whether no number of the country can begin like this, ever: by the rule of North America, or with a zero where none belongs.

    The lists of assigned ranges are not asked: they lag behind, and an unknown range is a question and no refusal.
    """
    national = str(phonenumbers.national_significant_number(parsed))
    if parsed.country_code == _NORTH_AMERICA:
        return not _NORTH_AMERICAN.fullmatch(national)
    if not national.startswith("0") or phonenumbers.is_valid_number(parsed):
        return False
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    plans = (phonenumbers.PhoneMetadata.metadata_for_region(region) for region in regions)
    beginnings = (plan.general_desc for plan in plans if plan)
    return not any(plan and re.fullmatch(plan.national_number_pattern or "", national) for plan in beginnings)


def _lacks_area_code(compact: str, parsed: PhoneNumber, region: str) -> bool:
    """Whether a national number came without the leading zero of its country: it may be one without the area code."""
    if compact.startswith(("+", "0")) or _trunk_prefix(region) != "0":
        return False
    return str(parsed.country_code) + str(parsed.national_number) != compact


def _cost_of(parsed: PhoneNumber) -> Cost | None:
    """Why it costs more than a normal call, by the country's number plan."""
    code, national = parsed.country_code or 0, str(parsed.national_number)
    if code in _SATELLITE:
        return Cost.SATELLITE
    if code == _PREMIUM_INTERNATIONAL:
        return Cost.PREMIUM
    kind = phonenumbers.number_type(parsed)
    known = {
        PhoneNumberType.PREMIUM_RATE: Cost.PREMIUM,
        PhoneNumberType.SHARED_COST: Cost.SHARED,
        PhoneNumberType.PERSONAL_NUMBER: Cost.PERSONAL,
        PhoneNumberType.UAN: None,
    }
    if kind in known:
        return known[kind]
    if kind == PhoneNumberType.UNKNOWN and national.startswith(_COSTLY_PREFIXES.get(code, ())):
        return Cost.PREMIUM
    return None
