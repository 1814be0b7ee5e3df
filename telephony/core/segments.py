"""How long a text is on the air: which alphabet it needs, and into how many parts it is cut (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Characters that take two places, an escape and themselves."""
GSM_SINGLE, GSM_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67


@dataclass(frozen=True, slots=True)
class Segments:
    """The length of a text. `units` are septets (GSM-7) or UTF-16 units (UCS-2); `left` is how many fit into the last part."""

    is_gsm: bool
    units: int
    parts: int
    left: int


def segments_of(text: str) -> Segments:
    """What a text takes. A character of two units never straddles two parts, so parts may be filled less than they hold."""
    is_gsm = all(character in GSM_BASIC or character in GSM_EXTENSION for character in text)
    sizes = [_size(character, is_gsm) for character in text]
    units = sum(sizes)
    single, part = (GSM_SINGLE, GSM_PART) if is_gsm else (UCS2_SINGLE, UCS2_PART)
    if units <= single:
        return Segments(is_gsm, units, 1 if units else 0, single - units)
    parts, used = 1, 0
    for size in sizes:
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return Segments(is_gsm, units, parts, part - used)


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, which is what providers count."""
    return sum(1 if ord(character) < 0x10000 else 2 for character in text)


def _size(character: str, is_gsm: bool) -> int:
    if is_gsm:
        return 2 if character in GSM_EXTENSION else 1
    return 1 if ord(character) < 0x10000 else 2
