"""sipgate's address book: pages, odd entries, and what it says when it may not be read."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.core.client import KeepsContacts
from telephony.core.errors import RateLimited, ScopeMissing, UnusableReply
from telephony.core.testing.fakes import Answer
from telephony.core.types import ContactRecord
from telephony.providers.sipgate.directory import contact
from telephony.providers.sipgate.tests.samples import bearer, client, company

INA = {"id": "1", "name": "Ina Muster", "numbers": [{"number": "+491760406901", "type": ["cell"]}], "scope": "SHARED"}
NOBODY_INSIDE = Answer(r"/v2/contacts/internal", {"items": []})


def read(*answers: Answer, scope: str = "all") -> list[ContactRecord]:
    """All contacts that these answers give."""
    with company(*answers):
        reader = client(bearer(scope=scope))
        assert isinstance(reader, KeepsContacts)
        return list(reader.contacts())


def page(first: int, count: int, offset: int | None = None) -> Answer:
    """A page of invented contacts."""
    items = [INA | {"id": str(at), "name": f"Ina {at}"} for at in range(first, first + count)]
    return Answer(r"/v2/contacts", {"items": items}, query={"offset": str(first if offset is None else offset)})


def test_colleagues_come_after_the_contacts_and_their_extensions_do_not() -> None:
    inside = {"id": "w0", "name": "Grete Beispiel", "landline": ["+4921158000"], "mobile": [], "directdial": ["23"]}
    found = read(Answer(r"/v2/contacts", {"items": [INA]}), Answer(r"/v2/contacts/internal", {"items": [inside]}))
    assert found == [ContactRecord("Ina Muster", ("+491760406901",)), ContactRecord("Grete Beispiel", ("+4921158000",))]


def test_pages_follow_each_other() -> None:
    assert len(read(page(0, 1000), page(1000, 3), NOBODY_INSIDE)) == 1003


def test_a_book_that_does_not_move_on_is_not_read_for_ever() -> None:
    with pytest.raises(UnusableReply):
        read(page(0, 1000), page(0, 1000, offset=1000))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            INA | {"name": "", "organization": [["Muster AG", "Einkauf"]]},
            ContactRecord("Muster AG", ("+491760406901",)),
        ),
        (
            INA | {"name": None, "organization": [[], None, ["Muster AG"]]},
            ContactRecord("Muster AG", ("+491760406901",)),
        ),
        (INA | {"name": "", "organization": "Muster"}, None),
        (INA | {"numbers": []}, None),
        (INA | {"numbers": None}, None),
        (INA | {"numbers": [{"number": 7}, None, {"number": ""}]}, ContactRecord("Ina Muster", ("7",))),
        (INA | {"numbers": [{"number": "+491"}, {"number": "+491"}]}, ContactRecord("Ina Muster", ("+491",))),
        ({}, None),
    ],
)
def test_an_odd_entry_is_read_as_far_as_it_goes(row: dict[str, Any], expected: ContactRecord | None) -> None:
    assert contact(row) == expected


def test_refusals_are_the_familys() -> None:
    with pytest.raises(ScopeMissing) as missing:
        read(Answer(r"/v2/contacts", "", 403), scope="history:read")
    assert missing.value.scopes == ("contacts:read",)
    with pytest.raises(RateLimited):
        read(Answer(r"/v2/contacts", "", 429))
    with pytest.raises(UnusableReply):
        read(Answer(r"/v2/contacts", "<html>", 200, {"Content-Type": "text/html"}))
