"""Listening to recordings and voicemails: opened at the provider with the account's token, handed on piece by piece."""

from __future__ import annotations

from telephony.core.client import MediaKind, PlaysMedia, ProviderClient
from telephony.core.errors import NotFound, NotOnContract
from telephony.core.http import StreamedReply
from telephony.models import Call
from telephony.services.gateway import with_client


def open_media(call: Call, kind: MediaKind, byte_range: str = "") -> StreamedReply:
    """The sound of a call. Raises the error family; NotFound where the call has none of this kind."""
    reference = call.recording if kind is MediaKind.RECORDING else call.voicemail
    key = reference.get("key") if isinstance(reference, dict) else None
    if not isinstance(key, str) or not key:
        raise NotFound(call.account.provider_name, "playing a recording", detail="the call has none")

    def work(client: ProviderClient) -> StreamedReply:
        if not isinstance(client, PlaysMedia):
            raise NotOnContract(call.account.provider_name, "playing a recording", detail="the provider keeps no sound")
        return client.media(kind, key, byte_range)

    return with_client(call.account, work)
