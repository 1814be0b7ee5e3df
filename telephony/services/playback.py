"""Listening to recordings and voicemails: opened at the provider with the account's token, handed on piece by piece.

A player jumps by asking for a part. Some providers send the whole all the same; then the part is cut out of it here, while it passes by.
"""

from __future__ import annotations

from dataclasses import replace

from telephony.core.byte_ranges import ByteRange, OutOfRange, cut, is_part
from telephony.core.client import MediaKind, PlaysMedia, ProviderClient
from telephony.core.errors import NotFound, NotOnContract, UnusableReply
from telephony.core.http import StreamedReply
from telephony.models import Call
from telephony.services.gateway import with_client

_OPERATION = "playing a recording"


def open_media(call: Call, kind: MediaKind, byte_range: ByteRange | None = None) -> StreamedReply:
    """The sound of a call, or the part of it that was asked for (status 206).

    The whole comes (status 200) where nobody knows how long it is, since a part cannot be named then. Raises OutOfRange, NotFound where the
    call has none of this kind, and the rest of the error family.
    """
    reference = call.recording if kind is MediaKind.RECORDING else call.voicemail
    key = reference.get("key") if isinstance(reference, dict) else None
    if not isinstance(key, str) or not key:
        raise NotFound(call.account.provider_name, _OPERATION, detail="the call has none")

    def work(client: ProviderClient) -> StreamedReply:
        if not isinstance(client, PlaysMedia):
            raise NotOnContract(call.account.provider_name, _OPERATION, detail="the provider keeps no sound")
        return client.media(kind, key, byte_range.header if byte_range else "")

    return _part(call, with_client(call.account, work), byte_range)


def _part(call: Call, sound: StreamedReply, byte_range: ByteRange | None) -> StreamedReply:
    """What was asked for, out of what has come."""
    if sound.status == 416:
        sound.close()
        raise OutOfRange(_whole_length(sound))
    if sound.status == 206:
        if byte_range is None or not is_part(sound.headers.get("content-range", "")):
            sound.close()
            raise UnusableReply(call.account.provider_name, _OPERATION, status=206, detail="a part without its place")
        return sound
    length = sound.length
    if length is None:
        return sound
    seekable = {**sound.headers, "accept-ranges": "bytes"}
    if byte_range is None:
        return replace(sound, headers=seekable)
    try:
        first, last = byte_range.within(length)
    except OutOfRange:
        sound.close()
        raise
    named = {"content-range": f"bytes {first}-{last}/{length}", "content-length": str(last + 1 - first)}
    return replace(sound, status=206, headers={**seekable, **named}, chunks=cut(sound.chunks, first, last, sound.close))


def _whole_length(refusal: StreamedReply) -> int | None:
    """How long the whole is, as a refusal of a range says."""
    length = refusal.headers.get("content-range", "").removeprefix("bytes */")
    return int(length) if length.isascii() and length.isdigit() else None
