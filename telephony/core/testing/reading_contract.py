"""The part of the contract about reading: identity, facts, balance, extensions, and walking the call log."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import ClassVar

from telephony.core.client import ClientContext, ProviderClient
from telephony.core.errors import ProviderError, UnusableReply
from telephony.core.spec import ProviderSpec
from telephony.core.testing.fakes import Answer, FakeApi, Request, Sent, fake_door, playing, stays_at
from telephony.core.testing.validity import (
    assert_call,
    assert_extension,
    assert_facts,
    assert_identity,
    assert_money,
)
from telephony.core.types import CallQuery, CallRecord, ExtensionRecord, Feature, Json, Page

MOST_PAGES = 60


class ReadingContract:
    """What every client gives when its provider behaves as documented.

    A subclass sets the class attributes; `answers` play one small company whose call log has at least two pages for `query`.
    `passes` says how often the log is walked from newest to oldest (a provider may need one walk for each of two lists).
    """

    spec: ClassVar[ProviderSpec]
    answers: ClassVar[Sequence[Answer]]
    remote_id: ClassVar[str]
    keys: ClassVar[Json] = {}
    authorization: ClassVar[str] = "Bearer contract-access-token"
    query: ClassVar[CallQuery] = CallQuery(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    passes: ClassVar[int] = 1

    # --- tools for this suite and for a provider's own tests ---

    def client(self, keys: Json | None = None) -> ProviderClient:
        """A new client of the provider's first environment."""
        context = ClientContext(
            self.spec.environments[0],
            fake_door(self.spec),
            lambda: self.authorization,
            self.keys if keys is None else keys,
        )
        return self.spec.client(context)

    @contextmanager
    def company(self, *first: Answer) -> Iterator[FakeApi]:
        """The company of `answers` inside the block; `first` are asked before them."""
        api = FakeApi((*first, *self.answers))
        with playing(api):
            yield api

    def walk(self, query: CallQuery | None = None) -> list[Page[CallRecord]]:
        """All pages of the call log, each read by a new client, as the sync does after a crash. Fails where paging does not end."""
        pages: list[Page[CallRecord]] = []
        cursor: str | None = None
        while len(pages) < MOST_PAGES:
            pages.append(self.client().calls(query or self.query, cursor))
            cursor = pages[-1].next_cursor
            if cursor is None:
                return pages
        raise AssertionError(f"the call log has not ended after {MOST_PAGES} pages")

    def rows(self, query: CallQuery | None = None) -> list[CallRecord]:
        """The calls of all pages."""
        return [call for page in self.walk(query) for call in page.items]

    def operations(self) -> Mapping[str, Callable[[], object]]:
        """Everything that a client can read, by name; each works on a client of its own."""
        operations: dict[str, Callable[[], object]] = {
            "identity": lambda: self.client({}).identity(),
            "facts": lambda: self.client().facts(),
            "calls": lambda: self.client().calls(self.query),
        }
        if Feature.BALANCE not in self.spec.not_offered:
            operations["balance"] = lambda: self.client().balance()
        return operations | {f"list {number}": self._reader(number) for number in range(self._list_count())}

    def _reader(self, number: int) -> Callable[[], list[ExtensionRecord]]:
        return lambda: [item for one in self.client().extension_lists()[number : number + 1] for item in one.read()]

    def _list_count(self) -> int:
        with self.company():
            return len(self.client().extension_lists())

    # --- who and what ---

    def test_the_identity_is_stable_and_usable(self) -> None:
        with self.company() as api:
            first, second = self.client({}).identity(), self.client({}).identity()
        assert first.remote_id == second.remote_id == self.remote_id
        assert first == second
        assert "@" not in first.remote_id, "an e-mail address is not an identity"
        assert_identity(first)
        assert json.loads(json.dumps(dict(first.keys))) == dict(first.keys), "keys must survive JSON unchanged"
        assert self.authorization.split()[-1] not in json.dumps(dict(first.keys))
        assert len(api.requests) % 2 == 0

    def test_the_keys_of_the_identity_are_enough_to_read_on(self) -> None:
        with self.company():
            keys = self.client({}).identity().keys
            assert_facts(self.client(keys).facts())
            assert self.client(keys).calls(self.query).items

    def test_the_facts_describe_the_account(self) -> None:
        with self.company():
            facts = self.client().facts()
        assert_facts(facts)
        assert facts.company or facts.person or facts.plan, "nothing is said about the account"

    def test_the_balance_is_money(self) -> None:
        if Feature.BALANCE in self.spec.not_offered:
            return
        with self.company():
            assert_money(self.client().balance())

    def test_the_extension_lists_are_valid_and_disjoint(self) -> None:
        with self.company():
            lists = self.client().extension_lists()
            assert lists
            seen: set[tuple[str, str]] = set()
            for extension_list in lists:
                assert extension_list.feature in (Feature.EXTENSIONS, Feature.NUMBERS)
                for extension in extension_list.read():
                    assert_extension(extension)
                    assert extension.kind in extension_list.kinds, f"{extension.kind} is not a kind of its list"
                    assert (extension.kind, extension.key) not in seen, f"{extension.key} comes twice"
                    seen.add((extension.kind, extension.key))
        assert seen, "the answers hold no extension"

    def test_one_client_asks_nothing_twice(self) -> None:
        with self.company() as api:
            client = self.client({})
            client.identity()
            client.facts()
            if Feature.BALANCE not in self.spec.not_offered:
                client.balance()
            for extension_list in client.extension_lists():
                list(extension_list.read())
            client.identity()
        assert len(set(api.urls)) == len(api.urls), "the same URL was asked for twice"

    def test_every_request_is_authorized_and_stays_at_the_provider(self) -> None:
        with self.company() as api:
            for operation in self.operations().values():
                operation()
        assert stays_at(api, self.spec.environments[0].origins)
        assert all(request.headers.get("Authorization") == self.authorization for request in api.requests)
        assert not any(self.authorization.split()[-1] in url for url in api.urls)

    # --- the call log ---

    def test_the_call_log_has_pages_that_end(self) -> None:
        with self.company():
            pages = self.walk()
        assert len(pages) >= 2, "the answers must have at least two pages"
        assert all(page.total is None or page.total >= 0 for page in pages)

    def test_a_page_costs_one_request(self) -> None:
        with self.company() as api:
            pages = self.walk()
            assert len(api.requests) == len(pages)

    def test_calls_are_valid(self) -> None:
        with self.company():
            rows = self.rows()
        assert rows
        for call in rows:
            assert_call(call)

    def test_calls_have_unique_keys(self) -> None:
        with self.company():
            keys = [call.key for call in self.rows()]
        assert len(set(keys)) == len(keys)

    def test_calls_come_newest_first(self) -> None:
        with self.company():
            pages = self.walk()
        for page in pages:
            moments = [call.started_at for call in page.items]
            assert moments == sorted(moments, reverse=True)
        moments = [call.started_at for page in pages for call in page.items]
        rises = sum(later > earlier for earlier, later in pairwise(moments))
        assert rises < self.passes, "the log is walked more often than it says"

    def test_cursors_are_text_that_a_url_can_carry(self) -> None:
        with self.company():
            cursors = [page.next_cursor for page in self.walk() if page.next_cursor]
        assert all(cursor.isascii() and len(cursor) < 1000 and not set(cursor) & set(" &?#%/+") for cursor in cursors)

    def test_a_log_that_does_not_move_on_is_noticed(self) -> None:
        with self.company():
            self.client().calls(self.query)
        frozen = self._frozen_first_page()
        with playing(frozen):
            error = raised_by(self.walk)
        assert isinstance(error, UnusableReply), "a page that repeats itself was taken for more calls"
        assert error.detail, "say what did not move"

    def _frozen_first_page(self) -> Callable[[Request], Sent]:
        """The first page's answer, whatever is asked."""
        api = FakeApi(self.answers)
        kept: list[Sent] = []

        def answer(request: Request) -> Sent:
            if not kept:
                kept.append(api(request))
            return kept[0]

        return answer


def raised_by(operation: Callable[[], object]) -> ProviderError | None:
    """The ProviderError that an operation raises, None where it succeeds. Anything else fails the test."""
    try:
        operation()
    except ProviderError as error:
        return error
    return None
