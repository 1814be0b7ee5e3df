"""The call events report: every call of an account, for its administrators."""

from __future__ import annotations

from datetime import timedelta

from flask import request

from sandbox.goto.ask import Ask, required_instant
from sandbox.goto.errors import ApiError, bad_request, not_allowed, not_found
from sandbox.goto.paging import page
from sandbox.goto.parties import LINE_KINDS, caller, participants, recording_id
from sandbox.goto.pbx import Account, guid, user_key
from sandbox.goto.wire import Json, moment
from sandbox.model import CallEvent, Direction, Oddity, Result

DEFAULT_SIZE, LARGEST = 100, 1000
LONGEST_SPAN = timedelta(days=31)
READY_AFTER = timedelta(minutes=2)
"""How long after its end a call is reported."""
_SELECTORS = ("accountKey", "userKey", "lineId", "phoneNumberId")
_OUTCOMES = {
    Result.ANSWERED: "NORMAL",
    Result.VOICEMAIL: "LEFT_DIAL_PLAN",
    Result.BLOCKED: "LEFT_DIAL_PLAN",
    Result.MISSED: "MISSED",
}


def summaries(ask: Ask) -> Json:
    """`GET /call-events-report/v1/report-summaries`: at most 31 days; the window is on the call's creation.

    Exactly one of accountKey, userKey, lineId and phoneNumberId selects; its name may be repeated. Unknown
    parameters are ignored: there is no filter by the caller's number.
    """
    account, selector = _selection(ask)
    start, end = required_instant("startTime"), required_instant("endTime")
    if start > end:
        raise bad_request("InvalidRange", "startTime")
    if end - start > LONGEST_SPAN:
        raise bad_request("InvalidRange", "maximum supported range is 31 days")
    outcome = request.args.get("conversationCallerOutcome")
    calls = [
        call
        for at in account
        for call in ask.pbx.calls(at, start, end)
        if call.started_at < end and _ready(ask, call) and selector.isdisjoint(_keys(ask, call, at)) is False
    ]
    calls = [call for call in calls if outcome in (None, _outcome(call))]
    calls.sort(key=lambda call: (call.started_at, call.uid), reverse=True)
    found = page(calls, lambda call: space_id(call), DEFAULT_SIZE, LARGEST)
    items = [summary(ask, call) for call in found.items]
    return {"pageSize": found.size, **found.tail(), "items": items}


def report(ask: Ask) -> Json:
    """`GET /call-events-report/v1/reports/{conversationSpaceId}`: 404 while the call is not over."""
    call = find(ask, ask.values["space"])
    people = [detailed(party, call) for party in (caller(ask.pbx, call), *participants(ask.pbx, call))]
    body: Json = {
        "conversationSpaceId": space_id(call),
        "callCreated": moment(call.started_at),
        "callEnded": moment(call.ended_at),
        "callInitiator": "DIRECT",
        "direction": _direction(call),
        "accountKey": ask.pbx.account_of_call(call).key,
        "participants": people,
        "interactiveVoiceResponseSystems": _voice_menus(call),
        "associatedConversations": [],
        "callStates": _states(call, people),
    }
    if call.result is Result.ANSWERED:
        body["hangupOriginatorId"] = guid("originator", call.uid)
    return body


def summary(ask: Ask, call: CallEvent) -> Json:
    """One call, as the list shows it."""
    body: Json = {
        "conversationSpaceId": space_id(call),
        "accountKey": ask.pbx.account_of_call(call).key,
        "callCreated": moment(call.started_at),
        "callEnded": moment(call.ended_at),
        "callInitiator": "CLICK_TO_CALL" if call.uid % 40 == 0 else "DIRECT",
        "direction": _direction(call),
        "caller": caller(ask.pbx, call),
        "callerOutcome": _outcome(call),
        "participants": participants(ask.pbx, call),
    }
    if call.result is Result.ANSWERED:
        body["callAnswered"] = moment(call.started_at + timedelta(seconds=call.ring_seconds))
    if call.oddity is Oddity.MISSING_FIELDS:
        for name in ("callInitiator", "callerOutcome", "participants"):
            body.pop(name)
    return body


def space_id(call: CallEvent) -> str:
    """The id of a call."""
    return guid("space", call.uid)


def find(ask: Ask, wanted: str) -> CallEvent:
    """A finished call of one of the administered accounts by its id."""
    ask.require_admin()
    now = ask.now
    oldest = now - timedelta(days=ask.sandbox.config.history_days)
    for call in ask.sandbox.company.calls(oldest, now):
        if space_id(call) == wanted and ask.pbx.account_of_call(call) in ask.accounts and _ready(ask, call):
            return call
    raise not_found()


