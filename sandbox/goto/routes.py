"""Every resource with the scope that it needs: one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.goto import call_reports, dialing, events_report, history, media, messaging, people, voice_admin
from sandbox.goto.ask import Answer, Ask

_ADMIN = "/admin/rest/v1"
_REPORTS = "/call-reports/v1/reports"
_EVENTS = "/call-events-report/v1"
_TEXTS = "/messaging/v1"
_RECORDINGS = "/recording/v1/recordings/<recording>"
_VOICEMAIL = "/voicemail/v1"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; an empty scope means that any token will do."""

    method: str
    path: str
    scope: str
    handler: Callable[[Ask], Answer]


API = (
    Route("GET", "/identity/v1/Users/me", "", people.identity_me),
    Route("GET", "/users/v1/me", "users.v1.read", people.users_me),
    Route("GET", "/users/v1/lines", "users.v1.lines.read", people.own_lines),
    Route("GET", "/users/v1/users", "users.v1.lines.read", people.users),
    Route("GET", "/users/v1/users/<user>/lines", "users.v1.lines.read", people.lines_of_user),
    Route("GET", "/voice-admin/v1/extensions", "voice-admin.v1.read", voice_admin.extensions),
    Route("GET", "/voice-admin/v1/extensions/<extension>", "voice-admin.v1.read", voice_admin.extension),
    Route("GET", "/voice-admin/v1/phone-numbers", "voice-admin.v1.read", voice_admin.phone_numbers),
    Route("GET", "/voice-admin/v1/phone-numbers/<number>", "voice-admin.v1.read", voice_admin.phone_number),
    Route("GET", "/call-history/v1/calls", "cr.v1.read", history.calls),
    Route("GET", f"{_EVENTS}/report-summaries", "cr.v1.read", events_report.summaries),
    Route("GET", f"{_EVENTS}/reports/<space>", "cr.v1.read", events_report.report),
    Route("GET", f"{_REPORTS}/user-activity", "cr.v1.read", call_reports.users),
    Route("GET", f"{_REPORTS}/user-activity/<user>", "cr.v1.read", call_reports.user),
    Route("GET", f"{_REPORTS}/phone-number-activity", "cr.v1.read", call_reports.numbers),
    Route("GET", f"{_REPORTS}/phone-number-activity/<number>", "cr.v1.read", call_reports.number),
    Route("GET", f"{_REPORTS}/caller-activity", "cr.v1.read", call_reports.callers),
    Route("GET", f"{_REPORTS}/caller-activity/<number>", "cr.v1.read", call_reports.caller),
    Route("POST", f"{_TEXTS}/messages", "messaging.v1.send", messaging.send),
    Route("GET", f"{_TEXTS}/messages", "messaging.v1.read", messaging.listing),
    Route("GET", f"{_TEXTS}/messages/<message>", "messaging.v1.read", messaging.one),
    Route("DELETE", f"{_TEXTS}/messages/<message>", "messaging.v1.write", messaging.delete),
    Route("GET", f"{_TEXTS}/conversations", "messaging.v1.read", messaging.conversations),
    Route("POST", "/calls/v2/calls", "calls.v2.initiate", dialing.start),
    Route("GET", f"{_RECORDINGS}/content", "recording.v1.read", media.recording_content),
    Route("GET", f"{_RECORDINGS}/content/<token>", "recording.v1.read", media.recording_sound),
    Route("GET", f"{_VOICEMAIL}/voicemailboxes", "voicemail.v1.voicemails.read", media.voicemail_boxes),
    Route("GET", f"{_VOICEMAIL}/voicemailboxes/<box>/voicemails", "voicemail.v1.voicemails.read", media.voicemails),
    Route("GET", f"{_VOICEMAIL}/voicemails", "voicemail.v1.voicemails.read", media.no_voicemail_list),
    Route("GET", f"{_VOICEMAIL}/voicemails/<voicemail>", "voicemail.v1.voicemails.read", media.voicemail),
    Route(
        "GET",
        f"{_VOICEMAIL}/voicemails/<voicemail>/transcription",
        "voicemail.v1.voicemails.read",
        media.transcription,
    ),
    Route(
        "GET",
        f"{_VOICEMAIL}/voicemails/<voicemail>/mediacontent",
        "voicemail.v1.voicemails.read",
        media.voicemail_sound,
    ),
)
"""api.goto.com."""

ADMIN = (
    Route("GET", f"{_ADMIN}/me", "identity:", people.admin_me),
    Route("GET", f"{_ADMIN}/accounts/<account>/users", "identity:", people.admin_users),
    Route("GET", f"{_ADMIN}/accounts/<account>/licenses", "identity:", people.admin_licenses),
    Route("GET", "/identity/v1/Users/me", "", people.identity_me),
    Route("GET", "/identity/v1/Users", "", people.identity_users),
)
"""api.getgo.com."""
