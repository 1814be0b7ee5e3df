"""The length of texts on the air, at every border."""

from __future__ import annotations

import pytest

from telephony.core.segments import GSM_BASIC, Segments, segments_of, utf16_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(True, 0, 0, 160)),
        ("a" * 160, Segments(True, 160, 1, 0)),
        ("a" * 161, Segments(True, 161, 2, 145)),
        ("a" * 306, Segments(True, 306, 2, 0)),
        ("a" * 307, Segments(True, 307, 3, 152)),
        ("€" * 80, Segments(True, 160, 1, 0)),
        ("€" * 81, Segments(True, 162, 2, 153 - 10)),
        ("ä" * 160, Segments(True, 160, 1, 0)),
        ("ç" * 70, Segments(False, 70, 1, 0)),
        ("ł" * 71, Segments(False, 71, 2, 63)),
        ("ł" * 134, Segments(False, 134, 2, 0)),
        ("ł" * 135, Segments(False, 135, 3, 66)),
        ("🚗" * 35, Segments(False, 70, 1, 0)),
        ("🚗" * 36, Segments(False, 72, 2, 67 - 6)),
    ],
)
def test_a_text_takes_so_many_parts(text: str, expected: Segments) -> None:
    assert segments_of(text) == expected


def test_an_escape_is_never_cut_off_from_its_character() -> None:
    # 152 places and a euro sign: it does not fit into the 153rd place, so it begins the second part.
    assert segments_of("a" * 152 + "€" + "a" * 151).parts == 2
    assert segments_of("a" * 152 + "€" + "a" * 152).parts == 3


def test_an_emoji_is_never_cut_in_halves() -> None:
    assert segments_of("🚗" * 66).parts == 2  # 33 to a part, although 67 places would hold 33.5
    assert segments_of("🚗" * 67).parts == 3


def test_the_basic_alphabet_has_127_characters_beside_the_escape() -> None:
    assert len(GSM_BASIC) == 127


def test_ten_thousand_characters_are_counted() -> None:
    assert segments_of("a" * 10_000).parts == 66
    assert utf16_length("a🚗") == 3
