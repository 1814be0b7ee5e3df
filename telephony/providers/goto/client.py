"""GoTo Connect's API: requests, pages and what they are asked for (https://developer.goto.com/GoToConnect).

One person may belong to several accounts, each a telephone system of its own. All are kept in the link's keys; one of them is read:
the one under CHOSEN_SYSTEM where somebody has chosen, else the first with GoTo Connect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from telephony.core import payload
from telephony.core.answers import Remembered, side_by_side
from telephony.core.calling import CallingDevice, CallProgress, StartedCall
from telephony.core.client import ClientContext, ExtensionList, MediaKind
from telephony.core.errors import AccessDenied, NotFound, NotOnContract, RequestRefused
from telephony.core.http import Reply, StreamedReply
from telephony.core.types import (
    CHOSEN_SYSTEM,
    AccountFacts,
    CallQuery,
    CallRecord,
    ExtensionKind,
    ExtensionRecord,
    Feature,
    Identity,
    Json,
    Kind,
    LogScope,
    Money,
    Page,
)
from telephony.providers.goto import calling, calls, endpoints, facts, mapping, media, people
from telephony.providers.goto.endpoints import Endpoint
from telephony.providers.goto.errors import raise_for
from telephony.providers.goto.paging import CallWalk, Progress, next_marker

LIST_PAGE = "100"  # rows of an extension or number list; the default is 50
AnswerT = TypeVar("AnswerT")


class GoToClient:
    """Reads one person's GoTo Connect. An answer that two methods need is fetched once per client."""

    def __init__(self, context: ClientContext) -> None:
        self._context = context
        self._remembered = Remembered()
        # Filled while the extensions are read, so that the numbers that are read next can tell whom they ring.
        self._extension_names: dict[str, str] = {}

    def identity(self) -> Identity:
        """One request. The profile answers any token, also one without a single scope. Raises UnusableReply without a user id."""
        profile = self._profile
        account = self._account_of(profile.accounts)
        company = account.name if account else ""
        return Identity(
            remote_id=profile.user_key,
            label=", ".join(filter(None, [profile.person or profile.email, company])) or profile.user_key,
            company=company,
            person=profile.person,
            email=profile.email,
            keys=self._keys(profile.accounts),
        )

    def facts(self) -> AccountFacts:
        """Profile, accounts, lines and, where the token allows, licences; what the token or the role does not allow is left out."""
        side_by_side([lambda: self._profile, lambda: self._own_lines, lambda: self._memberships, self._known_licences])
        profile = self._profile
        lines = _allowed(lambda: self._own_lines) or []
        memberships = _allowed(lambda: self._memberships) or []
        accounts = facts.all_accounts(profile, memberships, lines)
        account = self._account_of(accounts)
        told = facts.Told(profile, accounts, account, lines, memberships, self._licences(account))
        return replace(facts.account_facts(told), keys=self._keys(accounts) | facts.line_keys(told))

    def balance(self) -> Money:
        """There is none: the spec says so, and nobody asks."""
        raise NotOnContract(self._context.door.provider, "reading the balance", detail="GoTo Connect has no balance")

    def extension_lists(self) -> tuple[ExtensionList, ...]:
        """One's own lines; for administrators all extensions and numbers of the account, for others the numbers they call from."""
        lines = ExtensionList(frozenset({ExtensionKind.PHONE_LINE}), Feature.EXTENSIONS, self._read_lines)
        if self._is_admin is False:
            return lines, ExtensionList(frozenset({ExtensionKind.NUMBER}), Feature.NUMBERS, self._read_outgoing_numbers)
        extension_kinds = frozenset({*mapping.EXTENSION_KINDS.values(), ExtensionKind.OTHER})
        return (
            lines,
            ExtensionList(extension_kinds, Feature.EXTENSIONS, self._read_extensions),
            ExtensionList(frozenset({ExtensionKind.NUMBER}), Feature.NUMBERS, self._read_numbers),
        )

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page of one's own call history (one row per leg) or of the company's call report (one row per call).

        GoTo filters by time only. Nothing in it but calls, so a query for other kinds is answered without a request.
        """
        endpoint = endpoints.HISTORY if query.scope is LogScope.OWN else endpoints.REPORTS
        walk = self._walk(query, cursor, endpoint)
        if walk.since >= walk.end or (query.kinds and Kind.CALL not in query.kinds):
            return Page(())
        account_key = self._account_key(endpoint)
        reply = self._get(endpoint, walk.parameters(account_key, query.page_size))
        rows = payload.rows(reply, "items")
        onward = walk.after(reply, rows)
        read = calls.history_call if walk.scope is LogScope.OWN else calls.report_call
        numbering = calls.Numbering.of_keys(self._context.keys, account_key)
        records = filter(None, (read(row, numbering) for row in rows))
        # Newest first, say the notes; do not rely on it, says a client that does not.
        ordered = sorted(records, key=lambda record: record.started_at, reverse=True)
        return Page(tuple(ordered), onward.encode() if onward else None)

    def _walk(self, query: CallQuery, cursor: str | None, endpoint: Endpoint) -> CallWalk:
        if cursor is None:
            return CallWalk.of(query)
        try:
            walk = CallWalk.decode(cursor)
        except ValueError as error:
            raise self._refused(endpoint, "an unusable page cursor") from error
        if walk.scope is not query.scope:
            raise self._refused(endpoint, "a page cursor of the other call log")
        return walk

    def _refused(self, endpoint: Endpoint, detail: str) -> RequestRefused:
        return RequestRefused(self._context.door.provider, endpoint.operation, detail=detail)

    # --- What several methods need, each fetched once ---------------------------------------------------------------

    @property
    def _profile(self) -> people.Profile:
        return self._remembered.get(endpoints.PROFILE, self._read_profile)

    def _read_profile(self) -> people.Profile:
        reply = self._get(endpoints.PROFILE)
        profile = people.profile(reply.json_object())
        if not profile.user_key:
            raise reply.unusable("the profile has no user id")
        return profile

    @property
    def _memberships(self) -> list[Json]:
        return self._remembered.get(endpoints.MEMBERSHIPS, lambda: list(self._rows(endpoints.MEMBERSHIPS)))

    @property
    def _own_lines(self) -> list[Json]:
        return self._remembered.get(endpoints.LINES, lambda: list(self._rows(endpoints.LINES)))

    # --- Accounts -----------------------------------------------------------------------------------------------------

    def _account_of(self, accounts: Iterable[people.Account]) -> people.Account | None:
        return people.chosen(accounts, people.key_text(self._context.keys.get(CHOSEN_SYSTEM)))

    def _known_account(self) -> people.Account | None:
        """The account to read, from the link's keys, or from the profile for a client without any."""
        return self._account_of(people.accounts_from_keys(self._context.keys)) or self._account_of(
            self._profile.accounts
        )

    @property
    def _is_admin(self) -> bool | None:
        account = self._known_account()
        return account.admin if account else None

    def _account_key(self, endpoint: Endpoint) -> str:
        """The account to ask for. Raises NotOnContract for a user without any."""
        account = self._known_account() or self._account_of(
            map(people.membership, _allowed(lambda: self._memberships) or [])
        )
        if account is None:
            raise NotOnContract(self._context.door.provider, endpoint.operation, detail="this GoTo user has no account")
        return account.key

    def _keys(self, accounts: Iterable[people.Account]) -> dict[str, Any]:
        known = people.merged(accounts)
        account = self._account_of(known)
        return {
            "user_key": self._profile.user_key,
            "account_key": account.key if account else "",
            "accounts": [one.as_keys() for one in known],
        }

    # --- Lists --------------------------------------------------------------------------------------------------------

    def _read_lines(self) -> Iterator[ExtensionRecord]:
        account_key = self._account_key(endpoints.LINES)
        for row in self._own_lines:
            if people.account_of_line(row).key in ("", account_key):
                yield from _present(mapping.phone_line(row))

    def _read_outgoing_numbers(self) -> Iterator[ExtensionRecord]:
        account_key = self._account_key(endpoints.MEMBERSHIPS)
        for row in self._memberships:
            if people.membership(row).key == account_key:
                yield from map(mapping.outgoing_number, dict.fromkeys(people.outgoing_numbers(row)))

    def _read_extensions(self) -> Iterator[ExtensionRecord]:
        for row in self._rows_of_account(endpoints.EXTENSIONS):
            for record in _present(mapping.extension(row)):
                self._extension_names[record.key] = record.name
                yield record

    def _read_numbers(self) -> Iterator[ExtensionRecord]:
        for row in self._rows_of_account(endpoints.NUMBERS):
            yield from _present(mapping.phone_number(row, self._extension_names))

    def _rows_of_account(self, endpoint: Endpoint) -> Iterator[Json]:
        return self._rows(endpoint, [("accountKey", self._account_key(endpoint)), ("pageSize", LIST_PAGE)])

    def _known_licences(self) -> list[Json]:
        """Those of the account that the link's keys name: they can be asked for before the profile has answered."""
        return self._licences(self._account_of(people.accounts_from_keys(self._context.keys)))

    def _licences(self, account: people.Account | None) -> list[Json]:
        """The licences of an account; [] without asking where the token itself says that it lacks the scope."""
        wanted = endpoints.LICENCES
        if account is None or not account.admin or wanted.scope not in people.scopes_of(self._context.authorization()):
            return []
        try:
            endpoint = wanted.of_account(account.key)
        except ValueError:
            return []
        read = partial(self._remembered.get, endpoint, lambda: payload.rows(self._get(endpoint), "results"))
        return [row for row in _allowed(read) or [] if row.get("enabled") is not False]

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    def _rows(self, endpoint: Endpoint, query: list[tuple[str, str]] | None = None) -> Iterator[Json]:
        """All rows of a list, page by page. Raises UnusableReply when the pages go in circles."""
        progress, marker = Progress(), ""
        while True:
            reply = self._get(endpoint, [*(query or []), *([("pageMarker", marker)] if marker else [])])
            rows, marker = payload.rows(reply, "items"), next_marker(reply)
            if marker:
                progress = progress.onward(reply, rows, marker)
            yield from rows
            if not marker:
                return

    def calling_devices(self) -> tuple[CallingDevice, ...]:
        """The own lines in the account that is read, the primary one first."""
        account = self._known_account()
        return calling.devices(self._own_lines, account.key if account else "")

    def start_call(self, device: str, number: str) -> StartedCall:
        """Rings the devices of a line."""
        endpoint, context = endpoints.CALLS, self._context
        headers = {"Authorization": context.authorization()}
        url = endpoint.url(context.environment)
        reply = context.door.write(
            "POST", url, endpoint.operation, json_body=calling.body_of(device, number), headers=headers
        )
        calling.raise_refusal(reply, endpoint)
        return calling.started(reply)

    def call_progress(self, key: str) -> CallProgress:
        """GoTo tells nothing about calls that it has started. Raises NotFound."""
        raise NotFound(self._context.door.provider, "following a call", detail="GoTo does not tell")

    def cancel_call(self, key: str) -> None:
        """GoTo cannot take a start back. Raises NotFound."""
        raise NotFound(self._context.door.provider, "cancelling a call", detail="GoTo cannot take a start back")

    def media(self, kind: MediaKind, key: str, byte_range: str = "") -> StreamedReply:
        """The sound of a recording. Voicemails are not tied to calls in GoTo's API, so there is no key for one."""
        name = self._context.door.provider
        if kind is not MediaKind.RECORDING:
            raise NotOnContract(name, "playing a voicemail", detail="GoTo's call logs name no voicemail")
        sound = media.sound(key, self._get(media.content(key)))
        if sound is None:
            raise NotFound(name, "opening a recording", detail="the recording is not ready yet")
        headers = {"Authorization": self._context.authorization()} | ({"Range": byte_range} if byte_range else {})
        answer = self._context.door.stream(sound.url(self._context.environment), sound.operation, headers=headers)
        if isinstance(answer, StreamedReply):
            return answer
        raise_for(answer, sound)
        raise answer.unusable(f"no sound but status {answer.status}")

    def _get(self, endpoint: Endpoint, query: Iterable[tuple[str, str]] = ()) -> Reply:
        context = self._context
        reply = context.door.get(
            endpoint.url(context.environment),
            endpoint.operation,
            query=query,
            headers={"Authorization": context.authorization()},
        )
        raise_for(reply, endpoint)
        return reply


def _present(record: ExtensionRecord | None) -> Iterator[ExtensionRecord]:
    if record is not None:
        yield record


def _allowed(read: Callable[[], AnswerT]) -> AnswerT | None:
    """What `read` gives, None where the token or the role does not allow it or the account does not have it."""
    try:
        return read()
    except (AccessDenied, NotFound):
        return None
