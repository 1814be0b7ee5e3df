"""RingCentral's REST API: requests, pages and refusals. What the answers mean is in mapping.py, directory.py and account.py.

Every path says ``~`` for *the account and extension of this token*. Each URL is asked for at most once per client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from telephony.core import payload
from telephony.core.answers import Remembered, side_by_side
from telephony.core.calling import CallingDevice, CallProgress, StartedCall
from telephony.core.client import ClientContext, ExtensionList, LogChanges, MediaKind
from telephony.core.errors import AccessDenied, NotFound, NotOnContract
from telephony.core.http import Query, Reply, StreamedReply
from telephony.core.phone import digits, to_e164
from telephony.core.types import (
    AccountFacts,
    CallQuery,
    CallRecord,
    Direction,
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
from telephony.providers.ringcentral import calling, changes, forwarding, media
from telephony.providers.ringcentral.account import AccountAnswers, account_facts, identity_of
from telephony.providers.ringcentral.addresses import platform_base
from telephony.providers.ringcentral.directory import KINDS_OF_EXTENSIONS, extension_record, number_record
from telephony.providers.ringcentral.errors import raise_for
from telephony.providers.ringcentral.mapping import call_record
from telephony.providers.ringcentral.paging import (
    LARGEST_PAGE,
    LAST_PAGE,
    CallCursor,
    moved,
    read_page,
)

OWN_EXTENSION = "/restapi/v1.0/account/~/extension/~"
ACCOUNT = "/restapi/v1.0/account/~"
ACCOUNT_V2 = "/restapi/v2/accounts/~"
EXTENSIONS = "/restapi/v1.0/account/~/extension"
OWN_NUMBERS = "/restapi/v1.0/account/~/extension/~/phone-number"
CALL_LOGS = {
    LogScope.OWN: "/restapi/v1.0/account/~/extension/~/call-log",
    LogScope.COMPANY: "/restapi/v1.0/account/~/call-log",
}
# The Detailed view was limited to 250 records in older editions of the vendor's document; newer ones say 1000.
LARGEST_CALL_PAGE = 250
_TYPES = {Kind.CALL: "Voice", Kind.FAX: "Fax"}
_DIRECTIONS = {Direction.INBOUND: "Inbound", Direction.OUTBOUND: "Outbound"}

ToRecord = Callable[[Json], ExtensionRecord | None]


class RingCentralClient:
    """A `ProviderClient` for one linked RingCentral extension."""

    def __init__(self, context: ClientContext) -> None:
        self._context = context
        self._name = context.door.provider
        self._base = platform_base(context.environment.api_url)
        self._remembered = Remembered()

    def identity(self) -> Identity:
        """Who the token belongs to: one request, for the own extension."""
        reply = self._once(OWN_EXTENSION, "reading the own extension")
        identity = identity_of(reply.json_object())
        if identity is None:
            raise reply.unusable("the own extension has no id, or names no account")
        return identity

    def facts(self) -> AccountFacts:
        """Extension, account and company: three requests side by side. What the role may not read is left out and said so."""
        own, about_account, about_company = (
            (OWN_EXTENSION, "reading the own extension"),
            (ACCOUNT, "reading the account"),
            (ACCOUNT_V2, "reading the company"),
        )
        side_by_side([partial(self._once, *place) for place in (own, about_account, about_company)])
        self.identity()
        extension = self._once(*own).json_object()
        withheld: list[str] = []
        account = self._if_allowed(*about_account, withheld)
        company = self._if_allowed(*about_company, withheld)
        return account_facts(AccountAnswers(extension, account, company, tuple(withheld)))

    def balance(self) -> Money:
        """Never answers: the API has no balance, as the spec says. Raises NotOnContract."""
        raise NotOnContract(self._name, "reading the balance", detail="RingCentral's API has no balance")

    def extension_lists(self) -> tuple[ExtensionList, ...]:
        """The company's extensions of every type, and the phone numbers that the own extension can use."""
        return (
            ExtensionList(
                KINDS_OF_EXTENSIONS,
                Feature.EXTENSIONS,
                partial(self._walk, EXTENSIONS, "reading the extensions", extension_record),
            ),
            ExtensionList(
                frozenset({ExtensionKind.NUMBER}),
                Feature.NUMBERS,
                partial(self._walk, OWN_NUMBERS, "reading the phone numbers", number_record),
            ),
        )

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page of the own or the company's call log, newest first, with legs and with deleted records (marked as such).

        RingCentral filters by time, type, direction and whole numbers. There are no texts in its call log, and no records of kind
        VOICEMAIL (a voicemail belongs to a call): for these alone, nothing is asked and nothing is there.
        """
        if query.kinds and not query.kinds & _TYPES.keys():
            return Page(())
        place = CallCursor.decode(cursor, self._name) if cursor else _first_page(query)
        reply = self._get(CALL_LOGS[query.scope], "reading the call log", _call_parameters(query, place))
        page = read_page(reply, place.page, place.size)
        records = [record for row in page.rows if (record := call_record(row, self._region))]
        return Page(
            items=tuple(sorted(records, key=lambda record: record.started_at, reverse=True)),
            next_cursor=_following(reply, place, records).encode() if page.more else None,
            total=page.total,
        )

    def changes(self, scope: LogScope, token: str, since: datetime) -> LogChanges:
        """What changed in the own or the company's call log, by RingCentral's sync tokens; see `changes.changes`."""
        return changes.changes(self._get, scope, token, since, self._region)

    @property
    def _region(self) -> str | None:
        """The country that numbers in national form belong to."""
        return payload.text(self._context.keys.get("region")) or None

    def media(self, kind: MediaKind, key: str, byte_range: str = "") -> StreamedReply:
        """The sound of a recording or voicemail, from the media host."""
        path = media.recording_path(key)
        if kind is MediaKind.VOICEMAIL:
            message = self._get(media.message_path(key), "opening a voicemail")
            path = media.attachment_path(message, key)
        if not path:
            raise NotFound(self._name, "playing a voicemail", detail="the message has no sound any more")
        host = platform_base(self._context.environment.other_url("media"))
        headers = {"Authorization": self._context.authorization()} | ({"Range": byte_range} if byte_range else {})
        answer = self._context.door.stream(host + path, "playing a recording", headers=headers)
        if isinstance(answer, StreamedReply):
            return answer
        raise raise_for(answer).unusable(f"no sound but status {answer.status}")

    def calling_devices(self) -> tuple[CallingDevice, ...]:
        """The own direct numbers, then the forwarding numbers, where the role may see these."""
        direct = calling.devices(self._rows(OWN_NUMBERS, "reading the own numbers"), self._region)
        numbers = [device.number for device in direct]
        try:
            rows = list(self._rows(forwarding.FORWARDING_NUMBERS, "reading the forwarding numbers"))
        except (AccessDenied, NotFound, NotOnContract):
            if not direct:
                raise
            rows = []  # a role or a kind of extension without them calls from the direct numbers all the same
        return (*direct, *forwarding.forwarding_devices(rows, self._region, numbers))

    def start_call(self, device: str, number: str) -> StartedCall:
        """A RingOut from one of the own numbers."""
        reply = self._write("POST", calling.RING_OUTS, "starting a call", calling.body_of(device, number))
        if reply.status >= 400:
            raise calling.refusal(reply)
        return calling.started(reply)

    def call_progress(self, key: str) -> CallProgress:
        """The status of a RingOut; RingCentral forgets it soon after the call."""
        return calling.progress(self._get(calling.ring_out_path(key), "following a call").json_object())

    def cancel_call(self, key: str) -> None:
        """Works until the own telephone has answered."""
        raise_for(self._write("DELETE", calling.ring_out_path(key), "cancelling a call"))

    def _write(self, method: str, path: str, operation: str, body: object = None) -> Reply:
        headers = {"Authorization": self._context.authorization()}
        return self._context.door.write(method, self._base + path, operation, json_body=body, headers=headers)

    def _get(self, path: str, operation: str, query: Query = ()) -> Reply:
        headers = {"Authorization": self._context.authorization()}
        return raise_for(self._context.door.get(self._base + path, operation, query=query, headers=headers))

    def _once(self, path: str, operation: str) -> Reply:
        """The answer at `path`, asked for the first time only."""
        return self._remembered.get(path, partial(self._get, path, operation))

    def _if_allowed(self, path: str, operation: str, withheld: list[str]) -> Json:
        """The object at `path`, or {} and a sentence in `withheld` where the person may not read it."""
        try:
            return self._once(path, operation).json_object()
        except (AccessDenied, NotFound) as error:
            withheld.append(error.sentence)
            return {}

    def _walk(self, path: str, operation: str, to_record: ToRecord) -> Iterator[ExtensionRecord]:
        """What the rows of all pages of a list become; rows without an id are left out."""
        yield from filter(None, map(to_record, self._rows(path, operation)))

    def _rows(self, path: str, operation: str) -> Iterator[Json]:
        """The rows of all pages of a list. Raises UnusableReply when a page comes twice, or when the pages do not end."""
        digest = ""
        for number in range(1, LAST_PAGE + 1):
            reply = self._get(path, operation, [("page", str(number)), ("perPage", str(LARGEST_PAGE))])
            page = read_page(reply, number, LARGEST_PAGE)
            keys = (payload.text(row.get("id"), limit=100) for row in page.rows)
            digest = moved(reply, digest, filter(None, keys))
            yield from page.rows
            if not page.more:
                return
        raise reply.stuck(f"paging does not end: there is more behind page {LAST_PAGE}")


def _following(reply: Reply, place: CallCursor, records: list[CallRecord]) -> CallCursor:
    """Where to read on. Behind the last page that can be numbered, the window ends at its oldest record instead."""
    digest = moved(reply, place.digest, (record.key for record in records))
    if place.page < LAST_PAGE:
        return replace(place, page=place.page + 1, digest=digest)
    oldest = min((record.started_at for record in records), default=None)
    window_end = payload.moment(place.date_to)
    if oldest is None or window_end is None or oldest >= window_end - timedelta(seconds=2):
        raise reply.stuck(f"paging does not end: there is more behind page {LAST_PAGE}")
    # One second more, so that records of the same second as the oldest are not lost, whether or not dateTo includes itself.
    return replace(place, page=1, date_to=_upper(oldest + timedelta(seconds=1)), digest="")


def _first_page(query: CallQuery) -> CallCursor:
    size = max(1, min(query.page_size, LARGEST_CALL_PAGE))
    return CallCursor(1, size, _lower(query.since), _upper(query.until))


def _call_parameters(query: CallQuery, place: CallCursor) -> list[tuple[str, str]]:
    """The query of one page. Parameters with several values are repeated; without dateFrom the log would begin a day ago.

    A number in part, or an extension's, is not passed on: RingCentral compares whole numbers, as digits without the plus sign.
    """
    parameters = [
        ("view", "Detailed"),
        ("showDeleted", "true"),
        ("dateFrom", place.date_from),
        ("dateTo", place.date_to),
        ("page", str(place.page)),
        ("perPage", str(place.size)),
    ]
    if query.kinds:
        parameters += [("type", name) for kind, name in _TYPES.items() if kind in query.kinds]
    if query.directions and query.directions <= _DIRECTIONS.keys():
        parameters += [("direction", name) for direction, name in _DIRECTIONS.items() if direction in query.directions]
    if query.number.startswith("+") and (number := to_e164(query.number)):
        parameters.append(("phoneNumber", digits(number)))
    return parameters


def _lower(moment: datetime) -> str:
    """A lower bound in whole seconds, since RingCentral has been seen to cut fractions off."""
    return _written(moment.astimezone(UTC).replace(microsecond=0))


def _upper(moment: datetime) -> str:
    """An upper bound in whole seconds, rounded up for the same reason."""
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return _written(whole if whole == moment else whole + timedelta(seconds=1))


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
