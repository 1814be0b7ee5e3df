"""Every address of the site, asked for by everybody, against the table in access.txt."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.template.backends.django import Template
from django.test import Client

from telephony.core.testing.effort import takes_seconds
from telephony.models import Message
from tests.security import access
from tests.security.access import Row
from tests.security.addresses import Address, addresses
from tests.security.world import HERS, POSTED, Who, World

MAY_SEE_HERS = {Who.PERSON, Who.VIEWER, Who.ROOT}
# Mail programs post to it by themselves (RFC 8058); its signed address is the proof, and all it can do is to end mails of one kind.
SIGNED = {"telephony:notice_opt_out"}
HTMX = {"HX-Request": "true"}


def ways(address: Address) -> tuple[str, ...]:
    """How an address is asked for; parts of pages are asked for by htmx as well."""
    return ("GET", "HX", "POST") if address.is_part else ("GET", "POST")


def ask(browser: Client, method: str, address: Address, keys: Mapping[str, Any]) -> tuple[str, bytes]:
    """One answer, as a word and its body. What it has changed is taken back."""
    path, data = address.path(keys), POSTED.get(address.name, {})
    cache.clear()
    cookies = deepcopy(browser.cookies)
    with transaction.atomic():
        headers = HTMX if method == "HX" else {}
        response = browser.post(path, data) if method == "POST" else browser.get(path, headers=headers)
        found = access.outcome(response), body_of(response)
        transaction.set_rollback(True)
    browser.cookies = cookies
    return found


def body_of(response: HttpResponseBase) -> bytes:
    """The whole body, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def crawl(world: World, who: Who) -> Iterator[tuple[Row, str, bytes]]:
    """Everything one of them gets. What a POST does to files cannot be taken back, so all of them come last."""
    browser = world.browser(who, raise_request_exception=False)
    for method in ("GET", "HX", "POST"):
        for address in addresses():
            if method in ways(address):
                yield (address.name, method), *ask(browser, method, address, world.keys)


@pytest.mark.skipif("WRITE_ACCESS_TABLE" not in os.environ, reason="writes the table on request only")
def test_write_the_table(world: World) -> None:
    rows: dict[Row, dict[Who, str]] = {}
    for who in Who:
        for row, word, _body in crawl(world, who):
            rows.setdefault(row, {})[who] = word
    order = [(address.name, method) for address in addresses() for method in ways(address)]
    access.write({row: rows[row] for row in order})


def test_every_address_is_in_the_table_and_no_other() -> None:
    expected = access.read()
    rows = [(address.name, method) for address in addresses() for method in ways(address)]

    forgotten = [" ".join(row) for row in rows if row not in expected]
    gone = [" ".join(row) for row in expected if row not in rows]

    assert not forgotten, (
        f"Nobody has said who may see these addresses: {', '.join(forgotten)}. Add a line for each to tests/security/access.txt "
        "(its first lines say how), with what each of the six kinds of people should get."
    )
    assert not gone, f"tests/security/access.txt has lines for addresses that are gone: {', '.join(gone)}. Remove them."


THOROUGHLY = (Who.STAFF, Who.VIEWER, Who.ROOT, Who.STRANGER)  # somebody else's ids are asked for in test_strangers, too


@pytest.mark.parametrize(
    "who",
    [pytest.param(who, id=who.value, marks=takes_seconds if who in THOROUGHLY else ()) for who in Who],
)
def test_everybody_gets_what_the_table_says(who: Who, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = access.read()
    different, leaks = [], []
    if who in MAY_SEE_HERS:
        # What a page says is nothing here, and drawing it is half of the work: the headers' and secrets' tests read every page of theirs.
        monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")
    for row, word, body in crawl(world, who):
        if row in expected and word != expected[row][who]:
            different.append(f"{' '.join(row)}: {word} instead of {expected[row][who]}")
        if who not in MAY_SEE_HERS and HERS.encode() in body:
            leaks.append(" ".join(row))

    assert not different, f"{who.value} gets something else than access.txt says:\n  " + "\n  ".join(different)
    assert not leaks, f"{who.value} is shown what belongs to somebody else:\n  " + "\n  ".join(leaks)


def test_no_address_takes_a_post_from_another_site(world: World) -> None:
    browser = world.browser(Who.PERSON, enforce_csrf_checks=True)
    taken = []
    for address in addresses():
        with transaction.atomic():
            response = browser.post(address.path(world.keys))
            transaction.set_rollback(True)
        if response.status_code != 403 and address.name not in SIGNED:
            taken.append(f"{address.name}: {response.status_code}")

    assert not taken


def test_a_text_that_another_site_posts_is_neither_sent_nor_offered(world: World) -> None:
    browser = world.browser(Who.PERSON, enforce_csrf_checks=True)
    forged = {"recipient": "+4915112345678", "body": "A text of another site", "key": "x", "owner": "forged"}

    answer = browser.post("/telephony/messages/new/", forged)

    assert answer.status_code == 403
    assert "another site" not in browser.get("/telephony/messages/new/").content.decode()
    assert not Message.objects.filter(body__contains="another site").exists()
