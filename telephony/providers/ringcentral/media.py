"""Recordings and voicemails at RingCentral, both on the media host, with our token and with byte ranges.

Recordings: GET /account/~/recording/{id}/content. Voicemails are messages: the sound is the first audio attachment of
GET /account/~/extension/~/message-store/{id} (vendor's reference, Call Recordings and Message Store).
"""

from __future__ import annotations

from urllib.parse import quote

from telephony.core.http import Reply
from telephony.core.payload import mappings, text

RECORDING_PERMISSION = "ReadCallRecording"


def recording_path(key: str) -> str:
    """Path of a recording's sound."""
    return f"/restapi/v1.0/account/~/recording/{quote(key, safe='')}/content"


def message_path(key: str) -> str:
    """Path of a voicemail message."""
    return f"/restapi/v1.0/account/~/extension/~/message-store/{quote(key, safe='')}"


def attachment_path(message: Reply, key: str) -> str:
    """Path of the sound of a voicemail message, "" where it has none."""
    for attachment in mappings(message.json_object().get("attachments")):
        identity = text(attachment.get("id"))
        if identity and text(attachment.get("contentType")).startswith("audio/"):
            return f"{message_path(key)}/content/{quote(identity, safe='')}"
    return ""
