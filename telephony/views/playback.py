"""Recordings and voicemails as sound, streamed through the site: the browser never sees an address or a token of the provider."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.views import signed_in
from telephony import selectors
from telephony.core.byte_ranges import ByteRange, OutOfRange
from telephony.core.client import MediaKind
from telephony.core.errors import NotFound, ProviderError
from telephony.services.playback import open_media

_SOUND = re.compile(r"audio/[\w.+-]{1,60}")
HANDED_ON = ("Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified")


@login_required
@require_safe
def play(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The sound of a call, or the part that `Range` names, so that a player can jump. Faults are short texts, since a player asks."""
    call = get_object_or_404(selectors.call_of(signed_in(request), pk))
    try:
        sound = open_media(call, MediaKind(kind), ByteRange.parse(request.headers.get("Range", "")))
    except OutOfRange as error:
        known = {} if error.length is None else {"Content-Range": f"bytes */{error.length}"}
        return HttpResponse(status=416, headers=known)
    except NotFound as error:
        return HttpResponse(error.sentence, status=404, content_type="text/plain; charset=utf-8")
    except ProviderError as error:
        text = f"{error.sentence} {error.next_step}"
        return HttpResponse(text, status=502, content_type="text/plain; charset=utf-8")
    content_type = sound.headers.get("content-type", "").partition(";")[0].strip()
    response = StreamingHttpResponse(sound, status=sound.status)
    # Only sound is ever played from our address: a page from the provider must not run as one of ours.
    response["Content-Type"] = content_type if _SOUND.fullmatch(content_type) else "application/octet-stream"
    response["Content-Disposition"] = f'inline; filename="{kind}-{call.pk}"'
    for name in HANDED_ON:
        if value := sound.headers.get(name.lower()):
            response[name] = value
    if sound.length is None:
        del response["Content-Length"]  # it counts packed bytes, or is no number
    return response
