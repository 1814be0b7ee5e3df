"""What a quick look takes for harmless is what a thorough cleaning leaves alone, whatever a provider sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telephony.core.redaction import SECRET_KEYS
from telephony.core.storable import encoded, harmless, storable

PIECES = [
    *SECRET_KEYS, "Bearer abcdef123", "BASIC  abcdef", "eyJabcdefgh1.abc.def", "token-abcdef:0123456789abcdef0123456789abcdef", "=", "%3D",
    "'", '"', ":", "?", "&", " ", "\n", "\x00", "\ud800", "ü", "Ferdinand", "country", "abc123", "client_assertion", "NaN", "\\",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
JSON = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(TEXTS | st.sampled_from(sorted(SECRET_KEYS)), inside, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_what_looks_harmless_need_not_be_cleaned(value: object) -> None:
    assert not harmless(encoded(value)) or encoded(value) == encoded(storable(value))


def test_what_lies_too_deep_is_not_harmless() -> None:
    deep: object = "x"
    for _level in range(45):
        deep = [deep]
    assert not harmless(encoded(deep))


def test_an_ordinary_record_is_harmless() -> None:
    assert harmless('{"countryCode":"DE","name":"Ferdinand Müller","path":"/v1/status?view=Detailed"}')
