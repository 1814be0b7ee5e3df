"""The part of the contract about sending texts: one request, and every fault of a write becomes refused or unknown, never a guess."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
import responses

from telephony.core.client import ProviderClient, SendsTexts
from telephony.core.errors import CredentialRejected, ProviderError, RateLimited, ServerFault
from telephony.core.testing.fakes import ANY_URL, Answer, FakeApi
from telephony.core.testing.reading_contract import ReadingContract
from telephony.core.texts import OutgoingText
from telephony.core.types import Direction
from telephony.core.write_errors import is_outcome_unknown

PAGE = "<!doctype html><html><body>Back soon</body></html>"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)

# (name, status, body, error, whether the text may have been sent)
WRITE_FAULTS: tuple[tuple[str, int, Any, type[ProviderError], bool], ...] = (
    ("401", 401, "", CredentialRejected, False),
    ("403 with a page, from a firewall", 403, PAGE, ProviderError, False),
    ("400", 400, "", ProviderError, False),
    ("429", 429, "", RateLimited, False),
    ("500", 500, "", ServerFault, True),
    ("503", 503, "", ServerFault, True),
    ("502 with a page", 502, PAGE, ServerFault, True),
    ("a page instead of an answer", 200, PAGE, ProviderError, True),
    ("a redirect", 307, "", ProviderError, True),
    ("408", 408, "", ProviderError, True),
    ("a time-out", 200, TimeoutError("timed out"), ProviderError, True),
    ("a connection that breaks", 200, ConnectionResetError("reset by peer"), ProviderError, True),
)


class TextContract(ReadingContract):
    """What holds for texts. `sent_answer` is the provider's answer to an accepted text, None where it sends none."""

    sent_answer: ClassVar[Answer | None] = None
    text: ClassVar[OutgoingText] = OutgoingText("+12125550101", "+12125550142", "See you at nine.")

    def test_the_client_sends_texts_where_the_spec_says_so(self) -> None:
        sends = isinstance(self.client(), SendsTexts)
        assert sends is (self.spec.texts is not None)
        assert sends is (self.sent_answer is not None), "the contract needs the answer to an accepted text"

    def test_a_text_is_one_request(self) -> None:
        client = self._texting()
        assert self.sent_answer
        with _writing(self.sent_answer) as api:
            record = client.send_text(self.text)
        assert [request.method for request in api.requests] == ["POST"]
        assert record.direction is Direction.OUTBOUND
        assert (record.number, record.body) == (self.text.recipient, self.text.body)

    @pytest.mark.parametrize("fault", WRITE_FAULTS, ids=lambda fault: str(fault[0]))
    def test_a_fault_of_a_write_is_refused_or_unknown(
        self, fault: tuple[str, int, Any, type[ProviderError], bool]
    ) -> None:
        _name, status, body, expected, may_have_happened = fault
        client = self._texting()
        with _writing(Answer(r".*", body, status)) as api, pytest.raises(expected) as raised:
            client.send_text(self.text)
        assert is_outcome_unknown(raised.value) is may_have_happened
        assert len(api.requests) == 1, "a write is never repeated"
        assert raised.value.operation

    def test_odd_lists_of_texts_give_an_error_or_nothing(self) -> None:
        client = self._texting()
        bodies: tuple[Any, ...] = (
            {"items": [{}], "records": [{}]},
            {"items": [None, 7], "records": ["x"]},
            [],
            "null",
            PAGE,
        )
        for body in bodies:
            with _answering(Answer(r".*", body)):
                with suppress(ProviderError):
                    assert client.sent_texts(self.text.sender, self.text.recipient, SINCE) == ()
                with suppress(ProviderError):
                    assert client.received_texts((self.text.sender,), SINCE) == ()

    def _texting(self) -> Any:
        client: ProviderClient = self.client()
        if not isinstance(client, SendsTexts):
            pytest.skip("this provider sends no texts")
        return client


@contextmanager
def _writing(answer: Answer) -> Iterator[FakeApi]:
    """Every POST is answered like this, and nothing else is."""
    with _mocked(answer, responses.POST) as api:
        yield api


@contextmanager
def _answering(answer: Answer) -> Iterator[FakeApi]:
    with _mocked(answer, responses.GET) as api:
        yield api


@contextmanager
def _mocked(answer: Answer, method: str) -> Iterator[FakeApi]:
    api = FakeApi([answer])
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(method, ANY_URL, callback=api, content_type=None)
        yield api
