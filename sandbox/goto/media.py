"""Recordings and voicemails: the description, then the sound."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
from datetime import timedelta

from flask import Response

from sandbox.goto.ask import Ask
from sandbox.goto.errors import not_found, token_invalid, wrong_method
from sandbox.goto.events_report import recording_of
from sandbox.goto.paging import page
from sandbox.goto.pbx import guid
from sandbox.goto.wire import Json, moment
from sandbox.model import CallEvent, Person, Result

TOKEN_LIFE = timedelta(minutes=10)
_RATE, _LONGEST = 8000, 20


def recording_content(ask: Ask) -> Json:
    """`GET /recording/v1/recordings/{id}/content`: not the sound, but a short-lived token for it."""
    ask.require_admin()
    recording_of(ask, ask.values["recording"])
    expires = ask.now + TOKEN_LIFE
    token = f"{int(expires.timestamp())}-{_seal(ask, int(expires.timestamp()))}"
    return {"status": "UPLOADED", "token": {"token": token, "expires": moment(expires)}}


def recording_sound(ask: Ask) -> Response:
    """`GET /recording/v1/recordings/{id}/content/{token}`: the bearer token is needed here as well."""
    ask.require_admin()
    call = recording_of(ask, ask.values["recording"])
    expires, _, seal = ask.values["token"].partition("-")
    if not expires.isdigit() or seal != _seal(ask, int(expires)) or ask.now.timestamp() > int(expires):
        raise token_invalid()
    return Response(_tone(min(call.talk_seconds, _LONGEST)), content_type="audio/wav")


def voicemail_boxes(ask: Ask) -> Json:
    """`GET /voicemail/v1/voicemailboxes`: one's own box; administrators see all of the account."""
    account = ask.account()
    people = ask.pbx.people_of(account) if ask.persona.admin else (ask.person,)
    boxes = [person for person in people if person.voicemail]
    found = page(boxes, lambda person: person.extension, 50, 100)
    items: list[Json] = [
        {"voicemailboxId": _box(person), "extensionNumber": person.extension} for person in found.items
    ]
    return {"items": items, **found.tail()}


def voicemails(ask: Ask) -> Json:
    """`GET /voicemail/v1/voicemailboxes/{id}/voicemails`."""
    for person in ask.pbx.company.persons:
        mine = ask.persona.admin or person.index == ask.person.index
        if _box(person) == ask.values["box"] and mine:
            found = page(_left_for(ask, person), voicemail_id, 50, 100)
            return {"items": [_voicemail(call) for call in found.items], **found.tail()}
    raise not_found()


def voicemail(ask: Ask) -> Json:
    """`GET /voicemail/v1/voicemails/{id}`."""
    return _voicemail(_find(ask))


def transcription(ask: Ask) -> Json:
    """`GET /voicemail/v1/voicemails/{id}/transcription`."""
    call = _find(ask)
    if call.uid % 4 == 0:
        return {"id": voicemail_id(call), "status": "NOT_FOUND"}
    return {"id": voicemail_id(call), "text": "Hello, please call me back. Thank you!", "status": "SUCCESS"}


def voicemail_sound(ask: Ask) -> Response:
    """`GET /voicemail/v1/voicemails/{id}/mediacontent`."""
    return Response(_tone(min(_find(ask).voicemail_seconds, _LONGEST)), content_type="audio/wav")


def no_voicemail_list(ask: Ask) -> Json:
    """`GET /voicemail/v1/voicemails` does not exist: the list is under the box."""
    raise wrong_method()


def voicemail_id(call: CallEvent) -> str:
    """The id of the voicemail of a call."""
    return guid("voicemail", call.uid)


def _find(ask: Ask) -> CallEvent:
    people = ask.pbx.company.persons if ask.persona.admin else (ask.person,)
    for person in people:
        for call in _left_for(ask, person):
            if voicemail_id(call) == ask.values["voicemail"]:
                return call
    raise not_found()


def _left_for(ask: Ask, person: Person) -> list[CallEvent]:
    calls = ask.sandbox.company.calls(ask.now - timedelta(days=90), ask.now)
    return [call for call in calls if call.result is Result.VOICEMAIL and call.person == person]


def _box(person: Person) -> str:
    return guid("voicemailbox", person.extension)


def _voicemail(call: CallEvent) -> Json:
    return {
        "voicemailId": voicemail_id(call),
        "callerName": call.other.name if call.other is not None else "",
        "callerNumber": call.other_number or "anonymous",
        "calledNumber": call.person.extension,
        "durationMs": call.voicemail_seconds * 1000,
        "timestamp": moment(call.ended_at),
        "status": "NEW" if call.uid % 3 == 0 else "READ",
    }


def _seal(ask: Ask, expires: int) -> str:
    return hashlib.sha256(f"{ask.values['recording']}:{expires}:sandbox".encode()).hexdigest()[:32]


def _tone(seconds: int) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        one = [int(4000 * math.sin(2 * math.pi * 390 * step / _RATE)) for step in range(_RATE)]
        sound.writeframes(struct.pack(f"<{_RATE}h", *one) * seconds)
    return target.getvalue()
