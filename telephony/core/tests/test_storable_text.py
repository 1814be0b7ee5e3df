"""The quick way to storable text gives what the thorough way gives, whatever a provider sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telephony.core.redaction import SECRET_KEYS
from telephony.core.storable import encoded, storable, storable_text

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
def test_the_quick_way_gives_what_the_thorough_way_gives(value: object) -> None:
    assert storable_text(value) == encoded(storable(value))


def test_what_lies_too_deep_is_cut_by_both() -> None:
    deep: object = "code=1"
    for _level in range(60):
        deep = [deep]
    assert storable_text(deep) == encoded(storable(deep))


def test_an_ordinary_record_goes_the_quick_way() -> None:
    text = '{"countryCode":"DE","name":"Ferdinand Müller","path":"/v1/status?view=Detailed"}'
    assert storable_text({}, text) is text
