"""One byte range: read, placed and cut out of what passes by, without keeping any of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.core.byte_ranges import ByteRange, OutOfRange, cut, is_part
from telephony.core.replies import StreamedReply


@pytest.mark.parametrize(
    ("header", "place"),
    [("bytes=0-", (0, 9)), ("bytes=9-9", (9, 9)), ("bytes=3-99", (3, 9)), ("bytes=-4", (6, 9)), ("bytes=-40", (0, 9))],
)
def test_a_range_has_its_place_in_the_whole(header: str, place: tuple[int, int]) -> None:
    wanted = ByteRange.parse(header)
    assert wanted is not None
    assert wanted.header == header
    assert wanted.within(10) == place


@pytest.mark.parametrize(("header", "length"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0)])
def test_what_lies_beyond_the_end_is_out_of_range(header: str, length: int) -> None:
    wanted = ByteRange.parse(header)
    assert wanted is not None
    with pytest.raises(OutOfRange) as refused:
        wanted.within(length)
    assert refused.value.length == length


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=0-1,3-4", "bytes=1-2-3", "Bytes 1-2", "bytes=\u0661-"],
)
def test_several_ranges_and_nonsense_are_none(header: str) -> None:
    assert ByteRange.parse(header) is None


def test_a_part_says_which_bytes_it_is() -> None:
    assert is_part("bytes 0-9/10")
    assert is_part("bytes 0-9/*")
    assert not any(map(is_part, ("", "bytes */10", "0-9/10", "bytes 0-9")))


@given(st.lists(st.binary(max_size=9)), st.integers(0, 60), st.integers(0, 60))
def test_the_part_is_cut_out_whatever_the_pieces(pieces: list[bytes], first: int, length: int) -> None:
    closed: list[bool] = []
    last = first + length
    assert b"".join(cut(iter(pieces), first, last, lambda: closed.append(True))) == b"".join(pieces)[first : last + 1]
    assert closed == [True]


def test_no_more_is_read_than_the_part_needs() -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 100

    assert sum(map(len, cut(endless(), 250, 349, lambda: None))) == 100
    assert len(read) == 4


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ({"content-length": "5"}, 5),
        ({"content-length": "5", "content-encoding": "identity"}, 5),
        ({"content-length": "5", "content-encoding": "gzip"}, None),
        ({"content-length": "five"}, None),
        ({}, None),
    ],
)
def test_the_length_is_known_only_where_bytes_come_as_they_are(headers: dict[str, str], length: int | None) -> None:
    assert StreamedReply(200, headers, iter(()), lambda: None).length == length
