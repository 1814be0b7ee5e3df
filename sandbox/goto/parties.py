"""Who took part in a call, as the call events report writes it."""

from __future__ import annotations

from sandbox.goto.pbx import Account, Pbx, guid, user_id, user_key
from sandbox.goto.wire import Json
from sandbox.model import CallEvent, Direction, Oddity, Person

LINE_KINDS = ("LINE", "AGENT")
SHORTEST_RECORDING = 5


def caller(pbx: Pbx, call: CallEvent) -> Json:
    """The side that called."""
    account = pbx.account_of_call(call)
    return _outside(pbx, call, account) if call.direction is Direction.INBOUND else _inside(pbx, call, account, 0)


def participants(pbx: Pbx, call: CallEvent) -> list[Json]:
    """The sides that were called, one entry for each telephone that rang."""
    account = pbx.account_of_call(call)
    if call.direction is Direction.INBOUND:
        people = [leg.person for leg in call.legs if leg.person is not None]
        rang = [_inside(pbx, call, account, place) for place in range(len(people))]
        return [_virtual(call), *rang] if call.queue is not None and call.uid % 6 == 0 else rang
    if call.colleague is not None:
        return [_line(pbx, call, account, call.colleague, 9)]
    return [_outside(pbx, call, account)]


def recording_id(call: CallEvent) -> str | None:
    """The id of a call's recording, when there is one."""
    recorded = call.recorded and call.talk_seconds >= SHORTEST_RECORDING
    return guid("recording", call.uid) if recorded else None


def _inside(pbx: Pbx, call: CallEvent, account: Account, place: int) -> Json:
    who = call.legs[place].person if place < len(call.legs) else None
    person = call.person if who is None else pbx.company.persons[who]
    body = _line(pbx, call, account, person, place)
    recording = recording_id(call)
    if recording is not None and place == 0:
        body["recordingId"] = recording
    return body


def _line(pbx: Pbx, call: CallEvent, account: Account, person: Person, place: int) -> Json:
    line = pbx.line_of(person, account)
    kind = "AGENT" if call.queue is not None and call.uid % 4 == 0 else "LINE"
    gone = call.oddity is Oddity.FORMER_EXTENSION
    return {
        "name": "Former colleague" if gone else person.name,
        "number": "199" if gone else line.number,
        "legId": guid("leg", call.uid, place),
        "type": {
            "value": kind,
            "lineId": guid("line", "gone") if gone else line.id,
            "userId": guid("user", "gone") if gone else user_id(person),
            "userKey": "7205000000000000199" if gone else user_key(person),
        },
    }


def _outside(pbx: Pbx, call: CallEvent, account: Account) -> Json:
    own = pbx.direct_number(call.person, account) if call.queue is None else call.queue.number_us
    body: Json = {
        "name": call.other.name if call.other is not None and call.uid % 4 else "",
        "legId": guid("leg", call.uid, "outside"),
        "type": {
            "value": "PHONE_NUMBER",
            "phoneNumberId": guid("number", own),
            "number": own,
            "name": call.person.name if call.queue is None else call.queue.name,
            "callProvider": "PSTN",
        },
    }
    if call.other_number is not None:
        body["number"] = call.other_number
    elif call.oddity is not Oddity.NO_NUMBER:
        body["number"] = "anonymous"
    return body


def _virtual(call: CallEvent) -> Json:
    return {
        "name": call.queue.name if call.queue is not None else "",
        "number": call.queue.extension if call.queue is not None else "",
        "legId": guid("leg", call.uid, "virtual"),
        "type": {"value": "VIRTUAL_PARTICIPANT"},
    }
