"""Call reports: sums per user, per number and per caller. Lengths are milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from flask import request

from sandbox.goto.ask import Ask, required_instant
from sandbox.goto.errors import bad_request, not_allowed, not_found
from sandbox.goto.history import hangup_cause
from sandbox.goto.pbx import Account, guid, national, user_id
from sandbox.goto.wire import Json, moment
from sandbox.model import CallEvent, Direction, Result

DEFAULT_SIZE, LARGEST = 100, 10_000
Test = Callable[[CallEvent], bool]


def users(ask: Ask) -> Json:
    """`GET /call-reports/v1/reports/user-activity`: `userIds` filters."""
    account, calls = _calls(ask)
    wanted = request.args.getlist("userIds")
    rows: list[Json] = [
        {
            "userId": user_id(person),
            "userName": person.name,
            "userAlternativeNames": [],
            "dataValues": _sums(call for call in calls if call.person == person),
        }
        for person in ask.pbx.people_of(account)
        if not wanted or user_id(person) in wanted
    ]
    return _page(rows)


def user(ask: Ask) -> Json:
    """`GET /call-reports/v1/reports/user-activity/{userId}`."""
    account, calls = _calls(ask)
    return _details(account, [call for call in calls if user_id(call.person) == ask.values["user"]])


def numbers(ask: Ask) -> Json:
    """`GET /call-reports/v1/reports/phone-number-activity`."""
    account, calls = _calls(ask)
    rows: list[Json] = [
        {
            "phoneNumberId": row.id,
            "phoneNumber": national(row.number, account),
            "phoneNumberName": row.name,
            "alternativePhoneNumberNames": [],
            "dataValues": _sums(call for call in calls if _own_number(ask, account, call) == row.number),
        }
        for row in ask.pbx.numbers[account.key]
    ]
    return _page(rows)


def number(ask: Ask) -> Json:
    """`GET /call-reports/v1/reports/phone-number-activity/{phoneNumberId}`."""
    account, calls = _calls(ask)
    wanted = ask.values["number"]
    if wanted not in {row.id for row in ask.pbx.numbers[account.key]}:
        raise not_found()
    return _details(account, [call for call in calls if guid("number", _own_number(ask, account, call)) == wanted])


def callers(ask: Ask) -> Json:
    """`GET /call-reports/v1/reports/caller-activity`: `callerNumbers` filters."""
    account, calls = _calls(ask)
    wanted = request.args.getlist("callerNumbers")
    by_number: dict[str, list[CallEvent]] = {}
    for call in calls:
        if call.other_number is not None:
            by_number.setdefault(national(call.other_number, account), []).append(call)
    rows: list[Json] = [
        {"name": found[0].other.name if found[0].other else "", "number": key, "dataValues": _sums(found)}
        for key, found in by_number.items()
        if not wanted or key in wanted
    ]
    return _page(rows)


def caller(ask: Ask) -> Json:
    """`GET /call-reports/v1/reports/caller-activity/{callerNumber}`."""
    account, calls = _calls(ask)
    wanted = ask.values["number"]
    return _details(account, [call for call in calls if national(call.other_number or "", account) == wanted])


def _calls(ask: Ask) -> tuple[Account, list[CallEvent]]:
    """The finished calls of the account that `organizationId` (it wins) or `accountKey` names."""
    account = _account(ask)
    ask.require_admin()
    start, end = required_instant("startTime"), required_instant("endTime")
    if start > end:
        raise bad_request("InvalidRange", "startTime")
    calls = ask.pbx.calls(account, start, end)
    return account, [call for call in calls if call.result is not Result.IN_PROGRESS and call.started_at < end]


def _account(ask: Ask) -> Account:
    organization = request.args.get("organizationId")
    if organization is not None:
        for account in ask.accounts:
            if account.organization_id == organization:
                return account
        raise not_allowed("The user does not belong to the organization")
    if "accountKey" in request.args:
        return ask.account()
    if len(ask.accounts) > 1:
        raise bad_request("NotNull", "organizationId")
    return ask.accounts[0]


def _own_number(ask: Ask, account: Account, call: CallEvent) -> str:
    return call.queue.number_us if call.queue is not None else ask.pbx.direct_number(call.person, account)


def _sums(calls: Iterable[CallEvent]) -> Json:
    inbound: list[int] = []
    outbound: list[int] = []
    for call in calls:
        (inbound if call.direction is Direction.INBOUND else outbound).append(call.talk_seconds * 1000)
    volume, total = len(inbound) + len(outbound), sum(inbound) + sum(outbound)
    return {
        "inboundVolume": len(inbound),
        "inboundDuration": sum(inbound),
        "outboundVolume": len(outbound),
        "outboundDuration": sum(outbound),
        "averageDuration": total // volume if volume else 0,
        "volume": volume,
        "totalDuration": total,
    }


def _details(account: Account, calls: list[CallEvent]) -> Json:
    return _page([_detail(account, call) for call in calls])


def _detail(account: Account, call: CallEvent) -> Json:
    ours: Json = {"name": call.person.name, "number": call.person.extension}
    theirs: Json = {"name": call.other.name if call.other else "", "number": national(call.other_number or "", account)}
    inbound = call.direction is Direction.INBOUND
    body: Json = {
        "startTime": moment(call.started_at),
        "endTime": moment(call.ended_at),
        "direction": "INBOUND" if inbound else "OUTBOUND",
        "disposition": hangup_cause(call),
        "duration": call.talk_seconds * 1000,
        "caller": theirs if inbound else ours,
        "callee": ours if inbound else theirs,
    }
    if call.result is Result.ANSWERED:
        body["answerTime"] = moment(call.started_at + timedelta(seconds=call.ring_seconds))
    return body


def _page(rows: list[Json]) -> Json:
    """Numbered pages from 0; no totals, no marker."""
    place, size = _whole("page", 0, 0, 10**6), _whole("pageSize", DEFAULT_SIZE, 1, LARGEST)
    return {"items": rows[place * size : (place + 1) * size]}


def _whole(name: str, default: int, least: int, most: int) -> int:
    raw = request.args.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or not least <= int(raw) <= most:
        raise bad_request("InvalidRange", name)
    return int(raw)
