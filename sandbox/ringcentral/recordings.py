"""Recordings: their description, and the sound itself on the media host."""

from __future__ import annotations

import io
import math
import struct
import wave
from datetime import timedelta

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from sandbox.model import CallEvent
from sandbox.ringcentral import ids
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.errors import not_found, range_not_satisfiable, user_permission
from sandbox.ringcentral.pbx import ACCOUNT_ID
from sandbox.ringcentral.wire import Json, link, media_link

KEPT = timedelta(days=90)
_RATE = 8000
_LONGEST = 20


def info(ask: Ask) -> Json:
    """`GET /account/{accountId}/recording/{recordingId}`."""
    call = _call(ask)
    identity = ids.recording_id(call.uid)
    path = f"/account/{ACCOUNT_ID}/recording/{identity}"
    return {
        "id": identity,
        "uri": link(path),
        "contentUri": media_link(f"{path}/content"),
        "contentType": "audio/wav",
        "duration": call.talk_seconds,
    }


def content(ask: Ask) -> Response:
    """`GET /account/{accountId}/recording/{recordingId}/content` on the media host; byte ranges are honoured."""
    call = _call(ask)
    answer = Response(tone(min(call.talk_seconds, _LONGEST), 440 + call.uid % 200), content_type="audio/wav")
    disposition = request.args.get("contentDisposition", "Inline")
    name = request.args.get("contentDispositionFilename", f"{ids.recording_id(call.uid)}.wav")
    answer.headers.set("Content-Disposition", disposition.lower(), filename=name)
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=answer.content_length)
    except RequestedRangeNotSatisfiable:
        raise range_not_satisfiable() from None
    return answer


def tone(seconds: int, pitch: int) -> bytes:
    """A quiet note as a WAV file: it stands for what was said."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        one = [int(4000 * math.sin(2 * math.pi * pitch * step / _RATE)) for step in range(_RATE)]
        sound.writeframes(struct.pack(f"<{_RATE}h", *one) * seconds)
    return target.getvalue()


def _call(ask: Ask) -> CallEvent:
    """The recorded call, as long as the recording is kept and the user may hear it."""
    uid = ids.parse_recording_id(ask.values["recording"])
    call = ask.sandbox.company.call(uid) if uid is not None else None
    if call is None or call.started_at < ask.now - KEPT:
        raise not_found("recordingId")
    row = ask.rows.rows_of(call, ask.now)[0]
    if row.recording_type is None or row.deleted:
        raise not_found("recordingId")
    if row.owner_id != ask.own.id and not ask.admin:
        raise user_permission("ReadCallRecording")
    return call
