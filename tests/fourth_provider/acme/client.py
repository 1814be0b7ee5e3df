"""Acme's API: requests and pages. What the answers mean is in mapping.py."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from telephony.core import payload
from telephony.core.client import ClientContext, ExtensionList
from telephony.core.errors import ScopeMissing
from telephony.core.http import Query, Reply
from telephony.core.refusals import raise_for_status
from telephony.core.types import (
    AccountFacts,
    CallQuery,
    CallRecord,
    ExtensionKind,
    ExtensionRecord,
    Feature,
    Identity,
    Money,
    Page,
)
from telephony.providers.acme import mapping


class AcmeClient:
    """A `ProviderClient` for one Acme user. No address is asked twice by the same client."""

    def __init__(self, context: ClientContext) -> None:
        self._context = context
        self._base = context.environment.api_url.rstrip("/") + "/v1"

    def identity(self) -> Identity:
        """One request, which the scope `profile` allows."""
        return mapping.identity(self._me)

    def facts(self) -> AccountFacts:
        """The same request as for the identity."""
        return mapping.facts(self._me.json_object())

    def balance(self) -> Money:
        """The prepaid balance."""
        return mapping.money(self._get("/balance", "reading the balance"))

    def extension_lists(self) -> tuple[ExtensionList, ...]:
        """One list: the phone lines."""
        return (ExtensionList(frozenset({ExtensionKind.PHONE_LINE}), Feature.EXTENSIONS, self._lines),)

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page of the person's calls, newest first. Acme filters by time; the cursor is the number of the page.

        Raises UnusableReply when Acme sends another page than the one that was asked for.
        """
        number = payload.integer(cursor) or 1
        window = [("from", query.since.isoformat()), ("until", query.until.isoformat())]
        reply = self._get("/calls", "reading the calls", [*window, ("page", str(number))])
        rows = payload.rows(reply, "calls")
        body = reply.json_object()
        if payload.integer(body.get("page")) != number:
            raise reply.unusable(f"page {number} was asked for, and another one came")
        is_last = number >= (payload.integer(body.get("pages")) or 1)
        records = sorted(filter(None, map(mapping.call, rows)), key=lambda record: record.started_at, reverse=True)
        return Page(tuple(records), None if is_last else str(number + 1))

    @cached_property
    def _me(self) -> Reply:
        return self._get("/me", "reading the account")

    def _lines(self) -> Iterator[ExtensionRecord]:
        yield from filter(None, map(mapping.line, payload.rows(self._get("/lines", "reading the lines"), "lines")))

    def _get(self, path: str, operation: str, query: Query = ()) -> Reply:
        headers = {"Authorization": self._context.authorization()}
        return checked(self._context.door.get(self._base + path, operation, query=query, headers=headers))

    def _write(self, method: str, path: str, operation: str, body: object = None) -> Reply:
        """The answer to a write, whatever it says: its refusals have meanings of their own."""
        headers = {"Authorization": self._context.authorization()}
        return self._context.door.write(method, self._base + path, operation, json_body=body, headers=headers)


def checked(reply: Reply) -> Reply:
    """The reply if it is a success. Acme's own refusals first, then what the status means everywhere."""
    error = reply.error_json()
    if reply.status == 403 and error.get("error") == "insufficient_scope":
        scopes = payload.text(error.get("scope")).split()
        raise ScopeMissing(reply.provider, reply.operation, scopes=scopes, **reply.error_details())
    raise_for_status(reply)
    return reply
