"""sipgate's REST API, version 2: requests and paging. What the answers mean is in `account`, `directory` and `mapping`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from telephony.core.answers import Remembered, side_by_side
from telephony.core.call_errors import DeviceNotAvailable
from telephony.core.calling import CallingDevice, CallProgress, StartedCall
from telephony.core.client import ClientContext, ExtensionList, MediaKind
from telephony.core.errors import AccessDenied, NotFound, NotOnContract, RequestRefused, ScopeMissing
from telephony.core.http import Query, Reply, StreamedReply
from telephony.core.payload import integer, rows, text
from telephony.core.refusals import raise_for_status
from telephony.core.types import (
    AccountFacts,
    CallQuery,
    CallRecord,
    ContactRecord,
    ExtensionKind,
    ExtensionRecord,
    Feature,
    Identity,
    Money,
    Page,
)
from telephony.providers.sipgate import account, calling, directory, mapping, media
from telephony.providers.sipgate.addresses import api_url
from telephony.providers.sipgate.claims import TokenClaims, read_claims
from telephony.providers.sipgate.errors import raise_for
from telephony.providers.sipgate.history import Position, fingerprint, page_limit, parameters

NUMBERS_PAGE = 100
CONTACTS_PAGE = 1000  # the default is 5,000; smaller pages keep within the size that an answer may have
MOST_CONTACT_PAGES = 100
USERS_AT_ONCE = 4  # the rate limit is not published: few enough to be no burst
MOST_NUMBER_PAGES = 200

Row = Mapping[str, Any]


class SipgateClient:
    """A ProviderClient for one sipgate user. Except for the history, no address is asked twice by the same client.

    Of `context.keys` it uses `account` (masterSipId), `user` (w0), `region` (country of national numbers) and `neo` (new system).
    """

    def __init__(self, context: ClientContext) -> None:
        self._context = context
        self._base = api_url(context.environment)
        self._remembered = Remembered()
        self._token_claims: TokenClaims | None = None

    # --- who and what ---

    def identity(self) -> Identity:
        """One request, which needs no scope."""
        return account.identity(self._get("/authorization/userinfo", "reading whose credentials these are"))

    def facts(self) -> AccountFacts:
        """Account, own user and kind of system, side by side. Without users:read the person stays unnamed."""
        side_by_side([self._account_details, lambda: self._own_user, lambda: self._neo])
        details = self._account_details()
        neo = self._neo
        return account.facts(details, self._own_user, account_id=self._key("account"), neo=neo)

    def _account_details(self) -> Row:
        return self._get("/account", "reading the account", "account:read").json_object()

    def balance(self) -> Money:
        """The prepaid balance; one request."""
        return account.money(self._get("/balance", "reading the balance", "balance:read"))

    # --- extensions ---

    def extension_lists(self) -> tuple[ExtensionList, ...]:
        """Users, their devices, phone lines (classic) or channels (neo), and numbers."""
        extensions, lines = Feature.EXTENSIONS, frozenset({ExtensionKind.PHONE_LINE, ExtensionKind.CHANNEL})
        return (
            ExtensionList(frozenset({ExtensionKind.USER}), extensions, lambda: _once(map(directory.user, self._users))),
            ExtensionList(frozenset({ExtensionKind.DEVICE}), extensions, lambda: _once(self._devices())),
            ExtensionList(lines, extensions, lambda: _once(self._lines())),
            ExtensionList(frozenset({ExtensionKind.NUMBER}), Feature.NUMBERS, lambda: _once(self._numbers())),
        )

    @property
    def _users(self) -> list[Row]:
        """The users that this one may see: all, or where the role (not the scope) forbids that, only the own one."""
        try:
            return self._rows("/users", "reading the users", "users:read")
        except ScopeMissing:
            raise
        except AccessDenied:
            return [self._read_own_user()]

    def _devices(self) -> Iterator[ExtensionRecord | None]:
        # On neo, only this parameter makes the list hold the app as well; classic accounts are not documented to know it.
        query = (("type", "all"),) if self._neo_by_token else ()
        yield from self._per_user("devices", "devices:read", directory.device, query)

    def _lines(self) -> Iterator[ExtensionRecord | None]:
        if not self._neo_by_token:
            try:
                yield from self._per_user("phonelines", "phonelines:read", directory.phone_line)
            except NotOnContract:
                pass  # a neo account: it has channels instead
            else:
                return
        names = {text(user.get("id")): directory.user_name(user) for user in self._users}
        for row in self._rows("/channels", "reading the channels", "channels:read"):
            yield directory.channel(row, names)

    def _per_user(
        self, name: str, scope: str, to_record: Callable[[Row, str], ExtensionRecord | None], query: Query = ()
    ) -> Iterator[ExtensionRecord | None]:
        """What belongs to each user. Another user's things that are refused are not this person's to see, and left out.

        sipgate has no list for all users together. The first is asked for alone, so that a missing scope costs one request.
        """
        users = [user for user in self._users if text(user.get("id"), limit=60)]
        for place, user in enumerate(users):
            if (place - 1) % USERS_AT_ONCE == 0:
                ahead = (self._path_of(one, name) for one in users[place : place + USERS_AT_ONCE])
                side_by_side([partial(self._rows, path, f"reading the {name}", scope, query) for path in ahead])
            try:
                found = self._rows(self._path_of(user, name), f"reading the {name}", scope, query)
            except (ScopeMissing, NotOnContract):
                raise
            except (AccessDenied, NotFound):
                if text(user.get("id"), limit=60) == self._user:
                    raise
                continue
            owner = directory.user_name(user)
            yield from (to_record(row, owner) for row in found)

    @staticmethod
    def _path_of(user: Row, name: str) -> str:
        return f"/{quote(text(user.get('id'), limit=60), safe='')}/{name}"

    def _numbers(self) -> Iterator[ExtensionRecord | None]:
        """The account's numbers, or where the role (not the scope) forbids that, the person's own."""
        try:
            yield from self._account_numbers()
        except ScopeMissing:
            raise
        except AccessDenied:
            path = f"/{quote(self._user, safe='')}/numbers"
            yield from map(directory.number, self._rows(path, "reading the own phone numbers", "numbers:read"))

    def _account_numbers(self) -> Iterator[ExtensionRecord | None]:
        """Page by page. sipgate refuses a limit that it dislikes instead of lowering it, so a short page is the last one."""
        previous: list[Row] = []
        for page in range(MOST_NUMBER_PAGES):
            query = (("offset", str(page * NUMBERS_PAGE)), ("limit", str(NUMBERS_PAGE)))
            reply = self._get("/numbers", "reading the phone numbers", "numbers:read", query)
            found = rows(reply, "items")
            if found and found == previous and len(found) == NUMBERS_PAGE:
                raise reply.stuck("the same page of phone numbers came twice")
            yield from map(directory.number, found)
            if len(found) != NUMBERS_PAGE:
                return
            previous = found
        raise reply.stuck("the list of phone numbers does not end")

    # --- contacts ---

    def contacts(self) -> Iterator[ContactRecord]:
        """The shared contacts and the person's own, and then the users with their numbers (`/contacts/internal`)."""
        previous: list[Row] = []
        for page in range(MOST_CONTACT_PAGES):
            query = (("limit", str(CONTACTS_PAGE)), ("offset", str(page * CONTACTS_PAGE)))
            reply = self._get("/contacts", "reading the contacts", "contacts:read", query)
            found = rows(reply, "items")
            if found and found == previous:
                raise reply.stuck("the same page of contacts came twice")
            yield from filter(None, map(directory.contact, found))
            if len(found) < CONTACTS_PAGE:
                break
            previous = found
        else:
            raise reply.stuck("the list of contacts does not end")
        inside = self._rows("/contacts/internal", "reading the colleagues", "contacts:read")
        yield from filter(None, map(directory.colleague, inside))

    # --- calls ---

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page of the history, newest first: first what is not archived, then the archive (see `history`).

        sipgate has one log per person, so `query.scope` changes nothing. Time, kinds, directions and an E.164 number are passed on.
        """
        position = self._position(query, cursor)
        reply = self._send("/history", "reading the history", "history:read", parameters(query, position))
        found = rows(reply, "items")
        seen = fingerprint(text(row.get("id"), limit=100) for row in found)
        if seen and seen == position.seen:
            raise reply.stuck(f"the history does not move on: the page at {position.offset} is the one before it")
        following = position.after(len(found), integer(reply.json_object().get("totalCount")), page_limit(query), seen)
        region = self._context.keys.get("region")
        records = [
            record
            for row in found
            if mapping.is_archived(row) in (None, position.archived)
            and (record := mapping.call(row, region if isinstance(region, str) else None))
        ]
        records.sort(key=lambda record: record.started_at, reverse=True)
        return Page(tuple(records), following.cursor if following else None)

    def _position(self, query: CallQuery, cursor: str | None) -> Position:
        try:
            return Position.read(cursor) if cursor else Position.first(query)
        except ValueError as error:
            provider = self._context.door.provider
            raise RequestRefused(provider, "reading the history", detail="not a cursor of the history") from error

    # --- starting calls ---

    def calling_devices(self) -> tuple[CallingDevice, ...]:
        """The own devices, the default one first where the own user may be read."""
        neo = bool(self._neo)
        path, query = self._path_of({"id": self._user}, "devices"), (("type", "all"),) if neo else ()
        found = self._rows(path, "reading the own devices", "devices:read", query)
        return calling.devices(found, neo=neo, default=text(self._own_user.get("defaultDevice"), limit=60))

    def start_call(self, device: str, number: str) -> StartedCall:
        """By the path of the account's kind, which the device's key tells."""
        door, operation = self._context.door, "starting a call"
        try:
            start = calling.start_of(device, number)
        except ValueError as error:
            raise DeviceNotAvailable(door.provider, operation, detail=str(error)) from error
        headers = {"Authorization": self._context.authorization()}
        reply = door.write("POST", self._base + start.path, operation, json_body=start.body, headers=headers)
        calling.raise_refusal(reply, start, self._claims)
        return calling.started(reply)

    def call_progress(self, key: str) -> CallProgress:
        """sipgate tells nothing about calls that it has started. Raises NotFound."""
        raise NotFound(self._context.door.provider, "following a call", detail="sipgate does not tell")

    def cancel_call(self, key: str) -> None:
        """sipgate cannot take a start back. Raises NotFound."""
        raise NotFound(self._context.door.provider, "cancelling a call", detail="sipgate cannot take a start back")

    # --- keys and kinds of account ---

    def _key(self, name: str) -> str:
        known = self._context.keys.get(name)
        return known if isinstance(known, str) and known else str(self.identity().keys[name])

    @property
    def _user(self) -> str:
        return self._key("user")

    def _read_own_user(self) -> Row:
        return self._get(f"/users/{quote(self._user, safe='')}", "reading the own user", "users:read").json_object()

    @property
    def _own_user(self) -> Row:
        """The person's own entry; {} where it may not be read."""
        try:
            return self._read_own_user()
        except (AccessDenied, NotFound):
            return {}

    @property
    def _neo_by_token(self) -> bool | None:
        """Whether the account is on the new system, as far as that is known without asking. Accounts move to it, and never back."""
        return True if self._context.keys.get("neo") is True else self._claims.neo

    @property
    def _neo(self) -> bool | None:
        """The same, with a probe where the credential does not tell: phone lines are refused to neo accounts with a sentence."""
        if self._neo_by_token is not None:
            return self._neo_by_token
        try:
            self._get(f"/{quote(self._user, safe='')}/phonelines", "reading the phonelines", "phonelines:read")
        except NotOnContract:
            return True
        except (AccessDenied, NotFound):
            return None
        return False

    # --- requests ---

    def _rows(self, path: str, operation: str, scope: str, query: Query = ()) -> list[Row]:
        return rows(self._get(path, operation, scope, query), "items")

    def media(self, kind: MediaKind, key: str, byte_range: str = "") -> StreamedReply:
        """The sound behind a history entry: its fresh link, then the sound itself."""
        operation = "playing a recording"
        entry = self._send(media.entry_path(key), "opening a recording", "history:read", ())
        link = media.link_in(entry, kind)
        if not link:
            raise NotFound(self._context.door.provider, operation, detail="the entry has no recording any more")
        answer = self._context.door.stream(link, operation, headers={"Range": byte_range} if byte_range else None)
        if isinstance(answer, StreamedReply):
            return answer
        raise_for_status(answer)
        raise answer.unusable(f"no sound but status {answer.status}")

    def _get(self, path: str, operation: str, scope: str = "", query: Query = ()) -> Reply:
        """The answer from `path`, asked for once per client; a refusal is remembered as well."""
        parameters = tuple(query)
        reply = self._remembered.get((path, parameters), lambda: self._ask(path, operation, parameters))
        raise_for(reply, self._claims, scope)
        return reply

    def _send(self, path: str, operation: str, scope: str, query: Query) -> Reply:
        reply = self._ask(path, operation, query)
        raise_for(reply, self._claims, scope)
        return reply

    def _ask(self, path: str, operation: str, query: Query) -> Reply:
        authorization = self._context.authorization()
        self._token_claims = read_claims(authorization)
        return self._context.door.get(
            self._base + path, operation, query=query, headers={"Authorization": authorization}
        )

    @property
    def _claims(self) -> TokenClaims:
        """Those of the credential that was sent last, or will be sent first."""
        return self._token_claims or read_claims(self._context.authorization())


def _once(records: Iterable[ExtensionRecord | None]) -> Iterator[ExtensionRecord]:
    """The records without the unusable ones and without repetitions: a shared device is listed with each of its users."""
    seen: set[str] = set()
    for record in records:
        if record is not None and record.key not in seen:
            seen.add(record.key)
            yield record