def detailed(party: Json, call: CallEvent) -> Json:
    """A participant as the single report shows it."""
    kind: Json = dict(party["type"]) if isinstance(party["type"], dict) else {}
    who: Json = {"name": party.get("name"), "number": party.get("number")}
    if kind.get("value") in LINE_KINDS:
        kind |= {**who, "extensionNumber": party.get("number"), "deviceId": guid("device", party.get("number"))}
    else:
        kind["caller"] = who
    return {
        "id": guid("participant", call.uid, str(party["legId"])),
        "originator": guid("originator", call.uid),
        "legId": party["legId"],
        "recordings": [{"id": party["recordingId"]}] if "recordingId" in party else [],
        "liveTranscripts": [],
        "transcripts": [],
        "type": kind,
    }


def _selection(ask: Ask) -> tuple[list[Account], set[str]]:
    given = [name for name in _SELECTORS if name in request.args]
    if len(given) != 1:
        raise ApiError(
            400,
            "BAD_REQUEST",
            "Exactly one of accountKey, userKey, lineId, phoneNumberId is required",
            tuple(("MutuallyExclusive", name) for name in given or _SELECTORS),
        )
    ask.require_admin()
    wanted = set(request.args.getlist(given[0]))
    if given[0] != "accountKey":
        return list(ask.accounts), wanted
    if not wanted <= {account.key for account in ask.accounts}:
        raise not_allowed("The user does not belong to the account")
    return [account for account in ask.accounts if account.key in wanted], wanted


def _keys(ask: Ask, call: CallEvent, account: Account) -> set[str]:
    """Everything by which a call can be selected."""
    person = call.person
    numbers = {row.id for row in ask.pbx.numbers[account.key] if row.person is not None and row.person == person}
    return {account.key, user_key(person), ask.pbx.line_of(person, account).id, *numbers}


def _ready(ask: Ask, call: CallEvent) -> bool:
    return call.result is not Result.IN_PROGRESS and call.ended_at + READY_AFTER <= ask.now


def _direction(call: CallEvent) -> str:
    if call.oddity is Oddity.UNKNOWN_DIRECTION:
        return "LATERAL"
    return "INBOUND" if call.direction is Direction.INBOUND else "OUTBOUND"


def _outcome(call: CallEvent) -> str:
    if call.oddity is Oddity.UNKNOWN_RESULT:
        return "ABDUCTED"
    return _OUTCOMES.get(call.result, "NO_ANSWER")


def _voice_menus(call: CallEvent) -> list[Json]:
    if call.queue is not None:
        return [
            {
                "type": {"value": "CALL_QUEUE"},
                "queueName": call.queue.name,
                "leftQueueReason": "ANSWERED" if call.result is Result.ANSWERED else "CALLER_HUNG_UP",
                "callerWaitDuration": call.ring_seconds * 1000,
            }
        ]
    if call.result is Result.VOICEMAIL:
        box = guid("voicemailbox", call.person.extension)
        return [{"type": {"value": "VOICEMAIL"}, "voicemailBoxId": box, "voicemailStatus": "LEFT_MESSAGE"}]
    return []


def _states(call: CallEvent, people: list[Json]) -> list[Json]:
    moments = [("STARTING", "RINGING", 0), ("ENDING", "DISCONNECTING", call.ring_seconds + call.talk_seconds)]
    if call.result is Result.ANSWERED:
        moments.insert(1, ("ACTIVE", "CONNECTED", call.ring_seconds))
    return [
        {
            "id": guid("state", call.uid, number),
            "type": kind,
            "sequenceNumber": number,
            "timestamp": moment(call.started_at + timedelta(seconds=after)),
            "participants": [_present(person, status) for person in people],
            "interactiveVoiceResponseSystems": [],
        }
        for number, (kind, status, after) in enumerate(moments)
    ]


def _present(person: Json, status: str) -> Json:
    return {
        "id": person["id"],
        "legId": person["legId"],
        "originator": person["originator"],
        "type": person["type"],
        "status": {"value": status},
    }


def recording_of(ask: Ask, wanted: str) -> CallEvent:
    """The recorded call with this recording id."""
    now = ask.now
    for call in ask.sandbox.company.calls(now - timedelta(days=ask.sandbox.config.history_days), now):
        if recording_id(call) == wanted and _ready(ask, call) and ask.pbx.account_of_call(call) in ask.accounts:
            return call
    raise not_found()
