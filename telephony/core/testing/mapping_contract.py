"""The part of the contract about odd data: whatever is in a row, a mapping never raises, and what it gives is valid."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.core.errors import ProviderError
from telephony.core.testing.effort import tries
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.testing.mutations import mutated
from telephony.core.testing.reading_contract import ReadingContract
from telephony.core.testing.validity import assert_call, assert_extension, assert_result
from telephony.core.types import CallRecord, ExtensionRecord, Json

ExtensionMapping = Callable[[Mapping[str, Any]], ExtensionRecord | None]

# The same test runs for each provider, hence differing executors; drawing deep documents may be slow on a busy machine.
UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large],
)
THOROUGH = settings(UNHURRIED, max_examples=tries(200))
BRIEF = settings(UNHURRIED, max_examples=tries(60))


class MappingContract(ReadingContract):
    """`call_rows` are vendor rows in their documented shape, `map_call` turns one into ours.

    `extension_mappings` pair each mapping of the extension lists with a row that it takes.
    """

    call_rows: ClassVar[Sequence[Json]]
    extension_mappings: ClassVar[Sequence[tuple[ExtensionMapping, Json]]] = ()

    def map_call(self, row: Mapping[str, Any]) -> CallRecord | None:
        """The provider's mapping of one row of its call log."""
        raise NotImplementedError

    def test_documented_rows_hold_nothing_unknown(self) -> None:
        assert self.call_rows
        for row in self.call_rows:
            call = self.map_call(row)
            assert call is not None
            assert_call(call)
            assert call.unknown_values == (), f"{call.key}: {call.unknown_values}"
        for map_extension, row in self.extension_mappings:
            extension = map_extension(row)
            assert extension is not None
            assert_extension(extension)

    def test_the_vendors_row_is_kept(self) -> None:
        for row in self.call_rows:
            call = self.map_call(row)
            assert call is not None
            assert set(call.raw) >= set(row), "a mapping may improve later only if the whole row is kept"

    def test_a_row_is_mapped_again_to_the_same(self) -> None:
        for row in self.call_rows:
            call = self.map_call(row)
            assert call is not None
            again = self.spec.read_record(json.loads(json.dumps(call.raw)), self.keys)
            assert again is not None
            assert replace(again, raw={}) == replace(call, raw={}), "the kept row must say what the first one said"

    @given(data=st.data())
    @THOROUGH
    def test_no_row_of_the_log_breaks_the_mapping(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.call_rows).flatmap(lambda row: mutated(dict(row))))
        call = self.map_call(row) if isinstance(row, dict) else None
        if call is not None:
            assert_call(call)

    @given(data=st.data())
    @THOROUGH
    def test_no_row_of_a_list_breaks_the_mapping(self, data: st.DataObject) -> None:
        if not self.extension_mappings:
            return
        map_extension, sample = data.draw(st.sampled_from(self.extension_mappings))
        row = data.draw(mutated(dict(sample)))
        extension = map_extension(row) if isinstance(row, dict) else None
        if extension is not None:
            assert_extension(extension)

    @given(data=st.data())
    @BRIEF
    def test_no_answer_breaks_the_client(self, data: st.DataObject) -> None:
        """Any answer of the company, changed anywhere, gives a valid value or a member of the error family, in bounded time."""
        victim = data.draw(
            st.sampled_from([answer for answer in self.answers if isinstance(answer.body, (dict, list))])
        )
        changed = replace(victim, body=data.draw(mutated(victim.body)))
        answers: list[Answer] = [changed if answer is victim else answer for answer in self.answers]
        for operation in (*self.operations().values(), self.rows):
            with playing(FakeApi([*answers, Answer(r".*", "", 404)])), suppress(ProviderError):
                assert_result(operation())
