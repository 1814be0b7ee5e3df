"""Call history: one person's calls, leg by leg."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request

from sandbox.goto.ask import Ask, instant
from sandbox.goto.errors import bad_request, not_allowed
from sandbox.goto.paging import page
from sandbox.goto.pbx import Account, guid, national
from sandbox.goto.people import person_by_key
from sandbox.goto.wire import Json, moment
from sandbox.model import CallEvent, Direction, Oddity, Person, Result

DEFAULT_SIZE, LARGEST = 100, 200
READY_AFTER = timedelta(seconds=10)
_CAUSES = {
    Result.ANSWERED: 16,
    Result.MISSED: 19,
    Result.VOICEMAIL: 16,
    Result.BUSY: 17,
    Result.DECLINED: 21,
    Result.CANCELLED: 18,
    Result.BLOCKED: 21,
    Result.FAILED: 27,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A call from the place of one person. `ordinal` tells the legs of a call apart."""

    call: CallEvent
    account: Account
    person: Person
    ordinal: int
    rang_in_vain: bool = False

    @property
    def leg_id(self) -> str:
        """The id of the leg: all that identifies a row."""
        return guid("leg", self.call.uid, self.ordinal)


def calls(ask: Ask) -> Json:
    """`GET /call-history/v1/calls`: the token's user, or for super administrators the one of `userKey`."""
    account = ask.account()
    person = ask.person
    if "userKey" in request.args and request.args["userKey"] != ask.persona.subject:
        if not ask.persona.admin:
            raise not_allowed()
        person = person_by_key(ask, request.args["userKey"])
    start, end = instant("startTime"), instant("endTime")
    if start is not None and end is not None and start > end:
        raise bad_request("InvalidRange", "startTime")
    rows = [row for row in _rows(ask, account, person, start, end) if _extension_fits(row)]
    found = page(rows, lambda row: row.leg_id, DEFAULT_SIZE, LARGEST)
    return {"items": [_item(row) for row in found.items], "pageSize": found.size, **found.tail()}


def _rows(ask: Ask, account: Account, person: Person, start: datetime | None, end: datetime | None) -> list[Seen]:
    now = ask.now
    oldest = now - timedelta(days=ask.sandbox.config.history_days)
    found = []
    for call in ask.pbx.calls(account, start or oldest, end or now):
        if call.result is Result.IN_PROGRESS or call.ended_at + READY_AFTER > now or call.started_at == end:
            continue
        found += [row for row in _views(call, account, ask) if row.person.index == person.index]
    return found


def _views(call: CallEvent, account: Account, ask: Ask) -> list[Seen]:
    """The rows of everybody who took part."""
    views = [Seen(call, account, call.person, 0)]
    if call.colleague is not None:
        views.append(Seen(call, account, call.colleague, 1))
    people = ask.pbx.company.persons
    extra = [people[leg.person] for leg in call.legs[1:] if leg.person is not None]
    return views + [Seen(call, account, person, place + 2, True) for place, person in enumerate(extra)]


def _extension_fits(row: Seen) -> bool:
    wanted = request.args.getlist("extension")
    if len(wanted) > 100:
        raise bad_request("InvalidSize", "extension")
    return not wanted or row.person.extension in wanted


def _item(row: Seen) -> Json:
    call = row.call
    answered = call.result is Result.ANSWERED and not row.rang_in_vain
    body: Json = {
        "originatorId": guid("originator", call.uid),
        "legId": row.leg_id,
        "caller": _caller(row),
        "callee": _callee(row),
        "direction": _direction(row),
        "startTime": moment(call.started_at),
        "duration": call.talk_seconds * 1000 + call.uid % 1000 if answered and call.talk_seconds else 0,
        "hangupCause": 999 if call.oddity is Oddity.UNKNOWN_RESULT else _cause(row),
        "ownerPhoneNumber": _owner(row),
    }
    if answered:
        body["answerTime"] = moment(call.started_at + timedelta(seconds=call.ring_seconds))
    if call.oddity is Oddity.MISSING_FIELDS:
        for name in ("hangupCause", "caller", "originatorId"):
            body.pop(name)
    return body


def hangup_cause(call: CallEvent) -> int:
    """The Q.850 number of how a call ended."""
    return _CAUSES.get(call.result, 16)


def _cause(row: Seen) -> int:
    return 26 if row.rang_in_vain else hangup_cause(row.call)


def _direction(row: Seen) -> str:
    """Relative to the leg: every third inbound call is shown as OUTBOUND, with the extension as the callee."""
    call = row.call
    if call.oddity is Oddity.UNKNOWN_DIRECTION:
        return "LATERAL"
    if call.direction is Direction.INBOUND:
        return "OUTBOUND" if call.uid % 3 == 0 else "INBOUND"
    return "INBOUND" if row.ordinal == 1 else "OUTBOUND"


def _caller(row: Seen) -> Json:
    return _outside(row) if row.call.direction is Direction.INBOUND else _inside(row.call.person)


def _callee(row: Seen) -> Json:
    call = row.call
    if call.direction is Direction.INBOUND:
        return _inside(row.person)
    return _inside(call.colleague) if call.colleague is not None else _outside(row)


def _inside(person: Person) -> Json:
    return {"name": person.name, "number": person.extension}


def _outside(row: Seen) -> Json:
    call = row.call
    if call.colleague is not None:
        return _inside(call.colleague)
    if call.other_number is None:
        return {"name": "Anonymous", "number": "anonymous"} if call.uid % 2 else {"name": ""}
    name = call.other.name if call.other is not None and call.uid % 4 else ""
    return {"name": name, "number": national(call.other_number, row.account)}


def _owner(row: Seen) -> str:
    person = row.person
    return person.number_uk if row.account.region == "GB" else person.number_us
